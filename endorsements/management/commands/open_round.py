from datetime import datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_date

from journal import clock, localtime
from rounds import planning
from rounds.models import Cycle
from rounds.refusals import Refusal


class Command(BaseCommand):
    help = "Plan a round from the day its nominations open; the clock opens it then."

    def add_arguments(self, parser):
        parser.add_argument("name", help="the round's name, such as “Round 3”")
        parser.add_argument("--cycle", type=int, required=True, help="the election year")
        parser.add_argument("--starts", required=True, help="the day nominations open, as YYYY-MM-DD")
        parser.add_argument("--time-zone", default=settings.TIME_ZONE)
        parser.add_argument("--rehearsal", action="store_true")

    def handle(self, *args, name, cycle, starts, time_zone, rehearsal, **options):
        try:
            day = parse_date(starts)
            zone = ZoneInfo(time_zone)
        except ZoneInfoNotFoundError as error:
            raise CommandError(f"There is no time zone {time_zone}.") from error
        except ValueError as error:
            raise CommandError(f"--starts and --time-zone: {error}.") from error
        if day is None:
            raise CommandError("--starts wants a day like 2026-03-02.")
        try:
            starts_at = localtime.instant_of(datetime.combine(day, time(9)), zone)
        except localtime.NoSuchTime as error:
            raise CommandError(str(error)) from error
        held, _made = Cycle.objects.get_or_create(year=cycle, defaults={"name": str(cycle)})
        try:
            round = planning.new_round(
                held,
                name=name,
                starts_at=starts_at,
                by="command",
                now=clock.now(),
                rehearsal=rehearsal,
                time_zone=time_zone,
            )
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{round} is planned:")
        for field in planning.DATES:
            self.stdout.write(
                f"  {planning.label_of(field)}: {getattr(round, field).astimezone(zone):%a %Y-%m-%d %H:%M %Z}"
            )
