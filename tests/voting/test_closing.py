"""The polls close once, when both clocks say so, after the votes in flight."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction

from journal.models import Entry
from rounds.models import Round
from tests.factories.voting import polls, vote
from voting import ballotbox, closing
from voting.casting import Outcome

# SQLite tells the time in whole milliseconds, cut.
A_MOMENT = timedelta(milliseconds=5)
PATIENCE = 60  # seconds until a thread that never comes is a failure


@pytest.fixture
def round(db):
    return polls()[0]


@pytest.mark.parametrize(
    ("process", "database", "closes"), [(0, 0, True), (-1, 0, False), (0, -1, False), (60, 60, True)]
)
def test_both_clocks_must_be_past_the_end(round, set_clock, process, database, closes):
    set_clock(round.voting_closes_at + timedelta(seconds=database) + A_MOMENT)
    assert closing.close(round, now=round.voting_closes_at + timedelta(seconds=process)) is closes
    assert round.stage == (Round.Stage.POLLS_CLOSED if closes else Round.Stage.VOTING)


def test_closing_twice_closes_once(round, set_clock):
    set_clock(round.voting_closes_at + A_MOMENT)
    assert closing.close(round, now=round.voting_closes_at) is True
    assert closing.close(round, now=round.voting_closes_at) is False
    assert Entry.objects.filter(verb="round.stage", subject=f"round:{round.pk}").count() == 1


def test_a_paused_vote_does_not_close(round, set_clock):
    Round.objects.filter(pk=round.pk).update(paused_since=round.voting_opens_at)
    set_clock(round.voting_closes_at)
    assert closing.close(round, now=round.voting_closes_at) is False


def test_an_extension_that_this_process_has_not_seen_keeps_the_polls_open(round, set_clock):
    set_clock(round.voting_closes_at)
    stale = Round.objects.get(pk=round.pk)
    later = {"voting_closes_at": round.voting_closes_at + timedelta(hours=1)}
    Round.objects.filter(pk=round.pk).update(**later)
    assert closing.close(stale, now=stale.voting_closes_at) is False


def wait_for_a_waiter():
    """Come back when somebody waits for an advisory lock of this database."""
    waits = "SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database WHERE NOT granted AND datname = %s"
    deadline = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(waits, [connection.settings_dict["NAME"]])
            if cursor.fetchone():
                return
            time.sleep(0.01)
    raise TimeoutError("Nobody waited for the lock.")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_the_closer_waits_for_a_vote_in_flight_and_counts_it(set_clock):
    round, (contest,), (entry, late) = polls(voters=2)
    inside = threading.Event()

    def voter():
        with transaction.atomic():
            ballotbox.lock_shared(round.pk)
            inside.set()
            wait_for_a_waiter()  # decided before the end, committed after it
            ballotbox.drop_in(round.pk, entry.pk, {contest.pk: (b"s" * 112, b"m" * 32, b"c" * 32)})
        connection.close()

    thread = threading.Thread(target=voter)
    thread.start()
    assert inside.wait(PATIENCE)
    set_clock(round.voting_closes_at)
    assert closing.close(round, now=round.voting_closes_at) is True
    assert ballotbox.envelope_count(contest) == 1
    thread.join()
    assert vote(late) == Outcome.CLOSED


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_in_a_storm_at_the_close_every_acknowledged_vote_is_in_the_box_and_none_is_late(set_clock):
    round, (contest,), entries = polls(voters=96)
    set_clock(round.voting_closes_at - timedelta(hours=1))
    some_are_in, over, waiting, outcomes = threading.Event(), threading.Event(), list(entries), []

    def voter():
        while waiting:
            try:
                entry = waiting.pop()
            except IndexError:
                break
            if len(waiting) < 32:  # the last third comes late
                over.wait(PATIENCE)
            outcomes.append(vote(entry))
            if len(outcomes) >= 32:
                some_are_in.set()
        connection.close()

    threads = [threading.Thread(target=voter) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert some_are_in.wait(PATIENCE)
    set_clock(round.voting_closes_at)
    over.set()
    assert closing.close(round, now=round.voting_closes_at) is True
    at_close = ballotbox.envelope_count(contest)
    for thread in threads:
        thread.join()
    assert outcomes.count(Outcome.RECORDED) == at_close == ballotbox.envelope_count(contest)
    assert set(outcomes) == {Outcome.RECORDED, Outcome.CLOSED}
    assert len(outcomes) == len(entries)
