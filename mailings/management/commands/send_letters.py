"""Send what is due, once: for cron, a terminal, or a host without Celery."""

from datetime import datetime

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from journal import clock
from mailings.postroom import send_due


class Command(BaseCommand):
    help = "Send the letters that are due."

    def add_arguments(self, parser):
        parser.add_argument("--now", type=instant, help="as if it were this instant, ISO 8601; not in the future")
        parser.add_argument("--limit", type=int, help="at most so many letters")

    def handle(self, *args, **options):
        now = clock.now()
        asked = options["now"] or now
        if asked > now and not settings.CLOCK_MAY_SHIFT:
            raise CommandError(_("--now lies in the future. Letters can't be sent before their time."))
        self.stdout.write(_("%(n)d letters sent.") % {"n": send_due(asked, limit=options["limit"])})


def instant(text) -> datetime:
    """An instant as ISO 8601; without an offset it is in the federation's time zone."""
    try:
        read = parse_datetime(text)
    except ValueError:
        read = None
    if read is None:
        raise CommandError(_("“%(text)s” is no instant such as 2026-03-12T20:00-05:00.") % {"text": text})
    return read if timezone.is_aware(read) else timezone.make_aware(read)
