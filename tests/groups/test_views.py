"""The pages of signing up, confirming, leaving the news and finding a group, as a browser sees them."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from groups import members
from groups.forms import opened_mark
from groups.models import Member
from journal import clock
from mailings import postroom
from mailings.models import Letter, Suppression
from tests.factories.groups import GroupFactory, MapVersionFactory, MemberFactory, district, state, zips

pytestmark = pytest.mark.django_db


@pytest.fixture
def america(quiet_limits):
    return zips({"02139": ["MA-5", "MA-7"], "02142": ["MA-7"], "30165": ["AL-3", "GA-14"], "82001": ["WY-0"]})


@pytest.fixture
def quiet_limits(settings):
    """Counters of requests that no other test has used."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "groups"}}
    cache.clear()


def typed(**rest):
    """A form as a person sends it: opened a minute ago."""
    return {
        "email": "new@example.org",
        "first_name": "Nia",
        "last_name": "New",
        "zip": "02142",
        "language": "en",
        "opened": opened_mark(clock.now() - timedelta(minutes=1)),
        "nickname": "",
    } | rest


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# Signing up


def test_the_form_names_the_group_of_the_link(client, america):
    GroupFactory(slug="common", name="Common Group")
    page = client.get(reverse("groups:sign_up") + "?group=common")
    assert "You sign up with Common Group." in text_of(page)
    assert 'name="group" value="common"' in page.content.decode()


@pytest.mark.parametrize("slug", ["none", "%00", "x" * 9000, "<script>"])
def test_a_link_to_no_group_is_a_plain_form(client, america, slug):
    assert client.get(reverse("groups:sign_up") + f"?group={slug}").status_code == 200


def test_the_whole_way_from_the_form_to_the_list(client, america):
    page = client.post(reverse("groups:sign_up"), typed(wants_news="on"))
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
    page = client.post(reverse("groups:sign_up"), typed(zip="02139", group="common", wants_news="on", language="es"))
    assert "Which district do you live in?" in text_of(page)
    assert "I am not sure" in text_of(page)
    assert not Member.objects.exists()
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode()))
    page = client.post(reverse("groups:sign_up_place"), fields)
    assert page.status_code == 422
    assert "Choose your district, or “I am not sure”." in text_of(page)
    client.post(reverse("groups:sign_up_place"), fields | {"district": "MA-05"})
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
    page = client.post(reverse("groups:sign_up"), typed(zip="10118", group="common", wants_news=news, language="es"))
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode()))
    page = client.post(reverse("groups:sign_up"), fields | {"change": "zip"})
    assert page.status_code == 200
    form = page.context["form"]
    said = [form[name].value() for name in ("email", "first_name", "zip", "language", "group", "wants_news")]
    assert said == ["new@example.org", "Nia", "10118", "es", "common", checked]
    assert not Member.objects.exists()


def test_two_states_first_the_state(client, america):
    page = client.post(reverse("groups:sign_up"), typed(zip="30165"))
    assert "ZIP code 30165 crosses a state line." in text_of(page)
    client.post(reverse("groups:sign_up_place"), typed(zip="30165", asked="state", state="GA"))
    assert Member.objects.get().district == district("GA", 14)


def test_an_unknown_zip_by_hand(client, america):
    page = client.post(reverse("groups:sign_up"), typed(zip="10118"))
    assert "ZIP code 10118 is not on our map." in text_of(page)
    page = client.post(reverse("groups:sign_up_place"), typed(zip="10118", asked="state", state="MA"))
    assert "Which district do you live in?" in text_of(page)
    client.post(reverse("groups:sign_up_place"), typed(zip="10118", asked="district", state="MA", district="MA-07"))
    member = Member.objects.get()
    assert (member.district, member.doubt) == (district("MA", 7), "unknown_zip")


def test_the_chooser_by_get_leads_back(client):
    assert client.get(reverse("groups:sign_up_place")).url == reverse("groups:sign_up")


def test_known_and_unknown_addresses_look_the_same(client, america):
    MemberFactory(email="ben@example.org")
    first = client.post(reverse("groups:sign_up"), typed(email="ben@example.org"))
    second = client.post(reverse("groups:sign_up"), typed(email="new@example.org"))
    assert first.content.replace(b"ben@", b"new@") == second.content
    assert first.status_code == second.status_code == 200
    again = [
        client.post(reverse("groups:confirm_again"), {"email": one}) for one in ("ben@example.org", "no@example.org")
    ]
    assert again[0].content.replace(b"ben@", b"no@") == again[1].content


