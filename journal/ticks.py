"""That the clock ticks, on which hosts, and whether their clocks are right (trust.md 4)."""

import logging
import socket
from datetime import timedelta

from journal import clock
from journal.models import Tick

ALARM = 2.0  # seconds between the two clocks that are told
REFUSAL = 5.0  # seconds between the two clocks with which no vote is opened or closed
SILENCE = timedelta(minutes=2)
FORGOTTEN = timedelta(days=1)  # a host that was taken away

log = logging.getLogger(__name__)


def note(now):
    """Keep that this host ticks, and how far its clock is from the database's; say so in the log when it is far."""
    skew = clock.skew()
    host = socket.gethostname()[:120]
    if abs(skew) > ALARM:
        level = logging.ERROR if abs(skew) > REFUSAL else logging.WARNING
        log.log(level, "The clock of %s and the database's are %.1f seconds apart", host, abs(skew))
    Tick.objects.bulk_create(
        [Tick(host=host, at=now, skew=skew)],
        update_conflicts=True,
        unique_fields=["host"],
        update_fields=["at", "skew"],
    )
    Tick.objects.filter(at__lt=now - FORGOTTEN).delete()


def clocks_agree() -> bool:
    """Whether this process's clock and the database's, asked now, are near enough to open and close a vote."""
    return abs(clock.skew()) <= REFUSAL


def age(now):
    """How long ago the last tick came, as a timedelta; None when none ever came."""
    last = Tick.objects.order_by("-at").values_list("at", flat=True).first()
    return None if last is None else max(now - last, timedelta())


def apart(now) -> list[Tick]:
    """The hosts that tick and whose clock is more than ALARM from the database's, the worst first."""
    return too_far(Tick.objects.all(), now)


def too_far(hosts, now) -> list[Tick]:
    """Those of the hosts, read already, that tick and are more than ALARM from the database's clock."""
    ticking = (one for one in hosts if one.at > now - SILENCE)
    return sorted((one for one in ticking if abs(one.skew) > ALARM), key=lambda one: -abs(one.skew))


def heard(now):
    """What age and apart say, from one look at the hosts: (age or None, hosts that are apart)."""
    hosts = list(Tick.objects.all())
    last = max((one.at for one in hosts), default=None)
    return (None if last is None else max(now - last, timedelta())), too_far(hosts, now)


def nobody_may_turn(now) -> bool:
    """Whether hosts tick, and every one of them is too far off to open or close a vote."""
    skews = list(Tick.objects.filter(at__gt=now - SILENCE).values_list("skew", flat=True))
    return bool(skews) and min(map(abs, skews)) > REFUSAL
