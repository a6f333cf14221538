"""Somebody says that she leads a group: one request, the same answer for all, and staff's yes or no."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache

from groups import introducing, leading
from groups.models import LeaderRequest, Leadership, User
from groups.refusals import Refusal
from journal import clock
from journal.models import Entry
from mailings import postroom
from tests.factories.groups import GroupFactory, LeadershipFactory, UserFactory
from tests.forms import guarded

pytestmark = pytest.mark.django_db
WORDS = "I have kept the books since 2019; ask Ben Brook."


@pytest.fixture(autouse=True)
def quiet_limits(settings):
    """Counters of requests that no other test has used."""
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "introducing"}
    }
    cache.clear()


@pytest.fixture
def url(group):
    return f"/groups/{group.slug}/lead/"


def typed(email="gil@example.org", **rest):
    return guarded(email, name="Gil Grant", words=WORDS) | rest


def letters():
    postroom.send_due(clock.now())
    return [(letter.to, letter.subject) for letter in mail.outbox]


def asked(group, email="gil@example.org"):
    introducing.ask(group, email=email, name="Gil Grant", words=WORDS, language="en", now=clock.now())
    return LeaderRequest.objects.get(email=email)


def test_the_groups_page_and_the_sign_in_page_lead_to_the_form(client, group, url):
    assert f'href="{url}"' in client.get(group.get_absolute_url()).content.decode()
    assert "Find your group, and tell us on its page." in client.get("/accounts/login/").content.decode()
    assert client.get(url).status_code == 200


def test_who_sends_it_is_kept_once_and_the_newer_words_stand(client, group, url):
    assert "We have your message" in client.post(url, typed()).content.decode()
    client.post(url, typed("GIL@example.org", words="Ask Ada."))
    request = LeaderRequest.objects.get()
    assert (request.group, request.email, request.words, request.state) == (
        group,
        "gil@example.org",
        "Ask Ada.",
        "open",
    )
    assert not User.objects.filter(email="gil@example.org").exists()
    assert letters() == []


def test_a_leader_and_a_stranger_see_the_same(client, url, ada):
    pages = [client.post(url, typed(email)).content for email in (ada.email, "nobody@example.org")]
    assert pages[0].replace(ada.email.encode(), b"-") == pages[1].replace(b"nobody@example.org", b"-")


@pytest.mark.parametrize("field", ["name", "email", "words"])
def test_what_is_missing_is_said_and_what_was_typed_stays(client, url, field):
    page = client.post(url, typed() | {field: ""})
    assert page.status_code == 422
    kept = {"name": "Gil Grant", "email": "gil@example.org", "words": WORDS}
    for name, value in kept.items():
        assert (value in page.content.decode()) == (name != field)
    assert LeaderRequest.objects.count() == 0


def test_a_program_gets_the_same_answer_and_leaves_nothing(client, url):
    assert "We have your message" in client.post(url, typed(nickname="x")).content.decode()
    assert LeaderRequest.objects.count() == 0


def test_three_a_day_for_one_address(client):
    for _n in range(4):
        page = client.post(f"/groups/{GroupFactory().slug}/lead/", typed())
        assert page.status_code == 200
    assert LeaderRequest.objects.count() == 3


def test_another_site_can_not_send_the_form(client, url):
    assert client.post(url, typed(), headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert LeaderRequest.objects.count() == 0


def test_a_group_that_rests_has_no_form(client):
    assert client.get(f"/groups/{GroupFactory(active=False).slug}/lead/").status_code == 404


def test_staff_let_her_in_once_with_the_letter_that_says_how(group, dee):
    request = asked(group)
    assert introducing.admit(request, by=dee, now=clock.now()) is True
    assert introducing.admit(request, by=dee, now=clock.now()) is False
    assert introducing.decline(request, by=dee, now=clock.now(), reason="Too late.") is False
    assert leading.leads(User.objects.get(email="gil@example.org"), group)
    assert letters() == [(["Gil Grant <gil@example.org>"], f"You lead {group} here now")]
    assert Entry.objects.filter(verb="leader.confirmed").count() == 1


def test_who_waited_already_is_confirmed_and_not_doubled(group, dee):
    gil = UserFactory(email="gil@example.org")
    LeadershipFactory(group=group, user=gil, confirmed_at=None)
    introducing.admit(asked(group), by=dee, now=clock.now())
    assert Leadership.objects.filter(group=group, user=gil, confirmed_by=dee).count() == 1


def test_staff_decline_with_a_reason_that_goes_to_her(group, dee):
    request = asked(group)
    assert introducing.decline(request, by=dee, now=clock.now(), reason="Ben Brook did not know you.") is True
    assert letters() == [(["Gil Grant <gil@example.org>"], f"Your request to lead {group} here")]
    assert "Ben Brook did not know you." in mail.outbox[0].body
    assert Entry.objects.get(verb="leader.declined").reason == "Ben Brook did not know you."
    assert asked(group, "other@example.org").state == "open"


def test_nobody_lets_herself_in(group, dee):
    request = asked(group, dee.email)
    with pytest.raises(Refusal, match="Somebody else must confirm"):
        introducing.admit(request, by=dee, now=clock.now())
    assert LeaderRequest.objects.get().state == "open"


def test_a_full_group_keeps_the_request_open(group, dee):
    request = asked(group)
    LeadershipFactory.create_batch(leading.MOST_LEADERS, group=group)
    with pytest.raises(Refusal, match="at most 20 leaders"):
        introducing.admit(request, by=dee, now=clock.now())
    assert LeaderRequest.objects.get().state == "open"
    assert not User.objects.filter(email="gil@example.org").exists()


def test_what_was_decided_is_forgotten_after_ninety_days(group, dee):
    now = clock.now()
    for email, day in (("old@example.org", now - introducing.KEPT), ("late@example.org", now)):
        introducing.ask(group, email=email, name="X", words="x", language="en", now=day)
        introducing.decline(LeaderRequest.objects.get(email=email), by=dee, now=day, reason="No.")
    introducing.ask(group, email="new@example.org", name="X", words="x", language="en", now=now)
    assert LeaderRequest.objects.count() == 3
    introducing.ask(group, email="new@example.org", name="X", words="x", language="en", now=now + timedelta(seconds=1))
    assert sorted(LeaderRequest.objects.values_list("email", flat=True)) == ["late@example.org", "new@example.org"]


def test_the_desk_lists_them_and_decides(client, group, dee):
    client.force_login(dee)
    request = asked(group)
    listed = client.get("/desk/groups/leaderrequest/").content.decode()
    assert "gil@example.org" in listed
    assert "People who say that they lead a group" in client.get("/desk/").content.decode()
    page = f"/desk/groups/leaderrequest/{request.pk}"
    assert WORDS in client.get(f"{page}/change/").content.decode()
    assert client.post(f"{page}/decline/", {"reason": ""}).status_code == 400
    client.post(f"{page}/admit/", {"reason": "Called Ben."})
    request.refresh_from_db()
    assert (request.state, request.decided_by, request.answer) == ("admitted", dee, "Called Ben.")
    assert f"{page}/admit/" not in client.get(f"{page}/change/").content.decode()
