"""What the ballot box holds, and what it must never hold."""

import os
import threading

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from rounds.models import Round
from tests.factories.rounds import RoundFactory
from tests.factories.voting import RollEntryFactory, polls
from voting import ballotbox, openedballots
from voting.refusals import Refusal

TABLES = ["eligibility", "envelope", "opened_ballot", "participation"]
ENVELOPE = (b"s" * 112, b"m" * 32, b"c" * 32)


def columns(table):
    with connection.cursor() as cursor:
        return {column.name: column for column in connection.introspection.get_table_description(cursor, table)}


def test_the_tables_have_these_columns_and_no_others(db):
    assert {table: set(columns(table)) for table in TABLES} == {
        "eligibility": {"credential", "contest_id"},
        "envelope": {"round_id", "credential", "contest_id", "sealed", "mac", "retry_check"},
        "opened_ballot": {"contest_id", "line_id", "option_number"},
        "participation": {"contest_id", "credential"},
    }


def test_nothing_in_or_to_the_tables_is_a_foreign_key_a_serial_or_a_hidden_row_number(db):
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            relations = connection.introspection.get_relations(cursor, table)
            targets = {target for _column, target in ((key, value[1]) for key, value in relations.items())}
            assert not targets & set(TABLES)
            if table in TABLES:
                assert relations == {}
                assert connection.introspection.get_sequences(cursor, table) == [] or connection.vendor == "sqlite"
        if connection.vendor == "sqlite":
            for table in TABLES:
                with pytest.raises(Exception, match="rowid"), transaction.atomic():
                    cursor.execute(f"SELECT rowid FROM {table}")


@pytest.mark.parametrize(
    "broken", [(b"s" * 111, b"m" * 32, b"c" * 32), (b"s" * 112, b"m", b"c" * 32), (b"s" * 112, b"m" * 32, b"")]
)
def test_an_envelope_of_another_length_is_refused(db, broken):
    round, (contest,), (entry,) = polls()
    with pytest.raises(IntegrityError), transaction.atomic():
        ballotbox.drop_in(round.pk, entry.pk, {contest.pk: broken})


def test_preparing_twice_changes_nothing(db):
    round, (contest,), (entry,) = polls()
    ballotbox.drop_in(round.pk, entry.pk, {contest.pk: ENVELOPE})
    ballotbox.prepare(round)
    assert ballotbox.compartment_stands(round.pk)
    assert list(ballotbox.envelopes(contest)) == [(entry.pk, ENVELOPE[0], ENVELOPE[1])]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_preparing_a_round_does_not_wait_for_another_rounds_voters():
    round, (contest,), (entry,) = polls()
    other = RoundFactory(stage=Round.Stage.FROZEN)
    prepared = threading.Event()

    def prepare():
        ballotbox.prepare(other)
        prepared.set()
        connection.close()

    with transaction.atomic():
        ballotbox.lock_shared(round.pk)
        ballotbox.drop_in(round.pk, entry.pk, {contest.pk: ENVELOPE})
        thread = threading.Thread(target=prepare)
        thread.start()
        assert prepared.wait(10)
    thread.join()


def test_destroying_empties_one_round_and_leaves_the_others(db):
    rounds = [polls() for _ in range(2)]
    for round, (contest,), (entry,) in rounds:
        ballotbox.drop_in(round.pk, entry.pk, {contest.pk: ENVELOPE})
    Round.objects.filter(pk=rounds[0][0].pk).update(stage=Round.Stage.CANCELLED)
    ballotbox.destroy_envelopes(rounds[0][0])
    ballotbox.destroy_envelopes(rounds[0][0])
    assert [ballotbox.envelope_count(contest) for _round, (contest,), _entries in rounds] == [0, 1]
    ballotbox.destroy_envelopes(RoundFactory())  # one that never got a compartment


@pytest.mark.django_db(transaction=True)
def test_a_destroyed_envelope_is_in_no_file_of_the_database():
    if connection.vendor != "sqlite":
        return  # PostgreSQL truncates; its files are not this process's to read
    round, (contest,), (entry,) = polls()
    marker = os.urandom(112)
    with transaction.atomic():
        ballotbox.drop_in(round.pk, entry.pk, {contest.pk: (marker, *ENVELOPE[1:])})
    assert any(marker in content for content in files_of_database())
    ballotbox.destroy_envelopes(round)
    assert not any(marker in content for content in files_of_database())


def files_of_database():
    name = str(connection.settings_dict["NAME"])
    for path in (name, f"{name}-wal"):
        if os.path.exists(path):
            with open(path, "rb") as file:
                yield file.read()


def test_opened_lines_and_voters_are_written_in_their_own_orders(db):
    round, (contest,), entries = polls(voters=5)
    lines = [(os.urandom(13), number % 3) for number in range(5)]
    openedballots.record_opened(contest, iter(lines), credentials=(entry.pk for entry in entries))
    assert openedballots.opened(contest) == sorted(lines)
    assert openedballots.counts(contest) == {0: 2, 1: 2, 2: 1}
    assert openedballots.participation_count(contest) == 5
    assert ballotbox.voted(round.pk, [entries[0].pk]) == {entries[0].pk}
    Round.objects.filter(pk=round.pk).update(stage=Round.Stage.ARCHIVED)
    assert openedballots.destroy_participation(round) == 5
    assert openedballots.participation_count(contest) == 0
    assert openedballots.opened(contest) == sorted(lines)


def test_lines_that_do_not_fit_the_voters_are_refused(db):
    _round, (contest,), entries = polls(voters=2)
    credentials = [entry.pk for entry in entries]
    line = os.urandom(13)
    for lines in ([(line, 1)], [(line, 1), (line, 2)]):
        with pytest.raises(Refusal):
            openedballots.record_opened(contest, lines, credentials=credentials)
    assert openedballots.opened(contest) == []


def test_who_has_voted_is_known_of_many_in_one_query(db, django_assert_num_queries):
    round, (contest,), entries = polls(voters=3)
    for entry in entries[:2]:
        ballotbox.drop_in(round.pk, entry.pk, {contest.pk: ENVELOPE})
    with django_assert_num_queries(1):
        assert ballotbox.voted(round.pk, [entry.pk for entry in entries]) == {entry.pk for entry in entries[:2]}
    assert ballotbox.voted(round.pk, []) == set()


def test_struck_means_not_eligible(db):
    round, (contest,), _entries = polls()
    entry = RollEntryFactory(round=round, contests=[contest])
    assert ballotbox.strike(contest, entry.pk) is True
    assert ballotbox.strike(contest, entry.pk) is False
    assert ballotbox.drop_in(round.pk, entry.pk, {contest.pk: ENVELOPE}) == 0


def test_sqlite_overwrites_what_it_deletes(db):
    if connection.vendor == "sqlite":
        assert "secure_delete=ON" in settings.DATABASES["default"]["OPTIONS"]["init_command"]
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete")
            assert cursor.fetchone() == (1,)
