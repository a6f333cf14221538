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


def ahead(now) -> list[Round]:
    """The votes that are not over, the first to be frozen first. Rehearsals are nobody's vote."""
    rounds = Round.objects.filter(stage__in=AHEAD, rehearsal=False, voting_closes_at__gt=now)
    return list(rounds.order_by("freeze_at"))


def for_list(now, since=None, *, rounds=None) -> CutOff:
    """Which vote is missed and which comes for somebody whose address is confirmed at an instant, now unless given.

    A roll takes who is confirmed by the instant it is frozen at, that instant included. rounds spares the query
    where the caller has those ahead.
    """
    since = since or now
    missed = coming = None
    for round in ahead(now) if rounds is None else rounds:
        if since <= round.freeze_at:
            coming = coming or round
        elif round.stage != Stage.DRAFT:
            missed = round
    return CutOff(missed, coming)


def closed_rolls(now) -> list[Round]:
    """The votes under way whose roll is closed: whoever moves now votes there by her old place."""
    return [round for round in ahead(now) if round.freeze_at < now and round.stage != Stage.DRAFT]
