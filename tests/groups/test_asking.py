"""Asking for a letter by an address alone: one row whoever asks, one letter for who is on the list, limits."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from groups import asking, emails, members
from groups.forms import opened_mark
from groups.models import Member, MemberRequest
from journal import clock
from mailings import postroom, suppression
from mailings.models import Letter, Suppression
from tests.factories.groups import MemberFactory
from tests.forms import guarded

pytestmark = pytest.mark.django_db

WISHES = {
    "groups:ask_moved": (asking.MOVED_LETTER, members.moved_url, "Tell us where you live now"),
    "groups:ask_not_me": (asking.NOT_ME_LETTER, members.not_me_url, "Are these letters for you?"),
    "groups:ask_leave": (asking.LEAVE_LETTER, members.leave_url, "Leaving our list"),
    "groups:ask_stop_news": (asking.STOP_NEWS_LETTER, members.news_url, "Stopping our news"),
}
PAGES = [*WISHES, "endorsements:on_roll"]


@pytest.fixture(autouse=True)
def quiet_limits(settings):
    """Counters of requests that no other test has used."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "asking"}}
    cache.clear()


def typed(email="ben@example.org", **rest):
    return {"email": email, "nickname": "", "opened": opened_mark(clock.now() - timedelta(minutes=1))} | rest


def send(client, page, email="ben@example.org", **rest):
    return client.post(reverse(page), typed(email, **rest))


@pytest.mark.parametrize("page", PAGES)
def test_strangers_and_members_get_the_same_bytes_and_leave_the_same_rows(client, ben, page):
    answers = []
    for address in ("ben@example.org", "nobody@example.org"):
        before = MemberRequest.objects.count(), Letter.objects.count()
        answers.append(send(client, page, address))
        assert (MemberRequest.objects.count(), Letter.objects.count()) == (before[0] + 1, before[1] + 1)
    assert answers[0].content == answers[1].content
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].cookies == answers[1].cookies == {}


@pytest.mark.parametrize("page", ["groups:ask_leave", "endorsements:on_roll"])
def test_the_same_statements_run_for_a_member_and_for_a_stranger(client, ben, page, django_assert_num_queries):
    send(client, page, "warm@example.org")
    with django_assert_num_queries(5) as member:
        send(client, page, "ben@example.org")
    with django_assert_num_queries(5) as stranger:
        send(client, page, "new@example.org")
    assert [said["sql"].partition(" ")[0] for said in member] == [said["sql"].partition(" ")[0] for said in stranger]


@pytest.mark.parametrize("page", WISHES)
def test_a_member_gets_one_letter_with_one_link_and_a_stranger_none(client, ben, page):
    letter, url_of, subject = WISHES[page]
    send(client, page, " BEN@example.org ")
    send(client, page, "nobody@example.org")
    postroom.send_due(clock.now())
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["Ben <ben@example.org>"], subject)
    assert f"\n{url_of(ben)}\n" in sent.body
    assert url_of(ben) in sent.alternatives[0][0]
    assert sorted(Letter.objects.filter(name=letter).values_list("state", "reason")) == [
        (Letter.State.SENT, ""),
        (Letter.State.SKIPPED, "nobody with this address is on the list"),
    ]


def test_who_is_not_written_to_gets_what_she_asked_for(client, ben):
    suppression.suppress([ben.email], Suppression.Reason.LEFT, now=clock.now())
    send(client, "groups:ask_moved")
    postroom.send_due(clock.now())
    assert len(mail.outbox) == 1


def test_who_has_not_confirmed_has_no_place_to_change_yet(client):
    MemberFactory(email="ben@example.org", confirmed_at=None)
    for page in WISHES:
        send(client, page)
    postroom.send_due(clock.now())
    assert "Tell us where you live now" not in {sent.subject for sent in mail.outbox}
    assert len(mail.outbox) == 3


def test_of_two_that_were_merged_the_surviving_one_is_asked(client, ben):
    MemberFactory(email="old@example.org", merged_into=ben)
    send(client, "groups:ask_leave", "old@example.org")
    postroom.send_due(clock.now())
    assert mail.outbox[0].to == ["Ben <ben@example.org>"]


def test_a_member_who_was_erased_is_a_stranger(client, ben):
    Member.objects.update(erased_at=clock.now())
    send(client, "groups:ask_leave")
    postroom.send_due(clock.now())
    assert mail.outbox == []


@pytest.mark.parametrize("page", ["groups:ask_leave", "endorsements:on_roll"])
def test_a_program_is_told_the_same_and_nothing_is_written(client, ben, page):
    said = send(client, page)
    rows = MemberRequest.objects.count()
    assert send(client, page, nickname="Bot").content == said.content
    assert MemberRequest.objects.count() == rows


