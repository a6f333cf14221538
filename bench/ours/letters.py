"""Ballot letters of a simulated round, sent by the post room."""

import os

from django.db import connection

from bench.watching import Watch
from journal import clock
from mailings import postroom, queue
from mailings.models import Letter
from rounds.models import Round
from voting.models import RollEntry


def run(count):
    """Send so many ballot letters; the seconds and the CPU of this process and of its database connection."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE mailings_letter CASCADE")
    round, now = Round.objects.get(), clock.now()
    seats = RollEntry.objects.filter(round=round).order_by("credential").values_list("credential", flat=True)[:count]
    queue.enqueue("voting.ballot", seats=seats, now=now, topic=round.topic, subject=round.pk)
    with Watch(os.getpid(), connection.connection.info.backend_pid) as watch:
        sent = 0
        while some := postroom.send_due(clock.now()):
            sent += some
    left = Letter.objects.exclude(state__in=[Letter.State.SENT, Letter.State.SKIPPED]).count()
    if left:
        raise RuntimeError(f"{left} of {count} letters are neither sent nor skipped")
    return {**watch.said(), "operations": sent}
