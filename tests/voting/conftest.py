"""Rounds whose voters have voted, and the database as its administrator sees it."""

from datetime import timedelta

import pytest
from django.db import connection

from rounds import staging
from rounds.models import Round
from tests.factories.voting import polls, vote


@pytest.fixture
def voted(set_clock):
    """A round whose voters chose by a list of options: voted([1, 1, 2]) is (round, contests, entries)."""

    def build(options, **fields):
        round, contests, entries = polls(voters=len(options), **fields)
        set_clock(round.voting_opens_at + timedelta(hours=1))
        for entry, option in zip(entries, options, strict=True):
            vote(entry, option=option)
        return round, contests, entries

    return build


@pytest.fixture
def close():
    """Close a round's polls: close(round)."""

    def move(round):
        staging.move(round, Round.Stage.POLLS_CLOSED, by=None, now=round.voting_closes_at)

    return move


@pytest.fixture
def sql(db):
    """Run a statement past every rule of ours and give its rows: sql("SELECT …", value)."""

    def run(statement, *params):
        with connection.cursor() as cursor:
            cursor.execute(statement, params)
            return cursor.fetchall() if cursor.description else cursor.rowcount

    return run
