from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from journal import approvals
from journal.models import Approval, Entry

pytestmark = pytest.mark.django_db
SOON = datetime(2026, 3, 12, 18, tzinfo=UTC)


@pytest.fixture
def asked(at, ada):
    return approvals.ask("round.cancel", "round:1", by=ada, reason="flood", now=at("2026-03-12 12:00"))


def test_a_second_person_agrees_and_the_journal_knows_both(asked, ada, dee, at):
    assert approvals.standing("round.cancel", "round:1", SOON) == asked
    assert approvals.agree(asked, by=dee, now=at("2026-03-12 13:00")) is True

    asked.refresh_from_db()
    assert (asked.asked_name, asked.agreed_name, asked.agreed_at) == ("Ada Adams", "Dee Dorn", at("2026-03-12 13:00"))
    assert approvals.standing("round.cancel", "round:1", SOON) is None
    assert list(Entry.objects.order_by("id").values_list("verb", "actor_name")) == [
        ("round.cancel.asked", "Ada Adams"),
        ("round.cancel.agreed", "Dee Dorn"),
    ]


def test_the_second_may_not_be_the_first(asked, ada, at):
    assert approvals.agree(asked, by=ada, now=at("2026-03-12 13:00")) is False

    assert approvals.standing("round.cancel", "round:1", SOON) == asked
    assert Entry.objects.count() == 1


def test_not_even_the_database_lets_one_person_be_both(asked):
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=asked.pk).update(agreed_by=asked.asked_by)


def test_agreeing_twice_is_agreeing_once(asked, dee, cem, at):
    assert approvals.agree(asked, by=dee, now=at("2026-03-12 13:00")) is True
    assert approvals.agree(asked, by=cem, now=at("2026-03-12 14:00")) is False

    asked.refresh_from_db()
    assert asked.agreed_name == "Dee Dorn"


def test_asking_again_gives_the_standing_request(asked, dee, at):
    again = approvals.ask("round.cancel", "round:1", by=dee, reason="me too", now=at("2026-03-12 13:00"))

    assert (again, again.reason) == (asked, "flood")
    assert Entry.objects.count() == 1


def test_after_it_was_agreed_the_same_may_be_asked_anew(asked, dee, ada, at):
    approvals.agree(asked, by=dee, now=at("2026-03-12 13:00"))

    anew = approvals.ask("round.cancel", "round:1", by=ada, reason="again", now=at("2026-03-13 12:00"))

    assert anew != asked
    assert approvals.standing("round.cancel", "round:1", at("2026-03-13 12:00")) == anew


def test_another_subject_is_another_request(asked):
    assert approvals.standing("round.cancel", "round:2", SOON) is None
    assert approvals.standing("round.extend", "round:1", SOON) is None


@pytest.mark.parametrize(("after", "stands"), [(approvals.KEPT - timedelta(seconds=1), True), (approvals.KEPT, False)])
def test_a_request_stands_for_a_day(asked, dee, after, stands):
    then = asked.asked_at + after
    assert (approvals.standing("round.cancel", "round:1", then) is not None) is stands
    assert approvals.agree(asked, by=dee, now=then) is stands
