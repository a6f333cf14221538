"""The pages of signing up and confirming, as a browser sees them."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.urls import reverse

from groups import members
from groups.forms import opened_mark
from groups.models import Member
from journal import clock
from journal.wording import in_zone
from mailings import postroom
from mailings.models import Letter
from tests.factories.groups import GroupFactory, MemberFactory, district
from tests.factories.rounds import START, RoundFactory
from tests.forms import guarded
from tests.rounds.sheets import TickingClient, text_of, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return TickingClient()


# Signing up


def test_the_form_names_the_group_of_the_link(client, america):
    GroupFactory(slug="common", name="Common Group")
    page = client.get(reverse("rounds:sign_up") + "?group=common")
    assert "You sign up with Common Group." in text_of(page)
    assert 'name="group" value="common"' in page.content.decode()


@pytest.mark.parametrize("slug", ["none", "%00", "x" * 9000, "<script>"])
def test_a_link_to_no_group_is_a_plain_form(client, america, slug):
    assert client.get(reverse("rounds:sign_up") + f"?group={slug}").status_code == 200


def test_the_whole_way_from_the_form_to_the_list(client, america):
    page = client.post(reverse("rounds:sign_up"), typed(wants_news="on"))
    assert "A letter is on its way to new@example.org" in text_of(page)
    assert postroom.send_due(clock.now()) == 1
    letter = mail.outbox[0]
    assert (letter.to, letter.subject) == (["Nia <new@example.org>"], "Confirm your e-mail for Sample Federation votes")
    assert "Massachusetts 7th District" in letter.body
    link = re.search(r"^http\S+/confirm/\S+$", letter.body, re.M)[0]
    assert len(link) < 80
    path = link.removeprefix("http://127.0.0.1:8000")
    page = client.get(path)
    assert "Is this right?" in text_of(page)
    assert Member.objects.get().confirmed_at is None
    page = client.post(path)
    assert "You are on the list" in text_of(page)
    assert Member.objects.confirmed().get().wants_news is True
    assert "You are on the list" in text_of(client.get(path))
    assert client.post(path).status_code == 200


def test_a_split_zip_leads_to_the_chooser_and_nothing_is_lost(client, america):
    GroupFactory(slug="common")
    page = client.post(reverse("rounds:sign_up"), typed(zip="02139", group="common", wants_news="on", language="es"))
    assert "Which district do you live in?" in text_of(page)
    assert "I am not sure" in text_of(page)
    assert not Member.objects.exists()
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode()))
    page = client.post(reverse("rounds:sign_up_place"), fields)
    assert page.status_code == 422
    assert "Choose your district, or “I am not sure”." in text_of(page)
    client.post(reverse("rounds:sign_up_place"), fields | {"district": "MA-05"})
    member = Member.objects.get()
    assert (member.district, member.language, member.group.slug, member.wants_news) == (
        district("MA", 5),
        "es",
        "common",
        True,
    )


@pytest.mark.parametrize(("news", "checked"), [("on", True), ("", False)])
def test_a_mistyped_zip_can_be_changed_and_nothing_is_lost(client, america, news, checked):
    GroupFactory(slug="common")
    page = client.post(reverse("rounds:sign_up"), typed(zip="10118", group="common", wants_news=news, language="es"))
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode()))
    page = client.post(reverse("rounds:sign_up"), fields | {"change": "zip"})
    assert page.status_code == 200
    form = page.context["form"]
    said = [form[name].value() for name in ("email", "first_name", "zip", "language", "group", "wants_news")]
    assert said == ["new@example.org", "Nia", "10118", "es", "common", checked]
    assert not Member.objects.exists()


def test_two_states_first_the_state(client, america):
    page = client.post(reverse("rounds:sign_up"), typed(zip="30165"))
    assert "ZIP code 30165 crosses a state line." in text_of(page)
    client.post(reverse("rounds:sign_up_place"), typed(zip="30165", asked="state", state="GA"))
    assert Member.objects.get().district == district("GA", 14)


def test_an_unknown_zip_by_hand(client, america):
    page = client.post(reverse("rounds:sign_up"), typed(zip="10118"))
    assert "ZIP code 10118 is not on our map." in text_of(page)
    page = client.post(reverse("rounds:sign_up_place"), typed(zip="10118", asked="state", state="MA"))
    assert "Which district do you live in?" in text_of(page)
    client.post(reverse("rounds:sign_up_place"), typed(zip="10118", asked="district", state="MA", district="MA-07"))
    member = Member.objects.get()
    assert (member.district, member.doubt) == (district("MA", 7), "unknown_zip")


def test_the_chooser_by_get_leads_back(client):
    assert client.get(reverse("rounds:sign_up_place")).url == reverse("rounds:sign_up")


def test_known_and_unknown_addresses_look_the_same(client, america):
    MemberFactory(email="ben@example.org")
    first = client.post(reverse("rounds:sign_up"), typed(email="ben@example.org"))
    second = client.post(reverse("rounds:sign_up"), typed(email="new@example.org"))
    assert first.content.replace(b"ben@", b"new@") == second.content
    assert first.status_code == second.status_code == 200
    again = [
        client.post(reverse("groups:confirm_again"), guarded(one)) for one in ("ben@example.org", "no@example.org")
    ]
    assert again[0].content.replace(b"ben@", b"no@") == again[1].content


def test_a_program_is_told_the_same_and_nothing_happens(client, america):
    page = client.post(reverse("rounds:sign_up"), typed(nickname="Bot"))
    assert "A letter is on its way" in text_of(page)
    assert not Member.objects.exists()


@pytest.mark.parametrize("age", [timedelta(seconds=1), timedelta(hours=25)])
def test_too_quick_and_too_old_forms_come_back_once(client, america, age, monkeypatch):
    noon = clock.now().replace(microsecond=0)
    monkeypatch.setattr(clock, "now", lambda: noon)
    page = client.post(reverse("rounds:sign_up"), typed(opened=opened_mark(clock.now() - age)))
    assert page.status_code == 422
    assert "Check what you typed and send the form once more." in text_of(page)
    assert 'value="new@example.org"' in page.content.decode()
    mark = re.search(r'name="opened" value="([^"]+)"', page.content.decode())[1]
    assert mark != ""
    assert not Member.objects.exists()


@pytest.mark.parametrize("age", [timedelta(seconds=3), timedelta(hours=23)])
def test_forms_of_a_usual_age_are_taken(client, america, age):
    client.post(reverse("rounds:sign_up"), typed(opened=opened_mark(clock.now() - age)))
    assert Member.objects.count() == 1


def test_a_slip_in_the_address_is_asked_about_once(client, america):
    page = client.post(reverse("rounds:sign_up"), typed(email="new@gmial.com"))
    assert page.status_code == 422
    assert "Did you mean new@gmail.com?" in text_of(page)
    assert not Member.objects.exists()
    client.post(reverse("rounds:sign_up"), typed(email="new@gmial.com", typed="new@gmial.com"))
    assert Member.objects.get().email == "new@gmial.com"
    client.post(reverse("rounds:sign_up"), typed(email="new@gmial.com", use_suggestion="new@gmail.com"))
    assert Member.objects.last().email == "new@gmail.com"


def test_a_lost_zero_is_asked_about(client, america):
    page = client.post(reverse("rounds:sign_up"), typed(zip="2142"))
    assert "Did you mean 02142?" in text_of(page)


HOSTILE = [
    "\0",
    "x" * 10_000,
    "<script>alert(1)</script>",
    "🜁" * 300,
    "' OR 1=1 --",
    "\ud800".encode("utf-8", "ignore"),
]


@pytest.mark.parametrize("field", ["email", "first_name", "last_name", "zip", "language", "opened", "state", "typed"])
@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("page", ["sign_up", "sign_up_place"])
def test_bad_input_never_breaks_the_form(client, america, field, value, page):
    answer = client.post(reverse(f"rounds:{page}"), typed(**{field: value}))
    assert answer.status_code in (200, 422)
    assert b"<script>alert" not in answer.content
    if answer.status_code == 422:
        assert b'value="Nia"' in answer.content or field == "first_name"


@pytest.mark.parametrize("value", HOSTILE)
def test_bad_input_for_the_group_and_the_district_loses_no_sign_up(client, america, value):
    assert client.post(reverse("rounds:sign_up"), typed(group=value)).status_code in (200, 422)
    assert client.post(reverse("rounds:sign_up_place"), typed(zip="02139", district=value)).status_code in (200, 422)
    assert client.post(reverse("rounds:sign_up_place"), typed(asked=value)).status_code == 200


def test_an_empty_form_says_what_is_missing(client, america):
    page = client.post(reverse("rounds:sign_up"), {})
    assert page.status_code == 422
    for sentence in ["Enter your first name.", "Enter your e-mail address.", "Enter a 5-digit ZIP code, like 01060."]:
        assert sentence in text_of(page)


def test_six_tries_for_one_address_send_five_letters(client, america, set_clock):
    start = clock.now()
    for minute in range(6):
        set_clock(start + timedelta(minutes=minute))
        page = client.post(reverse("rounds:sign_up"), typed())
        assert page.status_code == 200
    assert Letter.objects.filter(name="groups.confirm").count() == 5


def test_a_network_that_sends_too_many_is_told_so(client, america, monkeypatch):
    monkeypatch.setattr("rounds.views.signing_up.PER_NETWORK", 1)
    assert client.post(reverse("rounds:sign_up"), typed()).status_code == 200
    assert client.post(reverse("rounds:sign_up"), typed(email="b@example.org")).status_code == 429


# Links


def test_a_link_of_another_purpose_or_generation_is_none(client):
    ben = MemberFactory(confirmed_at=None)
    confirm, news = members.confirm_url(ben), members.news_url(ben)
    token = news.rsplit("/", 2)[1]
    assert client.get(reverse("rounds:confirm", args=[token])).status_code == 404
    Member.objects.update(generation=1)
    assert client.get(confirm.removeprefix("http://127.0.0.1:8000")).status_code == 404


def test_a_pasted_link_with_a_stray_mark_works(client):
    ben = MemberFactory(confirmed_at=None)
    token = members.confirm_url(ben).rsplit("/", 2)[1]
    assert client.get(reverse("rounds:confirm", args=[token + ">."])).status_code == 200


def test_a_thousand_looks_confirm_nothing(client):
    ben = MemberFactory(confirmed_at=None)
    path = members.confirm_url(ben).removeprefix("http://127.0.0.1:8000")
    for _n in range(20):
        client.get(path)
        client.head(path)
    assert not Member.objects.confirmed().exists()


# Letters


def test_the_letter_to_somebody_on_the_list_has_a_link_only_if_she_moved(client, america):
    MemberFactory(email="ben@example.org")
    client.post(reverse("rounds:sign_up"), typed(email="ben@example.org", zip="02142"))
    client.post(reverse("rounds:sign_up"), typed(email="ben@example.org", zip="82001"))
    postroom.send_due(clock.now())
    assert {letter.subject for letter in mail.outbox} == {"You are already on the list"}
    assert "Wyoming At-Large District" in mail.outbox[-1].body
    assert "/confirm/" in mail.outbox[-1].body


# The cut-off


@pytest.fixture
def spring(at):
    """A round whose roll is frozen on March 7, and the next one's on April 18."""
    return (
        RoundFactory(name="Spring round", stage="vetting", starts_at=START),
        RoundFactory(name="Summer round", stage="draft", starts_at=START + timedelta(weeks=6)),
    )


