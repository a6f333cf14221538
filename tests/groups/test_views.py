"""The pages of private links, of leaving the news and of finding a group, as a browser sees them."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from groups import members
from groups.models import Member
from mailings.models import Suppression
from tests.factories.groups import GroupFactory, MapVersionFactory, MemberFactory, district, state, zips

pytestmark = pytest.mark.django_db


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# Links


@pytest.mark.parametrize("name", ["confirm", "news"])
@pytest.mark.parametrize("token", ["x", "x" * 39, "AAAAAAAAAAE.AAAAAAAAAAAAAAAAAAAAAAAAAAA", "%00", "a/b", "🜁"])
def test_links_that_are_none_get_a_kind_page(client, name, token):
    page = client.get(f"/{name}/{token}/")
    assert page.status_code == 404
    assert "This link does not work" in text_of(page)
    assert client.post(f"/{name}/{token}/").status_code == 404


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
