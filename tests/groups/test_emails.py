"""The letters of the ground floor: who gets them, what they say, and when they are not needed any more."""

import pytest
from django.core import mail

from groups import emails, members, signup
from groups.models import Member
from mailings import postroom, suppression
from mailings.models import Letter, Suppression
from tests.factories.groups import MemberFactory, zips

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(at):
    return at("2026-03-01 12:00")


@pytest.fixture
def asked():
    zips({"02142": ["MA-7"]})
    return signup.Request("new@example.org", "Nia", "New", "02142")


def settled():
    return list(Letter.objects.order_by("id").values_list("state", "reason"))


def test_the_letter_that_confirms_stands_in_two_languages(asked, now):
    signup.sign_up(asked, now=now)
    postroom.send_due(now)
    member = Member.objects.get()
    text, html = mail.outbox[0].body, mail.outbox[0].alternatives[0][0]
    link = members.confirm_url(member)
    for part in (text, html):
        assert link in part
        assert "Massachusetts 7th District" in part
        assert "we never sell what you tell us" in " ".join(part.split())
    assert f"\n{link}\n" in text
    assert not [name for name in mail.outbox[0].extra_headers if name.startswith("List-")]


def test_who_unsubscribed_long_ago_and_signs_up_again_gets_her_letter(asked, now):
    suppression.suppress(["new@example.org"], Suppression.Reason.UNSUBSCRIBED, now=now)
    signup.sign_up(asked, now=now)
    postroom.send_due(now)
    assert [letter.to for letter in mail.outbox] == [["Nia <new@example.org>"]]


def test_a_letter_that_is_not_needed_any_more(asked, now, at):
    signup.sign_up(asked, now=now)
    signup.confirm(Member.objects.get(), now=now)
    gone = MemberFactory(confirmed_at=None)
    signup.send(signup.CONFIRM_LETTER, gone, now=now)
    Member.objects.filter(pk=gone.pk).update(erased_at=now)
    postroom.send_due(now)
    assert mail.outbox == []
    assert settled() == [
        (Letter.State.SKIPPED, "confirmed meanwhile"),
        (Letter.State.SKIPPED, "the member is gone"),
    ]


@pytest.mark.parametrize(("day", "sent"), [("2026-03-08 11:59", 1), ("2026-03-08 12:01", 0)])
def test_after_seven_days_it_is_not_sent_any_more(asked, now, at, day, sent):
    signup.sign_up(asked, now=now)
    postroom.send_due(at(day))
    assert len(mail.outbox) == sent


@pytest.mark.parametrize("count", [1, 3])
def test_a_batch_of_letters_is_written_with_few_queries(now, count, django_assert_num_queries):
    zips({"02142": ["MA-7"]})
    for n in range(count):
        signup.sign_up(signup.Request(f"p{n}@example.org", "Pat", "", "02142"), now=now)
    rows = list(Letter.objects.all())
    with django_assert_num_queries(6):
        drafts = emails.confirm(rows, now)
    assert {draft.context["home"].district.label for draft in drafts.values()} == {"MA-07"}
    assert len({draft.to for draft in drafts.values()}) == count