@pytest.mark.parametrize(("age", "taken"), [(1, False), (3, True), (23 * 3600, True), (25 * 3600, False)])
def test_a_form_is_open_a_moment_and_not_for_days(client, age, taken, monkeypatch):
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)  # a busy machine may take seconds to send
    page = send(client, "groups:ask_leave", opened=opened_mark(clock.now() - timedelta(seconds=age)))
    assert (page.status_code, MemberRequest.objects.count()) == ((200, 1) if taken else (422, 0))
    if not taken:
        text = page.content.decode()
        assert "Check what you typed and send the form once more." in text
        assert 'value="ben@example.org"' in text
        assert re.search(r'name="opened" value="([^"]+)"', text)[1] != ""


@pytest.mark.parametrize("opened", ["", "x", "\0", "💥" * 50, "1:2:3"])
def test_a_forged_mark_is_none(client, opened):
    assert send(client, "groups:ask_leave", opened=opened).status_code == 422


@pytest.mark.parametrize("email", ["", "ben", "\0", "x" * 10_000, "<b>@x"])
def test_what_is_no_address_is_said_and_stays(client, email):
    page = send(client, "endorsements:on_roll", email)
    assert page.status_code == 422
    assert "Enter " in page.content.decode() or "too long" in page.content.decode() or email == "\0"
    assert MemberRequest.objects.count() == 0


def test_all_wishes_of_an_address_share_a_limit_and_over_it_the_answer_is_the_same(client, ben):
    answers = {send(client, page, "Ben@Example.org").content for page in [*PAGES, *PAGES]}
    assert MemberRequest.objects.count() == 5
    assert len(answers) == 1
    send(client, "groups:ask_leave", "cem@example.org")
    assert MemberRequest.objects.count() == 6


def test_a_network_has_its_own_limit(client, monkeypatch):
    monkeypatch.setattr("groups.asking_views.PER_NETWORK", 3)
    answers = {send(client, "groups:ask_leave", f"p{n}@example.org").content for n in range(5)}
    assert (MemberRequest.objects.count(), len(answers)) == (3, 1)


def test_requests_are_forgotten_after_a_day(at):
    asking.ask(asking.LEAVE_LETTER, "a@example.org", now=at("2026-03-01 12:00"))
    asking.ask(asking.LEAVE_LETTER, "b@example.org", now=at("2026-03-02 12:00"))
    assert MemberRequest.objects.count() == 2
    asking.ask(asking.LEAVE_LETTER, "c@example.org", now=at("2026-03-02 12:01"))
    assert set(MemberRequest.objects.values_list("address", flat=True)) == {"b@example.org", "c@example.org"}


@pytest.mark.parametrize("count", [1, 4])
def test_a_batch_is_written_with_two_queries(count, django_assert_num_queries):
    for n in range(count):
        MemberFactory(email=f"p{n}@example.org")
        asking.ask(asking.LEAVE_LETTER, f"p{n}@example.org", now=clock.now())
    rows = list(Letter.objects.all())
    with django_assert_num_queries(2):
        drafts = emails.leave(rows, clock.now())
    assert sorted(draft.to for draft in drafts.values()) == [f"p{n}@example.org" for n in range(count)]


def test_the_page_of_ones_place_leads_to_each_wish(client):
    text = client.get(reverse("groups:my_entry")).content.decode()
    assert [page for page in [*PAGES, "voting:my_link"] if f'href="{reverse(page)}"' not in text] == []


# The letter of a sign-up once more


def again(client, email):
    mail.outbox.clear()
    page = client.post(reverse("groups:confirm_again"), guarded(email))
    postroom.send_due(clock.now())
    return page, mail.outbox[0] if mail.outbox else None


def test_the_letter_once_more_is_the_one_her_sign_up_is_at(client, ben):
    new = MemberFactory(email="new@example.org", confirmed_at=None)
    _page, letter = again(client, "NEW@example.org")
    assert letter.subject == "Confirm your e-mail for Sample Federation votes"
    assert f"\n{members.confirm_url(new)}\n" in letter.body
    assert members.confirm_url(new) in letter.alternatives[0][0]
    _page, letter = again(client, "ben@example.org")
    assert (letter.subject, "/confirm/" in letter.body) == ("You are already on the list", False)
    assert "You are on the list already" in letter.alternatives[0][0]
    assert again(client, "nobody@example.org")[1] is None


def test_the_letter_once_more_costs_a_stranger_what_it_costs_a_member(client, ben, django_assert_num_queries):
    before = Letter.objects.count()
    for email in ("warm@example.org", "ben@example.org", "new@example.org"):
        with django_assert_num_queries(5):
            page = client.post(reverse("groups:confirm_again"), guarded(email))
        assert page.status_code == 200
    assert (Letter.objects.count(), MemberRequest.objects.count()) == (before + 3, 3)
