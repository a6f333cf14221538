"""Until when somebody must be on the list for which vote, and which vote is past that (process.md 4.6, 4.7)."""

from dataclasses import dataclass

from rounds.models import Round

Stage = Round.Stage
# A vote somebody can still come in time for, or is just too late for.
AHEAD = [*Round.BEFORE_FREEZE, Stage.FROZEN, Stage.VOTING]


@dataclass(frozen=True)
class CutOff:
    """missed: a vote under way whose roll was made without her; coming: the next one whose roll has her."""

    missed: Round | None = None
    coming: Round | None = None


def for_list(now, since=None) -> CutOff:
    """Which vote is missed and which comes for somebody whose address is confirmed at an instant, now unless given.

    A roll takes who is confirmed by the instant it is frozen at, that instant included. Rehearsals are nobody's vote.
    """
    since = since or now
    missed = coming = None
    for round in Round.objects.filter(stage__in=AHEAD, rehearsal=False, voting_closes_at__gt=now).order_by("freeze_at"):
        if since <= round.freeze_at:
            coming = coming or round
        elif round.stage != Stage.DRAFT:
            missed = round
    return CutOff(missed, coming)


def closed_rolls(now) -> list[Round]:
    """The votes under way whose roll is closed: whoever moves now votes there by her old place."""
    under_way = Round.objects.filter(stage__in=AHEAD, rehearsal=False, voting_closes_at__gt=now, freeze_at__lt=now)
    return list(under_way.exclude(stage=Stage.DRAFT).order_by("voting_closes_at"))
