"""Freezing the roll of a simulated round, contest by contest, as the clock's ticks do."""

import os

from django.db import connection

from bench.watching import Watch
from endorsements import lifecycle
from journal import clock
from rounds import candidacies
from rounds.models import Round
from voting import ballotbox, roll
from voting.models import RollEntry

TABLES = "voting_rollentry, voting_exclusion, voting_contestroll, eligibility"


def prepare():
    """Bring the round to the freeze and make its contests: no roll yet."""
    round, now = Round.objects.get(), clock.now()
    lifecycle.step(round, Round.Stage.FROZEN, by=None, now=now)
    candidacies.make_contests(round, now=now)
    ballotbox.prepare(round)
    return {"contests": round.contests.count()}


def run():
    """Build every contest's roll once, after a checkpoint."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES}")
        cursor.execute("CHECKPOINT")
    round, now = Round.objects.get(), clock.now()
    with Watch(os.getpid(), connection.connection.info.backend_pid) as watch:
        while roll.freeze_step(round, now=now):
            pass
    pairs = ballotbox.asked("SELECT count(*) FROM eligibility", [])
    return {**watch.said(), "operations": RollEntry.objects.count(), "pairs": pairs}
