import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from journal import book
from journal.models import Entry

pytestmark = pytest.mark.django_db
NOON = "2026-03-12 12:00"


@pytest.fixture
def five(at, dee):
    return [book.record("round.stage", f"round:{n}", by=dee, now=at(NOON), reason=f"because {n}") for n in range(5)]


def test_an_entry_says_who_did_what_to_what_and_why(at, dee, group):
    book.record(
        "group.renamed", group, by=dee, now=at(NOON), reason="a typo", before={"name": "B"}, after={"name": "C"}
    )

    entry = Entry.objects.get()
    assert (entry.at, entry.actor, entry.actor_name) == (at(NOON), f"user:{dee.pk}", "Dee Dorn")
    assert (entry.verb, entry.subject, entry.reason) == ("group.renamed", f"group:{group.pk}", "a typo")
    assert (entry.before, entry.after) == ({"name": "B"}, {"name": "C"})


@pytest.mark.parametrize(("by", "actor"), [(None, "clock"), ("campaign:12", "campaign:12")])
def test_an_actor_may_be_the_clock_or_a_text(at, by, actor):
    assert book.record("round.stage", "round:1", by=by, now=at(NOON)).actor == actor


def test_a_long_name_does_not_stop_the_journal(at, dee):
    dee.name, dee.email = "", f"{'d' * 230}@example.org"

    assert len(book.record("x", "y", by=dee, now=at(NOON)).actor_name) == 200


def test_each_entry_holds_the_hash_before_it(five):
    assert [entry.previous_hash for entry in five] == [book.FIRST, *[entry.hash for entry in five[:-1]]]
    assert book.verify() is None


def test_an_entry_that_is_read_back_has_the_hash_it_was_written_with(at):
    said = {"when": at(NOON), "share": 1.5, "name": "Peña – “P”", "list": [1, None, True]}
    book.record("x", "y", by=None, now=at("2026-03-12 12:00:00.123456"), before=said)

    assert book.verify() is None


@pytest.mark.parametrize(
    "change",
    [{"reason": "another"}, {"actor_name": "Ben"}, {"verb": "v"}, {"subject": "s"}, {"after": {"stage": "voting"}}],
)
def test_an_edited_entry_is_named(five, change):
    Entry.objects.filter(pk=five[2].pk).update(**change)

    assert book.verify() == (five[2], "its text was changed")


def test_a_deleted_entry_is_noticed_at_the_next_one(five):
    five[2].delete()

    assert book.verify() == (five[3], "an entry before it is missing or changed")


def test_the_first_entry_can_not_be_cut_off(five):
    five[0].delete()

    assert book.verify() == (five[1], "an entry before it is missing or changed")


def test_an_inserted_entry_is_named(five, at):
    forged = Entry(at=at(NOON), actor="clock", verb="x", subject="y", previous_hash=five[1].hash)
    forged.hash = book.fingerprint(forged)
    forged.pk = five[2].pk
    five[2].delete()
    forged.save(force_insert=True)

    assert book.verify() == (five[3], "an entry before it is missing or changed")


def test_the_command_names_the_entry_too(five, capsys):
    call_command("verify_journal")
    assert capsys.readouterr().out == "The journal is whole.\n"

    Entry.objects.filter(pk=five[2].pk).update(reason="another")
    with pytest.raises(CommandError, match=rf"Entry {five[2].pk} .* its text was changed"):
        call_command("verify_journal")


def test_an_entry_goes_with_its_transaction(at):
    with transaction.atomic():
        book.record("x", "y", by=None, now=at(NOON))
        transaction.set_rollback(True)

    assert Entry.objects.count() == 0


def test_entries_of_one_thing_come_newest_first(five, at):
    later = book.record("round.paused", "round:1", by=None, now=at(NOON))

    assert list(book.entries_of("round:1")) == [later, five[1]]


@pytest.mark.django_db(transaction=True)
def test_many_writers_make_one_chain(at):
    """Eight threads chain 80 entries: on PostgreSQL by the advisory lock, on SQLite by its one writer."""
    start = threading.Barrier(8)
    errors = []

    def write(number):
        start.wait()
        try:
            for _ in range(10):
                book.record("x", f"thread:{number}", by=None, now=at(NOON))
        except Exception as error:  # whatever it is, the test must tell of it
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert Entry.objects.count() == 80
    assert book.verify() is None


def test_the_desk_shows_the_journal_and_changes_nothing(client, dee, five, django_assert_num_queries):
    client.force_login(dee)

    assert client.get("/desk/journal/entry/").status_code == 200
    assert client.get("/desk/journal/entry/add/").status_code == 403
    assert client.post(f"/desk/journal/entry/{five[0].pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.post(f"/desk/journal/entry/{five[0].pk}/change/", {"reason": "x"}).status_code == 403
    assert book.verify() is None