def dated(instant):
    return {"opened": opened_mark(instant - timedelta(minutes=1))}


def test_who_signs_up_in_time_is_told_until_when(client, america, spring, set_clock):
    now = spring[0].freeze_at - timedelta(hours=1)
    set_clock(now)
    page = text_of(client.get(reverse("rounds:sign_up")))
    end, start = (in_zone(at, spring[0].time_zone) for at in (spring[0].freeze_at, spring[0].voting_opens_at))
    assert f"To vote in Spring round, sign up and confirm by {end}. The vote opens {start}." in page
    page = text_of(client.post(reverse("rounds:sign_up"), typed(**dated(now))))
    assert f"To vote in Spring round, confirm by {end}." in page
    path = urlsplit(members.confirm_url(Member.objects.get())).path
    assert f"To vote in Spring round, confirm by {end}." in text_of(client.get(path))
    assert f"You are in time for Spring round. The vote opens {start}." in text_of(client.post(path))
    set_clock(spring[0].freeze_at + timedelta(hours=1))
    assert "You are in time for Spring round." in text_of(client.get(path))


def test_who_is_late_is_told_that_she_votes_from_the_next_round_and_when(client, america, spring, set_clock):
    now = spring[0].freeze_at + timedelta(minutes=5)
    set_clock(now)
    start = in_zone(spring[1].voting_opens_at, spring[1].time_zone)
    late = (
        f"The list for Spring round is closed. You vote from the next round on: Summer round. Its vote opens {start}."
    )
    assert late in text_of(client.get(reverse("rounds:sign_up")))
    assert late in text_of(client.post(reverse("rounds:sign_up"), typed(**dated(now))))
    path = urlsplit(members.confirm_url(Member.objects.get())).path
    assert late in text_of(client.get(path))
    assert late in text_of(client.post(path))


def test_who_is_late_and_no_round_is_planned_hears_from_us(client, america, spring, set_clock):
    spring[1].delete()
    set_clock(spring[0].freeze_at + timedelta(minutes=5))
    assert "You vote from the next round on. We write to you when it opens." in text_of(
        client.get(reverse("rounds:sign_up"))
    )


def test_without_any_round_nothing_is_said(client, america):
    assert "vote opens" not in text_of(client.get(reverse("rounds:sign_up")))
