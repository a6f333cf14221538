"""What a grave act will do, in numbers, before somebody does it (ux.md 3)."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import ngettext

from endorsements import telling
from endorsements.control_room import outlook
from rounds.models import Nomination, Round


@dataclass(frozen=True)
class Certifying:
    """What follows the certification: letters at once, and the announcement."""

    letters: int
    people: int
    announce_at: datetime
    at_once: bool  # the announcement is due already
    two: bool  # a second person has to agree


def in_numbers(act, round) -> str:
    """Whom an act on a round touches, in numbers; "" where its own words say all."""
    if act in ("reschedule", "rules", "cancel") and round.stage in Round.BEFORE_FREEZE:
        n = Nomination.objects.filter(candidacy__round=round).counting().count()
        words = ngettext("%(n)d nomination is in this round.", "%(n)d nominations are in this round.", n)
    elif act in ("reschedule", "rules", "cancel", "extend", "open"):
        n = outlook.on_roll(round)
        words = ngettext("%(n)s person is on the roll.", "%(n)s people are on the roll.", n)
        return words % {"n": f"{n:,}"} if n else ""
    elif act == "announcement" and round.stage == Round.Stage.CERTIFIED:
        n = telling.told_of_the_announcement(round).distinct().count()
        words = ngettext("%(n)d leader was told the old time.", "%(n)d leaders were told the old time.", n)
    else:
        return ""
    return words % {"n": n}


def of_certifying(round, now) -> Certifying:
    """What certifying this round would do now."""
    letters, people = telling.groups_to_tell(round)
    two = round.certification == Round.Certification.TWO
    return Certifying(letters, people, round.announce_at, at_once=round.announce_at <= now, two=two)
