"""One tick of everything, for those who have no beat: run_loop and advance_rounds."""

from django.core.management.base import CommandError
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from endorsements import lifecycle
from journal import clock
from mailings import postroom
from voting import turnout


def tick(now):
    """What beat's tasks do, once and in order; answers how many rounds moved and how many letters went."""
    steps = lifecycle.advance_all(now)
    sent = postroom.send_due(now)
    turnout.refresh(now)
    return steps, sent


def instant_of(text):
    """The instant a command was given with --now, else the clock's. CommandError for a future one or no date."""
    now = clock.now()
    if not text:
        return now
    try:
        given = parse_datetime(text)
    except ValueError:
        given = None
    if given is None or given.tzinfo is None:
        raise CommandError(_("--now wants an instant with its zone, like 2026-03-12T20:00:00-04:00."))
    if given > now:
        raise CommandError(_("--now lies in the future; a round is never advanced before its time."))
    return given
