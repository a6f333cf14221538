"""What a grave act will do, in numbers, before somebody does it (ux.md 3)."""

from dataclasses import dataclass
from datetime import datetime

from endorsements import telling
from rounds.models import Round


@dataclass(frozen=True)
class Certifying:
    """What follows the certification: letters at once, and the announcement."""

    letters: int
    people: int
    announce_at: datetime
    at_once: bool  # the announcement is due already
    two: bool  # a second person has to agree


def of_certifying(round, now) -> Certifying:
    """What certifying this round would do now."""
    letters, people = telling.groups_to_tell(round)
    two = round.certification == Round.Certification.TWO
    return Certifying(letters, people, round.announce_at, at_once=round.announce_at <= now, two=two)
