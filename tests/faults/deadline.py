"""F13: the deadline, with writers in the middle of their transactions."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from queue import Empty, SimpleQueue

from django.db import OperationalError, connection, transaction

from journal import clock
from rounds.models import Round
from tests.faults import federation, invariants, nemesis, voters
from tests.faults.plan import Fault, Seen
from voting import ballotbox, casting, closing, tickets
from voting.models import RollEntry

SLOWEST = 0.2  # seconds of work inside a vote's transaction
PROCESSES = 4
SOON = timedelta(milliseconds=300)  # from moving the deadline to it


def write(path, ballots, threads, seed):
    """Cast these ballots from so many threads, each with a random wait inside its transaction; keep what was said."""
    told, waiting, here = voters.Told(path), SimpleQueue(), threading.local()
    for ballot in ballots:
        waiting.put(ballot)
    cast = ballotbox.cast

    def slow(*args):
        shield = transaction.atomic()
        shield._from_testcase = True  # so that a vote may be cast inside it
        with shield:
            here.between = [clock.database_now()]
            outcome = cast(*args)
            here.between.append(clock.database_now())
            time.sleep(here.chance.uniform(0, SLOWEST))
        return outcome

    ballotbox.cast = slow

    def work(number):
        here.chance = random.Random(f"{seed}/{number}")
        while True:
            try:
                ballot = waiting.get_nowait()
            except Empty:
                break
            ticket = tickets.read(ballot["ticket"], now=clock.now())
            here.between = []
            try:
                outcome = casting.cast(ticket.entry, choices=ballot["choices"], nonce=ticket.nonce)
            except OperationalError as error:
                outcome = type(error).__name__
            receipt = "receipt" if outcome in casting.IN_THE_BOX else str(outcome)
            told(told=receipt, between=[at.isoformat() for at in here.between], lost=0, statuses=[], **ballot)
        connection.close()

    run_all([(work, number) for number in range(threads)])


def close_all(rounds):
    """A closer for each round, trying until it has closed."""

    def work(pk):
        while not closing.close(Round.objects.get(pk=pk), now=clock.now()):
            time.sleep(0.01)
        connection.close()

    run_all([(work, pk) for pk in rounds])


def run_all(works):
    """Run each in a thread of its own; what one raises comes out here."""
    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(*work) for work in works]:
            done.result()


def play(home, size, chance):
    """Rounds close in waves, each while all writers send votes into it."""
    seen, accepted, refused = Seen(), 0, 0
    rounds, entries = [], {}
    for _ in range(size.closes):
        if rounds:
            round = federation.another_vote(rounds[0])
        else:
            round, _contests, _entries = federation.open_vote(size.voters_each)
        rounds.append(round)
        entries[round.pk] = list(RollEntry.objects.filter(round=round).select_related("round", "member"))
    for start in range(0, size.closes, size.closes_at_once):
        wave = rounds[start : start + size.closes_at_once]
        ballots = [
            one for round in wave for one in federation.ballots(round, entries[round.pk], chance, tickets_too=True)
        ]
        chance.shuffle(ballots)
        share = size.writers // PROCESSES
        writers = [
            home.fork(write, home.journal, ballots[part::PROCESSES], share, chance.random())
            for part in range(PROCESSES)
        ]
        before = len(voters.journal_of(home.journal)) + size.votes_before
        nemesis.wait_until(lambda so_many=before: len(voters.journal_of(home.journal)) >= so_many, "nobody votes")
        closes_at = clock.now() + SOON
        Round.objects.filter(pk__in=[round.pk for round in wave]).update(voting_closes_at=closes_at)
        closer = home.fork(close_all, [round.pk for round in wave])
        for child in [*writers, closer]:
            child.wait(300)
        for round in wave:
            round.refresh_from_db()
            invariants.close_and_open(round)
            seen.check(invariants.figures_agree(round))
    told = voters.journal_of(home.journal)
    seen.check(told_in_time(told, rounds))
    for round in rounds:
        hers = {entry.pk for entry in entries[round.pk]}
        seen.check(invariants.told_is_counted(round, home.journal, only=hers))
    accepted = sum(one["told"] == "receipt" for one in told)
    refused = sum(one["told"] == "closed" for one in told)
    if not accepted or not refused:
        seen.void.append(f"{accepted} accepted, {refused} refused")
    if accepted + refused != len(told):
        seen.breaches.append(f"{len(told) - accepted - refused} were told something else")
    seen.figures |= {"votes acknowledged and counted": accepted, "told that it has closed": refused, "late": 0}
    return seen


def told_in_time(told, rounds):
    """I4: nobody was let in at or after the end, nobody was turned away before it."""
    ends = dict(RollEntry.objects.filter(round__in=rounds).values_list("pk", "round__voting_closes_at"))
    for one in told:
        # The database decided at an instant between these two.
        begun, done = one["between"] or ["", ""]
        end = ends[one["credential"]].isoformat()
        if one["told"] == "receipt" and begun >= end:
            yield f"I4: a vote was let in after {begun}"
        if one["told"] == "closed" and done < end:
            yield f"I4: a vote was turned away before {done}"


FAULTS = [
    Fault(
        "F13",
        "Deadlines under writers with 0–200 ms of work inside their transactions",
        "acknowledged = counted; none late, none turned away before the end (I2, I4)",
        play,
        full={"closes": 200, "closes_at_once": 20, "writers": 64, "voters_each": 40, "votes_before": 100},
        small={"closes": 2, "closes_at_once": 2, "writers": 8, "voters_each": 40, "votes_before": 8},
    )
]
