"""Votes of a simulated round: chosen by lot, sealed on all cores, and put into the box in large pieces."""

import multiprocessing
import os
import random
import secrets
import signal
from contextlib import contextmanager

from django.db import transaction

from rounds.models import ContestOption
from voting import ballotbox, casting, records
from voting.models import RollEntry

PIECE = 2000
# Of a hundred votes so many are for the first option; the others are spread over the rest, skips among them.
FIRST = 64


def vote(round, *, turnout: float, seed: int, cores: int | None = None) -> int:
    """Let this share of a round's roll vote, each in all her contests; how many did."""
    draw = random.Random(seed)  # noqa: S311 - lots of a simulation; nonces come from secrets
    options: dict[int, list[int]] = {}
    for contest, number in ContestOption.objects.filter(contest__round=round).values_list("contest_id", "number"):
        options.setdefault(contest, []).append(number)
    done = 0
    with sealers(cores or os.cpu_count() or 1) as each:
        for pieces in each(seal, wanted(round, turnout, options, draw)):
            with transaction.atomic():
                ballotbox.lock_shared(round.pk)
                ballotbox.pour_in(round.pk, [row for rows in pieces for row in rows])
            done += len(pieces)
    return done


def wanted(round, turnout, options, draw):
    """Pieces of the roll, each (round, [(credential, {contest: option})]) of those who vote."""
    last = -1
    while True:
        page = RollEntry.objects.filter(round=round, credential__gt=last).order_by("credential")
        credentials = list(page.values_list("credential", flat=True)[:PIECE])
        if not credentials:
            return
        last = credentials[-1]
        eligible = ballotbox.contests_of(one for one in credentials if draw.random() < turnout)
        ballots = {one: {pk: choice(options[pk], draw) for pk in mine} for one, mine in eligible.items()}
        yield round.pk, [(one, mine) for one, mine in ballots.items() if any(mine.values())]


def choice(numbers, draw) -> int:
    return 1 if draw.randrange(100) < FIRST else draw.choice(numbers)


def seal(piece) -> list[list[tuple]]:
    """The envelopes of one piece, ready for the box: a list for each voter. Touches no database."""
    round_id, ballots = piece
    done = []
    for credential, choices in ballots:
        entry = RollEntry(credential=credential, round_id=round_id)
        _checks, sealed = casting.seal(entry, choices, secrets.token_bytes(records.NONCE))
        done.append([(credential, contest, *parts) for contest, parts in sealed.items()])
    return done


@contextmanager
def sealers(cores):
    """A map over that many processes, in this one where one is enough."""
    if cores == 1:
        yield map
        return
    # Forked, so that they have the settings and the keys; they never touch the connection they inherit.
    # Ended by SIGTERM, whatever this process does at it: a fork would inherit that too.
    end = (signal.SIGTERM, signal.SIG_DFL)
    with multiprocessing.get_context("fork").Pool(cores, signal.signal, end) as pool:
        yield bounded(pool, cores)


def bounded(pool, cores):
    """pool.imap that never runs further ahead than a few pieces: it would read the whole roll into memory."""

    def over(function, pieces):
        waiting = []
        for piece in pieces:
            waiting.append(pool.apply_async(function, [piece]))
            if len(waiting) > 2 * cores:
                yield waiting.pop(0).get()
        while waiting:
            yield waiting.pop(0).get()

    return over
