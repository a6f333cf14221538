"""Who looked at what stands in the journal: once an hour for a person and a thing, never more, never less."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from journal import book, reading
from journal.models import Entry
from tests.factories.groups import UserFactory

pytestmark = pytest.mark.django_db
MICRO = timedelta(microseconds=1)


@pytest.fixture
def noon(at):
    return at("2026-03-12 12:00")


def test_an_entry_says_who_looked_at_what_by_its_number(noon, dee, ben):
    assert reading.read(ben, by=dee, now=noon) == 1

    entry = Entry.objects.get()
    assert (entry.actor, entry.actor_name, entry.verb) == (f"user:{dee.pk}", "Dee Dorn", "read.opened")
    assert (entry.subject, entry.at) == (f"member:{ben.pk}", noon)
    assert (entry.reason, entry.before, entry.after) == ("", None, None)
    assert list(reading.readers_of(ben)) == [entry]


def test_a_reload_within_the_hour_writes_nothing_and_after_it_once(noon, dee, ben):
    hour = timedelta(hours=1)
    seen = [reading.read(ben, by=dee, now=noon + later) for later in (MICRO * 0, MICRO, hour - MICRO, hour, hour)]

    assert seen == [1, 0, 0, 1, 0]


def test_each_reader_each_thing_and_each_kind_of_page_is_written_by_itself(noon, dee, ben, group):
    eve = UserFactory()
    assert [
        reading.read(ben, by=dee, now=noon),
        reading.read(ben, by=eve, now=noon),
        reading.read(ben, by=dee, now=noon, verb=reading.FOUND),
        reading.read(group, by=dee, now=noon),
    ] == [1, 1, 1, 1]


def test_many_at_once_are_one_chain_and_only_the_fresh_are_written(noon, dee):
    things = [f"member:{number}" for number in range(5)]
    assert reading.read(*things[:2], by=dee, now=noon) == 2
    assert reading.read(*things, things[4], by=dee, now=noon) == 3
    assert reading.read(by=dee, now=noon) == 0
    assert sorted(Entry.objects.values_list("subject", flat=True)) == things
    assert book.verify() is None


def test_what_is_written_already_costs_one_look(noon, dee, ben, django_assert_num_queries):
    reading.read(ben, by=dee, now=noon)
    with django_assert_num_queries(1):
        reading.read(ben, by=dee, now=noon)


@pytest.mark.django_db(transaction=True)
def test_two_loads_at_once_write_one_entry(noon, dee):
    ready, written = threading.Barrier(4), []

    def load():
        ready.wait()
        written.append(reading.read("member:1", by=dee, now=noon))
        connection.close()

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(written) == [0, 0, 0, 1]
    assert Entry.objects.count() == 1
