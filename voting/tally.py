"""The tally: what a contest's votes mean under its round's rule. Pure, integers only (process.md 7)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

AT_LEAST = "at_least"  # rounds.Round.Comparison, by value
ENDORSABLE = ("yes", "candidate")  # rounds.ContestOption.Kind, by value: the options that name a candidacy
SKIP = "skip"


class Outcome(StrEnum):
    """What follows from the count. NEEDS_REVIEW waits for a person."""

    ENDORSED = "endorsed"
    NOT_ENDORSED = "not_endorsed"
    NEEDS_REVIEW = "needs_review"


class Doubt(StrEnum):
    """Why a person has to look."""

    NOBODY = "nobody"  # not one vote
    FEW_VOTES = "few_votes"  # fewer votes than the floor's number
    SMALL_SHARE = "small_share"  # a smaller share of the roll than the floor's


@dataclass(frozen=True)
class Rule:
    """A round's rule. threshold and turnout_min_share are in hundredths of a percent."""

    threshold: int
    comparison: str
    turnout_min_votes: int
    turnout_min_share: int

    def carries(self, part: int, whole: int) -> bool:
        """Whether so many of so many votes are enough."""
        if not whole:
            return False
        if self.comparison == AT_LEAST:
            return part * 10_000 >= self.threshold * whole
        return part * 10_000 > self.threshold * whole

    def doubts(self, ballots: int, roll: int) -> tuple[Doubt, ...]:
        """What is missing of the turnout floor: the number of votes and the share of the roll both count."""
        found = []
        if ballots < self.turnout_min_votes:
            found.append(Doubt.FEW_VOTES if ballots else Doubt.NOBODY)
        if ballots * 10_000 < self.turnout_min_share * roll:
            found.append(Doubt.SMALL_SHARE)
        return tuple(found)


@dataclass(frozen=True)
class Option:
    """One line of the ballot; kind as in rounds.ContestOption."""

    number: int
    kind: str


@dataclass(frozen=True)
class Tally:
    """A contest's figures and what follows from them."""

    votes: dict[int, int]  # by option number, skips left out, an option nobody chose is 0
    ballots: int  # their sum: the denominator of every share
    skipped: int
    roll: int
    leading: int | None  # the candidate's option with the most votes; None for a tie and for no votes
    carried: int | None  # the leading option where the rule's share is met
    doubts: tuple[Doubt, ...]
    outcome: Outcome

    def share(self, number: int) -> int | None:
        """An option's share in hundredths of a percent, cut and never rounded; None where nobody voted."""
        return self.votes[number] * 10_000 // self.ballots if self.ballots else None


def tally(counts: Mapping[int, int], options: Iterable[Option], *, roll: int, rule: Rule) -> Tally:
    """Count one contest. Skips count neither in its votes nor in its turnout; at most one option is endorsed.

    An exact tie for first endorses nobody. Raises ValueError for a vote on an option that is not on the ballot.
    """
    options = list(options)
    strangers = set(counts) - {option.number for option in options}
    if strangers:
        raise ValueError(f"votes for options that are not on the ballot: {sorted(strangers)}")
    votes = {option.number: counts.get(option.number, 0) for option in options if option.kind != SKIP}
    ballots = sum(votes.values())
    skipped = sum(counts.get(option.number, 0) for option in options if option.kind == SKIP)
    leading = first({option.number: votes[option.number] for option in options if option.kind in ENDORSABLE})
    carried = leading if leading is not None and rule.carries(votes[leading], ballots) else None
    doubts = rule.doubts(ballots, roll)
    verdict = Outcome.NOT_ENDORSED if carried is None else Outcome.ENDORSED
    outcome = Outcome.NEEDS_REVIEW if doubts else verdict
    return Tally(votes, ballots, skipped, roll, leading, carried, doubts, outcome)


def first(votes: Mapping[int, int]) -> int | None:
    """The number with the most votes; None where two share them or nobody has any."""
    most = max(votes.values(), default=0)
    ahead = [number for number, count in votes.items() if count == most]
    return ahead[0] if most and len(ahead) == 1 else None
