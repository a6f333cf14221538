"""Two workers at once: every letter is in one hand only."""

import threading
from collections import Counter

import pytest
from django.db import connection, connections, transaction

from mailings import claiming, postroom, queue
from mailings.models import Letter

State = Letter.State


def at_once(n, work):
    """Run work in n threads, each with its own connection, all beginning together."""
    barrier, troubles = threading.Barrier(n), []

    def run():
        try:
            barrier.wait(20)
            work()
        except Exception as error:
            troubles.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert troubles == []


@pytest.mark.django_db(transaction=True)
def test_claims_of_many_threads_share_no_letter(sample, noon):
    queue.enqueue("sample.note", seats=range(400), now=noon)
    taken, lock = [], threading.Lock()

    def work():
        while batch := claiming.claim(noon, size=7):
            with lock:
                taken.extend(letter.pk for letter in batch.letters)

    at_once(8, work)
    assert sorted(taken) == sorted(Letter.objects.values_list("pk", flat=True))
    assert set(Letter.objects.values_list("state", "attempts")) == {(State.LEASED, 1)}


@pytest.mark.django_db(transaction=True)
def test_three_senders_send_each_letter_once(sample, in_line, noon, told):
    in_line(sample.seats(60))
    at_once(3, lambda: [postroom.send_due(noon, limit=5) for _ in range(6)])
    postroom.send_due(noon)
    assert Counter(told()) == Counter(f"person{i}@example.org" for i in range(60))
    assert set(Letter.objects.values_list("state", "attempts")) == {(State.SENT, 1)}


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_claim_passes_over_what_another_holds_without_waiting(sample, noon):
    """While one claim's transaction is still open, another takes the next letters at once."""
    queue.enqueue("sample.note", seats=range(10), now=noon)
    held, taken = threading.Event(), threading.Event()
    other = []

    def hold():
        with transaction.atomic():
            first = claiming.claim(noon, size=4)
            other.append([letter.seat for letter in first.letters])
            held.set()
            assert taken.wait(20)
        connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(20)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
    second = claiming.claim(noon, size=4)
    taken.set()
    thread.join(20)
    assert other == [[0, 1, 2, 3]]
    assert [letter.seat for letter in second.letters] == [4, 5, 6, 7]


@pytest.mark.postgresql
@pytest.mark.django_db
def test_the_claim_walks_its_index(sample, noon):
    """The partial index is used although values travel apart from the statement."""
    queue.enqueue("sample.note", seats=range(5000), now=noon)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE mailings_letter")
        at = [noon] * 4
        cursor.execute("EXPLAIN " + claiming.claim_sql(), [*at, 100, "token", noon])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert plan.count("letter_next") == 2
