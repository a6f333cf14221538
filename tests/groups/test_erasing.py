"""Deleting a member's data: nothing that tells who she is stays, and what is counted stays."""

import pytest

from groups import erasing, members
from groups.models import (
    AddressChange,
    ImportBatch,
    ImportChange,
    Member,
    MemberReport,
    MemberRequest,
    MemberSource,
    SignUp,
)
from groups.refusals import Refusal
from journal.models import Entry
from mailings.models import Suppression
from tests.factories.groups import GroupFactory, MemberFactory, district

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(at):
    return at("2026-02-01 12:00")


@pytest.fixture
def eve(now):
    eve = MemberFactory(
        email="Eve@example.org", first_name="Eve", last_name="Stone", zip="02139", district=district("MA", 7),
        group=GroupFactory(), came_by=GroupFactory(), wants_news=True,
    )  # fmt: skip
    MemberSource.objects.create(member=eve, source="list", source_key="7", zip="02139")
    MemberReport.objects.create(member=eve, kind="moved", told_at=now, before="02139 MA-07")
    AddressChange.objects.create(member=eve, old_email="e.stone@example.org", changed_at=now)
    MemberRequest.objects.create(address="eve@example.org", asked_at=now)
    SignUp.objects.create(email="EVE@example.org", first_name="Eve", zip="02139", asked_at=now)
    batch = ImportBatch.objects.create(file_name="list.csv", file_hash="ab", format="csv", taken_at=now)
    ImportChange.objects.create(batch=batch, member=eve.pk, before={"last_name": "Stein"})
    return eve


def test_nothing_that_tells_who_she_is_stays(eve, now, dee):
    token = members.token_of(eve, members.LEAVE)
    erasing.erase(eve, by=dee, now=now, reason="She asked for it.")
    assert (eve.email, eve.first_name, eve.last_name, eve.zip, eve.group, eve.came_by) == ("", "", "", "", None, None)
    assert "eve" not in eve.email_key.lower()
    assert [
        model.objects.count()
        for model in (MemberSource, MemberReport, AddressChange, MemberRequest, SignUp, ImportChange)
    ] == [0] * 6
    assert members.of_token(token, members.LEAVE) is None
    assert members.find_by_email("eve@example.org") is None
    assert eve.district == district("MA", 7)
    entry = Entry.objects.get()
    assert (entry.verb, entry.subject, entry.reason) == ("member.erased", f"member:{eve.pk}", "She asked for it.")


def test_no_list_brings_letters_back_and_others_keep_theirs(eve, now, dee):
    other = MemberFactory(email="other@example.org", first_name="Ola")
    erasing.erase(eve, by=dee, now=now, reason="She asked for it.")
    assert list(Suppression.objects.values_list("address", "reason")) == [("eve@example.org", "left")]
    assert list(Member.objects.confirmed()) == [other]
    other.refresh_from_db()
    assert other.first_name == "Ola"


def test_twice_is_refused_and_two_members_can_be_deleted(eve, now, dee):
    erasing.erase(eve, by=dee, now=now, reason="She asked for it.")
    with pytest.raises(Refusal, match="done already"):
        erasing.erase(eve, by=dee, now=now, reason="She asked for it.")
    erasing.erase(MemberFactory(), by=dee, now=now, reason="He asked for it.")
    assert Member.objects.exclude(erased_at=None).count() == 2
