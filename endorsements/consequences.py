"""What a grave act will do, in numbers, before somebody does it (ux.md 3)."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from endorsements import telling
from journal import approvals
from rounds.models import Round
from voting.models import Count


@dataclass(frozen=True)
class Certifying:
    """What follows the certification: letters at once, the announcement, and what is destroyed."""

    letters: int
    people: int
    announce_at: datetime
    at_once: bool  # the announcement is due already
    envelopes: int
    contests: int
    two: bool
    asked_name: str  # who asked for it, where a second person has to agree


def of_certifying(round, now) -> Certifying:
    """What certifying this round would do now."""
    letters, people = telling.groups_to_tell(round)
    counts = Count.objects.filter(contest__round=round).aggregate(envelopes=Sum("envelopes"))
    two = round.certification == Round.Certification.TWO
    waiting = approvals.standing("round.certify", round, now) if two else None
    return Certifying(
        letters=letters,
        people=people,
        announce_at=round.announce_at,
        at_once=round.announce_at <= now,
        envelopes=counts["envelopes"] or 0,
        contests=round.contests.count(),
        two=two,
        asked_name=waiting.asked_name if waiting else "",
    )
