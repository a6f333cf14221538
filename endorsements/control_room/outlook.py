"""What the desk shows of a round under way, looked up by the clock and kept: its obstacles, numbers and checks.

A page that asked the house itself would need thirty queries for each round. A row that is too old, or that was
written at another stage, is not believed: then the page looks itself.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils import translation

from endorsements import lifecycle
from endorsements.control_room import figures, preflight
from endorsements.models import Chore, Outlook
from mailings import queue
from rounds.models import Round
from rounds.obstacles import Obstacle
from voting.models import RollEntry

# How old a look may be for a page; the clock looks four times as often.
BELIEVED = timedelta(minutes=2)
SECONDS = 30
# Of the pre-flight list, which counts all members: looked up anew after so long, and believed so long.
RECHECKED, CHECKS_BELIEVED = timedelta(minutes=5), timedelta(minutes=7)


@dataclass(frozen=True)
class Look:
    """A round as it was at an instant: what keeps it or is to be known, and its panels of numbers."""

    at: datetime
    obstacles: list
    panels: list

    @property
    def why_not(self) -> list:
        return [one for one in self.obstacles if one.blocking]

    @property
    def notes(self) -> list:
        return [one for one in self.obstacles if not one.blocking]


def of(round, now) -> Look:
    """The kept look where it may be believed, else a fresh one. Writes nothing."""
    kept = getattr(round, "outlook", None)
    if kept is None or kept.stage != round.stage:
        return look(round, now)
    if round.stage not in Round.ENDED and not now - BELIEVED < kept.at <= now:
        return look(round, now)
    panels = [figures.Panel(**{**one, "rows": [figures.Row(**row) for row in one["rows"]]}) for one in kept.panels]
    return Look(kept.at, [Obstacle(**one) for one in kept.obstacles], panels)


def look(round, now) -> Look:
    """The round as it is now, in the desk's language."""
    with translation.override("en"):
        found = [] if round.stage in Round.ENDED else lifecycle.obstacles(round, now)
        return Look(now, found, figures.panels(round, queue.counts(round.topic), now))


def checks_of(round, now):
    """(the pre-flight list before the stage that follows, when it was looked up): kept or fresh, as of()."""
    kept = getattr(round, "outlook", None)
    lately = kept and kept.checked_at and now - CHECKS_BELIEVED < kept.checked_at <= now
    if lately and kept.stage == round.stage:
        return [preflight.Check(**one) for one in kept.checks], kept.checked_at
    return check(round, now), now


def on_roll(round) -> int:
    """How many people are on its roll: as kept from its stage, else counted. A frozen roll stays as it is."""
    kept = getattr(round, "outlook", None)
    if kept and kept.stage == round.stage and kept.on_roll is not None:
        return kept.on_roll
    return RollEntry.objects.filter(round=round).count()


def check(round, now) -> list:
    """The pre-flight list as it is now, in the desk's language."""
    with translation.override("en"):
        return preflight.checks(round, now)


def keep(round, now, *, anew=True) -> None:
    """Look and keep it for the pages; the pre-flight list, unless anew, only when it is due."""
    seen = look(round, now)
    said: dict[str, object] = {
        "obstacles": [plain(one) for one in seen.obstacles],
        "panels": [plain(one) for one in seen.panels],
    }
    lately = Outlook.objects.filter(round=round, stage=round.stage, checked_at__gt=now - RECHECKED, checked_at__lte=now)
    if anew or not lately.exists():
        on_roll = RollEntry.objects.filter(round=round).count() if round.stage in Round.WITH_ROLL else None
        said |= {"checks": [plain(one) for one in check(round, now)], "checked_at": now, "on_roll": on_roll}
    Outlook.objects.update_or_create(round=round, defaults={"stage": round.stage, "at": now, **said})


def keep_all(now) -> int:
    """Look at every round under way not looked at for SECONDS, and once at one that has ended; how many."""
    at_work = Q(pk__in=Chore.objects.filter(done_at=None).values("round"))
    seen = Outlook.objects.filter(stage=F("round__stage"))
    lately = seen.filter(at__gt=now - timedelta(seconds=SECONDS), at__lte=now)
    moving = ~Q(stage__in=Round.ENDED) | at_work
    rounds = list(Round.objects.filter(moving | ~Q(pk__in=seen.values("round"))).exclude(pk__in=lately.values("round")))
    for round in rounds:
        keep(round, now, anew=False)
    return len(rounds)


def plain(one) -> dict:
    """A sentence or a panel as JSON takes it: translated words become text."""
    return {name: text_of(value) for name, value in asdict(one).items()}


def text_of(value):
    if isinstance(value, list):
        return [{name: text_of(part) for name, part in row.items()} for row in value]
    return value if value is None or isinstance(value, bool | int) else str(value)
