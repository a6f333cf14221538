"""Turnout while the vote runs: late, rounded down, and nothing under twenty."""

from datetime import timedelta

import pytest

from rounds.models import Round
from tests.factories.voting import RollEntryFactory, polls
from voting import ballotbox, turnout
from voting.models import Turnout


@pytest.fixture
def box(db):
    """Puts so many envelopes into the first contest of an open round."""
    round, (contest,), _entries = polls(voters=0)

    def fill(number):
        for _ in range(number):
            entry = RollEntryFactory(round=round, contests=[contest])
            ballotbox.drop_in(round.pk, entry.pk, {contest.pk: (b"s" * 112, b"m" * 32, b"c" * 32)})

    return round, contest, fill


@pytest.mark.parametrize(
    ("votes", "kept", "shown"), [(0, 0, None), (19, 10, None), (20, 20, 20), (29, 20, 20), (30, 30, 30)]
)
def test_rounded_down_to_ten_and_hidden_under_twenty(box, votes, kept, shown):
    round, contest, fill = box
    fill(votes)
    assert turnout.shown(contest) is None
    assert turnout.refresh(round.voting_opens_at) == 1
    assert Turnout.objects.get().ballots == kept
    assert turnout.shown(contest) == shown


def test_refreshed_every_fifteen_minutes_at_most(box):
    round, contest, fill = box
    now = round.voting_opens_at
    fill(20)
    assert turnout.refresh(now) == 1
    fill(10)
    assert turnout.refresh(now + timedelta(minutes=14)) == 0
    assert turnout.shown(contest) == 20
    assert turnout.refresh(now + timedelta(minutes=15)) == 1
    assert turnout.shown(contest) == 30


def test_only_while_the_vote_is_open(box):
    round, _contest, _fill = box
    Round.objects.filter(pk=round.pk).update(stage=Round.Stage.POLLS_CLOSED)
    assert turnout.refresh(round.voting_closes_at) == 0
