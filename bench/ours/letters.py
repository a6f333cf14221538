"""Ballot letters of a simulated round, sent by the post room."""

import os

from django.db import connection

from bench.watching import Watch
from journal import clock
from mailings import postroom
from mailings.models import Letter
from rounds.models import Round
from voting import posting


def prepare(count):
    """Put the whole roll's letters in line as the opening of a vote does, and leave the first of them."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE mailings_letter CASCADE")
        posting.enqueue_ballots(Round.objects.get(), now=clock.now())
        cursor.execute(
            "DELETE FROM mailings_letter WHERE id > "
            "(SELECT id FROM mailings_letter ORDER BY priority, id OFFSET %s LIMIT 1)",
            [count - 1],
        )
        cursor.execute("VACUUM ANALYZE mailings_letter")
    return {"operations": Letter.objects.count()}


def run():
    """Send them, all once more; the seconds and the CPU of this process and of its database connection."""
    Letter.objects.update(
        state=Letter.State.READY, attempts=0, not_before=clock.now(), settled_at=None, message_id="", reason=""
    )
    with Watch(os.getpid(), connection.connection.info.backend_pid) as watch:
        sent = 0
        while some := postroom.send_due(clock.now()):
            sent += some
    left = Letter.objects.exclude(state__in=[Letter.State.SENT, Letter.State.SKIPPED]).count()
    if left:
        raise RuntimeError(f"{left} letters are neither sent nor skipped")
    return {**watch.said(), "operations": sent}
