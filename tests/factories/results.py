"""Counted contests, made by figures: counted(round, {1: 60, 2: 40}) without a single envelope."""

import hashlib

from rounds.models import Round
from tests.factories.rounds import ContestFactory, RoundFactory
from tests.factories.voting import RollEntryFactory
from voting import openedballots, results
from voting.models import ContestRoll, Count, Result


def counted(votes, *, round=None, roll=1000, candidates=1, stage=Round.Stage.COUNTED, now=None, **fields):
    """The result of a contest with these opened lines, {option number: votes}, and a roll of so many.

    fields are the round's own (threshold=…) or, with two underscores, the contest's (contest__race=…).
    """
    contest_fields = {name[9:]: fields.pop(name) for name in list(fields) if name.startswith("contest__")}
    round = round or RoundFactory(stage=stage, **fields)
    contest = ContestFactory(round=round, candidates=candidates, **contest_fields)
    options = [option for option, count in sorted(votes.items()) for _ in range(count)]
    lines = [(line(contest, number), option) for number, option in enumerate(options)]
    # The numbers of the voters are of no account here: nobody's envelope is behind these lines.
    openedballots.record_opened(contest, lines, credentials=range(1, len(lines) + 1))
    ContestRoll.objects.create(contest=contest, frozen_at=round.freeze_at, eligible=roll, not_mailed=0)
    Count.objects.create(
        contest=contest,
        state=Count.State.OPENED,
        commitment=hashlib.sha256(f"{contest.pk}".encode()).hexdigest(),
        envelopes=len(lines),
        opened=len(lines),
        opened_at=now or round.voting_closes_at,
    )
    return results.count(contest, votes=openedballots.counts(contest), now=now or round.voting_closes_at)


def line(contest, number):
    """The line id of the nth ballot: as good as random, and the same each time."""
    return hashlib.sha256(f"{contest.pk}|{number}".encode()).digest()[:13]


def lines_of(contest):
    """The votes of a contest's result, {option number: votes}."""
    return dict(Result.objects.get(contest=contest).lines.values_list("option__number", "votes"))


def eligible(round, contests):
    """One more person on a roll, for letters and deliveries."""
    return RollEntryFactory(round=round, contests=contests)
