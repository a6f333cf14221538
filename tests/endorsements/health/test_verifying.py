"""Whoever edits a row of the journal or of a result in the database is found, by the name of what she edited."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from endorsements.health import verifying
from endorsements.models import Verification
from journal import book
from journal.models import Entry
from rounds.models import Round
from tests.factories.results import counted
from tests.factories.rounds import START, RoundFactory
from voting import results
from voting.models import Result, ResultLine

pytestmark = pytest.mark.django_db


@pytest.fixture
def result():
    """Counted under the floor, so that somebody has to decide."""
    return counted({1: 6, 2: 4}, round=RoundFactory(name="Spring round", stage=Round.Stage.COUNTED))


def edited(table, column, value, pk):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [value, pk])


NAMED = "The result of U.S. House, Massachusetts 7th District, Spring round, was changed past the journal."
OTHER = {
    "roll": 9999,
    "delivered": 3,
    "ballots": 11,
    "skipped": 7,
    "outcome": "endorsed",
    "leading_id": None,
    "rule": '{"threshold": 1}',
    "counted_at": "2026-01-01 00:00:00+00:00",
    "review_reason": "Nothing.",
    "decided_reason": "It is fine.",
    "certified_at": "2026-01-01 00:00:00+00:00",
    "salt": "0" * 32,
}


def test_every_column_of_a_result_is_held():
    columns = {field.attname for field in Result._meta.concrete_fields} - {"id", "contest_id", "decided_by_id"}
    assert columns == OTHER.keys()


@pytest.mark.parametrize("column", OTHER)
def test_a_changed_result_is_found_by_name(result, column):
    assert verifying.wrong() == []
    edited("voting_result", column, OTHER[column], result.pk)
    assert verifying.wrong() == [NAMED]


def test_changed_votes_are_found_by_name(result, dee):
    line = result.lines.first()
    edited("voting_resultline", "votes", line.votes + 1, line.pk)
    assert verifying.wrong() == [NAMED]
    edited("voting_resultline", "votes", line.votes, line.pk)
    edited("voting_result", "decided_by_id", dee.pk, result.pk)
    assert verifying.wrong() == [NAMED]


def test_a_result_that_is_gone_and_one_that_came_from_elsewhere(result):
    ResultLine.objects.all().delete()
    Result.objects.all()._raw_delete("default")
    assert verifying.wrong() == [f"result:{result.pk} is in the journal and is gone."]


def test_a_result_without_its_line_in_the_journal(result):
    Entry.objects.filter(verb="result.fingerprint")._raw_delete("default")
    assert (
        "The result of U.S. House, Massachusetts 7th District, Spring round, is not in the journal."
        in verifying.wrong()
    )


def test_what_people_decide_and_certify_is_whole(result, dee):
    results.decide(result, endorse=False, by=dee, now=START, reason="Too few.")
    assert verifying.wrong() == []
    results.certify(result.contest.round, by=dee, now=START)
    assert verifying.wrong() == []
    edited("voting_result", "decided_reason", "Else.", result.pk)
    assert verifying.wrong() == [NAMED]


def test_nobody_can_guess_a_result_from_the_journal(result):
    entry = Entry.objects.get(verb="result.fingerprint")
    assert set(entry.after) == {"fingerprint"}
    assert len(result.salt or Result.objects.get().salt) == 32


WORDS = {
    "at": "2026-01-01 00:00:00+00:00",
    "actor": "user:999999",
    "actor_name": "Eve",
    "verb": "other.deed",
    "subject": "round:999999",
    "reason": "Another reason.",
    "before": '{"x": 1}',
    "after": '{"x": 1}',
    "previous_hash": "1" * 64,
    "hash": "1" * 64,
}


def test_every_column_of_the_journal_is_held():
    assert {field.attname for field in Entry._meta.concrete_fields} - {"id"} == WORDS.keys()


@pytest.mark.parametrize("column", WORDS)
def test_an_edited_line_of_the_journal_is_found_by_name(dee, column):
    entries = [book.record("round.noted", f"round:{n}", by=dee, now=START, reason=f"Line {n}") for n in range(3)]
    assert verifying.wrong() == []
    edited("journal_entry", column, WORDS[column], entries[1].pk)
    [sentence] = verifying.wrong()
    assert sentence.startswith(f"Journal entry {entries[1].pk} (")


def test_a_line_that_is_gone_is_found_by_the_next_one(dee):
    entries = [book.record("round.noted", f"round:{n}", by=dee, now=START) for n in range(3)]
    Entry.objects.filter(pk=entries[1].pk)._raw_delete("default")
    [sentence] = verifying.wrong()
    assert sentence.startswith(f"Journal entry {entries[2].pk} (")
    assert "an entry before it is missing or changed" in sentence


def test_the_clock_looks_once_in_twenty_hours_and_the_desk_says_what_it_found(result, client, dee):
    assert verifying.nightly(START) is True
    assert verifying.nightly(START + timedelta(hours=19)) is False
    assert Verification.objects.get().wrong == ""
    edited("voting_result", "ballots", 99, result.pk)
    assert verifying.nightly(START + timedelta(hours=20, seconds=1)) is True
    client.force_login(dee)
    assert NAMED in client.get("/desk/").content.decode()


def test_the_command_says_so_and_fails(result, capsys):
    call_command("verify")
    assert capsys.readouterr().out == "The journal and all results are whole.\n"
    edited("voting_result", "ballots", 99, result.pk)
    with pytest.raises(CommandError, match="was changed past the journal"):
        call_command("verify")


def test_looks_are_kept_a_month(result):
    for n in range(verifying.KEPT + 5):
        verifying.keep([], now=START + timedelta(days=n))
    assert Verification.objects.count() == verifying.KEPT
    assert Verification.objects.first().at == START + timedelta(days=verifying.KEPT + 4)