def test_a_program_is_told_the_same_and_nothing_happens(client, america):
    page = client.post(reverse("groups:sign_up"), typed(nickname="Bot"))
    assert "A letter is on its way" in text_of(page)
    assert not Member.objects.exists()


@pytest.mark.parametrize("age", [timedelta(seconds=1), timedelta(hours=25)])
def test_too_quick_and_too_old_forms_come_back_once(client, america, age):
    page = client.post(reverse("groups:sign_up"), typed(opened=opened_mark(clock.now() - age)))
    assert page.status_code == 422
    assert "Check what you typed and send the form once more." in text_of(page)
    assert 'value="new@example.org"' in page.content.decode()
    mark = re.search(r'name="opened" value="([^"]+)"', page.content.decode())[1]
    assert mark != ""
    assert not Member.objects.exists()


@pytest.mark.parametrize("age", [timedelta(seconds=3), timedelta(hours=23)])
def test_forms_of_a_usual_age_are_taken(client, america, age):
    client.post(reverse("groups:sign_up"), typed(opened=opened_mark(clock.now() - age)))
    assert Member.objects.count() == 1


def test_a_slip_in_the_address_is_asked_about_once(client, america):
    page = client.post(reverse("groups:sign_up"), typed(email="new@gmial.com"))
    assert page.status_code == 422
    assert "Did you mean new@gmail.com?" in text_of(page)
    assert not Member.objects.exists()
    client.post(reverse("groups:sign_up"), typed(email="new@gmial.com", typed="new@gmial.com"))
    assert Member.objects.get().email == "new@gmial.com"
    client.post(reverse("groups:sign_up"), typed(email="new@gmial.com", use_suggestion="new@gmail.com"))
    assert Member.objects.last().email == "new@gmail.com"


def test_a_lost_zero_is_asked_about(client, america):
    page = client.post(reverse("groups:sign_up"), typed(zip="2142"))
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
    answer = client.post(reverse(f"groups:{page}"), typed(**{field: value}))
    assert answer.status_code in (200, 422)
    assert b"<script>alert" not in answer.content
    if answer.status_code == 422:
        assert b'value="Nia"' in answer.content or field == "first_name"


@pytest.mark.parametrize("value", HOSTILE)
def test_bad_input_for_the_group_and_the_district_loses_no_sign_up(client, america, value):
    assert client.post(reverse("groups:sign_up"), typed(group=value)).status_code in (200, 422)
    assert client.post(reverse("groups:sign_up_place"), typed(zip="02139", district=value)).status_code in (200, 422)
    assert client.post(reverse("groups:sign_up_place"), typed(asked=value)).status_code == 200


def test_an_empty_form_says_what_is_missing(client, america):
    page = client.post(reverse("groups:sign_up"), {})
    assert page.status_code == 422
    for sentence in ["Enter your first name.", "Enter your e-mail address.", "Enter a 5-digit ZIP code, like 01060."]:
        assert sentence in text_of(page)


def test_six_tries_for_one_address_send_five_letters(client, america, set_clock):
    start = clock.now()
    for minute in range(6):
        set_clock(start + timedelta(minutes=minute))
        page = client.post(reverse("groups:sign_up"), typed())
        assert page.status_code == 200
    assert Letter.objects.filter(name="groups.confirm").count() == 5


def test_a_network_that_sends_too_many_is_told_so(client, america, monkeypatch):
    monkeypatch.setattr("groups.views.PER_NETWORK", 1)
    assert client.post(reverse("groups:sign_up"), typed()).status_code == 200
    assert client.post(reverse("groups:sign_up"), typed(email="b@example.org")).status_code == 429


# Links


@pytest.mark.parametrize("name", ["confirm", "news"])
@pytest.mark.parametrize("token", ["x", "x" * 39, "AAAAAAAAAAE.AAAAAAAAAAAAAAAAAAAAAAAAAAA", "%00", "a/b", "🜁"])
def test_links_that_are_none_get_a_kind_page(client, name, token):
    page = client.get(f"/{name}/{token}/")
    assert page.status_code == 404
    assert "This link does not work" in text_of(page)
    assert client.post(f"/{name}/{token}/").status_code == 404


def test_a_link_of_another_purpose_or_generation_is_none(client):
    ben = MemberFactory(confirmed_at=None)
    confirm, news = members.confirm_url(ben), members.news_url(ben)
    token = news.rsplit("/", 2)[1]
    assert client.get(reverse("groups:confirm", args=[token])).status_code == 404
    Member.objects.update(generation=1)
    assert client.get(confirm.removeprefix("http://127.0.0.1:8000")).status_code == 404


