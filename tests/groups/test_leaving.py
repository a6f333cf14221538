"""Leaving the list, stopping the news, and telling that it is not she: by a choice, once, and without losing a vote."""

from urllib.parse import urlsplit

import pytest
from django.test import Client

from groups import leaving, members
from groups.models import Member, MemberReport
from journal import clock
from journal.models import Entry
from mailings import suppression
from mailings.models import Suppression
from tests.factories.groups import MemberFactory

pytestmark = pytest.mark.django_db


def path(url):
    return urlsplit(url).path


@pytest.fixture
def strict():
    """A mail reader's browser: no cookie of ours, and no token of a form."""
    return Client(enforce_csrf_checks=True)


def test_who_leaves_gets_no_letter_and_stays_on_the_list_of_those_who_may_vote(strict, ben):
    page = strict.post(path(members.leave_url(ben)), {"wish": "leave"})
    assert (page.status_code, "You have left the list" in page.content.decode()) == (200, True)
    assert suppression.blocked([ben.email], "service") == {ben.email}
    assert list(Member.objects.confirmed()) == [ben]
    assert "You have left already" in strict.get(path(members.leave_url(ben))).content.decode()
    strict.post(path(members.leave_url(ben)), {"wish": "leave"})
    assert Suppression.objects.get().reason == "left"


def test_who_only_stops_the_news_keeps_her_letters(strict, ben):
    Member.objects.update(wants_news=True)
    page = strict.post(path(members.leave_url(ben)), {"wish": "news"})
    assert "letters about a vote where you live still come" in page.content.decode()
    assert (suppression.blocked([ben.email], "service"), Suppression.objects.get().reason) == (set(), "news")


def test_who_changes_her_mind_stays(strict, ben):
    page = strict.post(path(members.leave_url(ben)), {"wish": "stay"})
    assert "Nothing was changed." in page.content.decode()
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("sent", [{}, {"wish": ""}, {"wish": "x"}, {"said": "\0"}, {"List-Unsubscribe": "One-Click"}])
def test_a_lone_button_changes_nothing_and_says_what_to_do(strict, ben, sent):
    for url in (members.leave_url(ben), members.not_me_url(ben)):
        page = strict.post(path(url), sent)
        assert (page.status_code, "Choose one of the answers." in page.content.decode()) == (422, True)
        assert "checked" not in page.content.decode()
    assert not Suppression.objects.exists()
    assert list(Member.objects.confirmed()) == [ben]


def test_not_me_ends_every_link_and_letter_and_tells_staff(strict, ben):
    link, old = path(members.not_me_url(ben)), path(members.leave_url(ben))
    page = strict.post(link, {"said": "not_me"})
    assert "No more letters go to b•••@example.org." in page.content.decode()
    ben.refresh_from_db()
    assert (ben.generation, ben.confirmed_at, ben.confirmed_how, ben.wants_news) == (1, None, "", False)
    assert suppression.blocked([ben.email], "service") == {ben.email}
    assert [report.kind for report in MemberReport.objects.filter(member=ben)] == ["not_me"]
    assert Entry.objects.get(verb="member.disowned").actor == f"member:{ben.pk}"
    assert (strict.get(link).status_code, strict.get(old).status_code) == (404, 404)


def test_not_me_twice_at_once_is_once(ben):
    twice = Member.objects.get(pk=ben.pk)
    assert leaving.disown(ben, now=clock.now()) is True
    assert leaving.disown(twice, now=clock.now()) is False
    assert (Member.objects.get().generation, MemberReport.objects.count()) == (1, 1)


def test_not_me_after_staff_mended_the_address_is_too_late(ben, dee):
    before = Member.objects.get(pk=ben.pk)
    members.mend_address(ben, "right@example.org", by=dee, now=clock.now())
    assert leaving.disown(before, now=clock.now()) is False
    assert list(Member.objects.confirmed()) == [ben]


def test_it_is_me_changes_nothing(strict, ben):
    page = strict.post(path(members.not_me_url(ben)), {"said": "me"})
    assert "Nothing was changed." in page.content.decode()
    assert list(Member.objects.confirmed()) == [ben]


@pytest.mark.parametrize("name", ["leave", "not-me", "moved"])
@pytest.mark.parametrize("token", ["x", "AAAAAAAAAAE.AAAAAAAAAAAAAAAAAAAAAAAAAAA"])
def test_links_that_are_none_get_a_kind_page(client, name, token):
    for page in (
        client.get(f"/{name}/{token}/"),
        client.post(f"/{name}/{token}/", {"wish": "leave", "said": "not_me"}),
    ):
        assert (page.status_code, "This link does not work" in page.content.decode()) == (404, True)


def test_a_link_works_for_its_own_purpose_alone(client, ben):
    purposes = {"leave": members.LEAVE, "not-me": members.NOT_ME, "moved": members.MOVED, "news": members.NEWS}
    seen = {
        (page, of): client.get(f"/{page}/{members.token_of(ben, purposes[of])}/").status_code
        for page in purposes
        for of in purposes
    }
    assert {key for key, status in seen.items() if status == 200} == {(name, name) for name in purposes}


def test_another_member_is_not_touched(strict, ben):
    other = MemberFactory()
    strict.post(path(members.not_me_url(ben)), {"said": "not_me"})
    other.refresh_from_db()
    assert (other.generation, other.confirmed_at is not None) == (0, True)
