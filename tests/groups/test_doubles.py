"""Two entries of one person: who may be, and how they become one."""

import pytest

from groups import doubles, members
from groups.models import Member
from groups.refusals import Refusal
from journal.models import Entry
from tests.factories.groups import GroupFactory, MemberFactory

pytestmark = pytest.mark.django_db

ANA = {"first_name": "Ana", "last_name": "Ruiz", "zip": "02139"}


def test_the_same_names_and_zip_are_alike_whatever_their_case(at):
    ana = MemberFactory(**ANA)
    twin = MemberFactory(first_name="ANA", last_name="ruiz", zip="02139")
    MemberFactory(**ANA | {"zip": "02140"})
    MemberFactory(**ANA | {"last_name": "Ruizo"})
    MemberFactory(**ANA | {"first_name": "Eva"})
    MemberFactory(**ANA, erased_at=at("2026-01-01 00:00"))
    MemberFactory(**ANA, merged_into=ana)
    assert list(doubles.alike(ana)) == [twin]
    assert list(doubles.alike(twin)) == [ana]


@pytest.mark.parametrize("missing", ["first_name", "last_name", "zip"])
def test_who_says_too_little_is_like_nobody(missing):
    MemberFactory(**ANA | {missing: ""})
    assert list(doubles.alike(MemberFactory(**ANA | {missing: ""}))) == []


def test_a_merged_entry_leads_to_the_other_and_its_links_die(dee, at):
    old, new = MemberFactory(email="old@example.org", group=GroupFactory()), MemberFactory(email="new@example.org")
    third = MemberFactory(email="third@example.org", merged_into=old)
    token = members.token_of(old, members.LEAVE)
    doubles.merge(old, new, by=dee, now=at("2026-02-01 12:00"), reason="She called.")
    assert members.find_by_email("old@example.org") == new
    assert members.find_by_email("third@example.org") == new
    assert members.of_token(token, members.LEAVE) is None
    assert (old.group, old.merged_into) == (None, new)
    third.refresh_from_db()
    assert third.merged_into == new
    assert list(Member.objects.confirmed()) == [new]
    entry = Entry.objects.get(verb="member.merged")
    assert (entry.subject, entry.reason, entry.after) == (f"member:{old.pk}", "She called.", {"into": new.pk})


def test_what_can_not_be_merged(dee, at):
    now, ana = at("2026-02-01 12:00"), MemberFactory()
    gone, merged = MemberFactory(erased_at=now), MemberFactory(merged_into=ana)
    with pytest.raises(Refusal, match="the same entry"):
        doubles.merge(ana, ana, by=dee, now=now, reason="x")
    for one, other in [(gone, ana), (ana, gone), (merged, ana), (ana, merged)]:
        with pytest.raises(Refusal, match="not on the list any more"):
            doubles.merge(one, other, by=dee, now=now, reason="x")
    assert not Entry.objects.exists()
