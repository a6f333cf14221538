from django.core.management.base import BaseCommand

from endorsements import lifecycle
from endorsements.ticking import instant_of
from rounds.models import Round


class Command(BaseCommand):
    help = "Carry all rounds as far as their dates allow, as the clock does, and say what keeps the others."

    def add_arguments(self, parser):
        parser.add_argument("--now", help="an instant of the past to act as of (ISO 8601 with zone)")

    def handle(self, *args, now, **options):
        instant = instant_of(now)
        steps = lifecycle.advance_all(instant) if now else lifecycle.wake(instant)
        self.stdout.write(f"{steps} steps taken.")
        for round in Round.objects.live().order_by("pk"):
            self.stdout.write(f"{round}: {round.get_stage_display()}")
            for obstacle in lifecycle.obstacles(round, instant):
                self.stdout.write(f"  {'keeps it' if obstacle.blocking else 'to know'}: {obstacle.sentence}")