def test_a_pasted_link_with_a_stray_mark_works(client):
    ben = MemberFactory(confirmed_at=None)
    token = members.confirm_url(ben).rsplit("/", 2)[1]
    assert client.get(reverse("groups:confirm", args=[token + ">."])).status_code == 200


def test_a_thousand_looks_confirm_nothing(client):
    ben = MemberFactory(confirmed_at=None)
    path = members.confirm_url(ben).removeprefix("http://127.0.0.1:8000")
    for _n in range(20):
        client.get(path)
        client.head(path)
    assert not Member.objects.confirmed().exists()


def test_news_one_click_without_cookie(client, settings):
    ben = MemberFactory(email="ben@example.org", wants_news=True)
    headers = members.news_headers(ben)
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = headers["List-Unsubscribe"].strip("<>").removeprefix("http://127.0.0.1:8000")
    strict = Client(enforce_csrf_checks=True)
    assert "Stop our news?" in text_of(strict.get(path))
    assert Member.objects.get().wants_news is True
    page = strict.post(path, {"List-Unsubscribe": "One-Click"})
    assert (page.status_code, "You get no news from us" in text_of(page)) == (200, True)
    assert (Member.objects.get().wants_news, Suppression.objects.get().reason) == (False, "news")
    assert "You get our news" in text_of(strict.post(path, {"wish": "take"}))
    assert (Member.objects.get().wants_news, Suppression.objects.count()) == (True, 0)


# Letters


def test_the_letter_to_somebody_on_the_list_has_a_link_only_if_she_moved(client, america):
    MemberFactory(email="ben@example.org")
    client.post(reverse("groups:sign_up"), typed(email="ben@example.org", zip="02142"))
    client.post(reverse("groups:sign_up"), typed(email="ben@example.org", zip="82001"))
    postroom.send_due(clock.now())
    assert {letter.subject for letter in mail.outbox} == {"You are already on the list"}
    assert "Wyoming At-Large District" in mail.outbox[-1].body
    assert "/confirm/" in mail.outbox[-1].body


# Groups


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_groups_asks_three_things(client, django_assert_num_queries, count):
    for _n in range(count):
        GroupFactory(places=[district("MA", 7), state("WY")])
    with django_assert_num_queries(3):
        page = client.get(reverse("groups:group_list"))
    assert page.context["groups"].count() == count


def names(client, query):
    return sorted(group.name for group in client.get(reverse("groups:group_list") + query).context["groups"])


def test_groups_by_zip_and_by_state(client):
    zips({"02142": ["MA-7"], "82001": ["WY-0"]})
    GroupFactory(name="Seventh", places=[district("MA", 7), state("MA")])
    GroupFactory(name="Whole state", places=[state("MA")])
    GroupFactory(name="Wyoming", places=[district("WY", 0)])
    GroupFactory(name="Gone", active=False)
    assert names(client, "?zip=02142") == ["Seventh", "Whole state"]
    assert names(client, "?state=wy") == ["Wyoming"]
    assert names(client, "") == ["Seventh", "Whole state", "Wyoming"]
    assert names(client, "?zip=99999") == []


def test_a_list_that_is_cut_says_so(client, monkeypatch):
    monkeypatch.setattr("groups.views.MOST_GROUPS", 2)
    GroupFactory(name="One")
    assert "These are the first" not in text_of(client.get(reverse("groups:group_list")))
    GroupFactory(name="Two")
    assert "These are the first 2." in text_of(client.get(reverse("groups:group_list")))


@pytest.mark.parametrize("query", ["?zip=x", "?zip=%00", "?zip=" + "9" * 5000, "?zip=<b>"])
def test_a_search_by_no_zip(client, query):
    MapVersionFactory()
    assert client.get(reverse("groups:group_list") + query).status_code == 422


@pytest.mark.parametrize("query", ["?state=%00", "?state=ZZ", "?state=🜁🜁", "?state=" + "x" * 5000])
def test_a_search_by_no_state_shows_all(client, query):
    GroupFactory(name="One")
    assert names(client, query) == ["One"]


def test_with_one_language_there_is_none_to_choose(client, settings):
    settings.LANGUAGES = [("en", "English")]

    response = client.get("/sign-up/")

    assert (response.status_code, b"Language" in response.content) == (200, False)
