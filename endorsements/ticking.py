"""What the clock does, in one list: beat wakes these as tasks, run_loop calls them itself."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.management.base import CommandError
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from endorsements import lifecycle, purging
from endorsements.control_room import outlook
from endorsements.health import digest, verifying, watching
from groups import arrivals, redistricting
from groups.importing import uploads
from journal import clock
from mailings import postroom, waves
from voting import reached, turnout


@dataclass(frozen=True)
class Tick:
    """Something due again and again: the name of its task, what it calls, and how rarely it is enough at least."""

    name: str
    does: Callable
    seconds: float = 0


TICKS = [
    Tick("endorsements.advance_rounds", lambda now: lifecycle.wake(now)),
    Tick("groups.take_in_sign_ups", lambda now: arrivals.take_in(now)),
    Tick("mailings.send_letters", lambda now: postroom.send_due(now)),
    Tick("endorsements.refresh_turnout", lambda now: turnout.refresh(now), seconds=60),
    Tick("endorsements.watch", lambda now: watching.watch(now), seconds=watching.SECONDS),
    Tick("endorsements.write_digests", lambda now: digest.write_due(now), seconds=digest.SECONDS),
    Tick("endorsements.keep_outlooks", lambda now: outlook.keep_all(now), seconds=outlook.SECONDS),
    Tick("mailings.count_waves", lambda now: waves.count_due(now), seconds=waves.SECONDS),
    Tick("endorsements.keep_unreached", lambda now: reached.keep_due(now), seconds=reached.SECONDS),
    Tick("endorsements.verify", lambda now: verifying.nightly(now), seconds=3600),
    Tick("endorsements.purge", lambda now: purging.daily(now), seconds=600),
    Tick("groups.settle_members", lambda now: redistricting.settle(now), seconds=60),
    Tick("groups.flag_sign_ups", lambda now: arrivals.flag(now), seconds=300),
    Tick("groups.forget_sign_ups", lambda now: arrivals.forget_old(now), seconds=3600),
    Tick("groups.forget_uploads", lambda now: uploads.forget_old(now), seconds=3600),
]


def tick(now):
    """All of them once, in their order; answers how many rounds moved and how many letters went."""
    steps, _taken, sent, *_others = (one.does(now) for one in TICKS)
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
