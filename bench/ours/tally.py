"""Opening and counting the votes of a simulated round, contest by contest, as the clock's ticks do."""

import os

from django.db import connection
from django.db.models import F

from bench.watching import Watch
from endorsements import lifecycle
from endorsements.simulation import play, votes
from journal import clock
from rounds.models import Round
from voting import ballotbox, openedballots, opening
from voting.models import Count, Result


def prepare(turnout, cores=None):
    """Let this share of the roll vote, and close the polls."""
    round = Round.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE envelope")
    voters = votes.vote(round, turnout=turnout, seed=1, cores=cores)
    play.let_come(round, "voting_closes_at", now=clock.now())
    lifecycle.step(round, Round.Stage.POLLS_CLOSED, by=None, now=clock.now())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE envelope")
    return {"voters": voters, "envelopes": sum(ballotbox.envelope_counts(round.pk).values())}


def run():
    """Open every contest once: from the commitment to its result."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE opened_ballot, participation, voting_count, voting_result CASCADE")
        cursor.execute("CHECKPOINT")
    round, now = Round.objects.get(), clock.now()
    with Watch(root=os.getpid(), server=connection.connection.info.backend_pid) as watch:
        while opening.open_some(round, now=now):
            pass
    if Count.objects.exclude(opened=F("envelopes")).exists() or opening.left(round):
        raise RuntimeError("a contest was not opened")
    opened = sum(Count.objects.values_list("opened", flat=True))
    return {**watch.said(), "operations": opened}


def count():
    """Count what was opened, as the result of each contest does; warm."""
    round = Round.objects.get()
    contests = list(round.contests.all())
    counted = [openedballots.counts(contest) for contest in contests]
    with Watch(os.getpid(), connection.connection.info.backend_pid) as watch:
        counted = [openedballots.counts(contest) for contest in contests]
    lines = sum(sum(options.values()) for options in counted)
    if Result.objects.count() != len(contests):
        raise RuntimeError("a contest has no result")
    return {**watch.said(), "operations": lines}
