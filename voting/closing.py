"""Closing the polls: after the votes in flight, by the database's clock (trust.md 4)."""

from django.db import transaction

from journal import clock
from rounds import staging
from rounds.models import Round
from voting import ballotbox


def close(round, *, now) -> bool:
    """Close a vote whose time is over; False when it is not, when it is paused, or when somebody was faster.

    Both clocks, this process's (now) and the database's, must be past closes_at. The exclusive lock waits for
    every vote that was let in before.
    """
    with transaction.atomic():
        ballotbox.lock_exclusive(round.pk)
        database_now = clock.database_now()
        round.refresh_from_db()
        if round.stage != Round.Stage.VOTING or round.paused_since is not None:
            return False
        if min(now, database_now) < round.voting_closes_at:
            return False
        return staging.move(round, Round.Stage.POLLS_CLOSED, by=None, now=now)
