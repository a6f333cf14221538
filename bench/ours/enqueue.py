"""Writing one ballot letter for everybody on a frozen roll."""

import os

from django.db import connection

from bench.watching import Watch
from journal import clock
from rounds.models import Round
from voting import posting


def run():
    """Put all letters in line once, after a checkpoint."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE mailings_letter CASCADE")
        cursor.execute("CHECKPOINT")
    round, now = Round.objects.get(), clock.now()
    with Watch(os.getpid(), connection.connection.info.backend_pid) as watch:
        new = posting.enqueue_ballots(round, now=now)
    return {**watch.said(), "operations": new}
