"""A table: one device on which many people sign up, and nothing of anybody stays."""

import re

import pytest
from django.urls import reverse

from groups.models import Member
from tests.rounds.sheets import TickingClient, hidden, text_of, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return TickingClient()


def at_the_table(client, **rest):
    """The fields of a fresh sheet, filled in."""
    page = client.get("/join/common/7K4Q-2D/table/")
    return typed(**{name: hidden(page)[name] for name in ("group", "link", "table")}, **rest)


def test_the_next_person_finds_an_empty_form_and_each_is_counted(client, common):
    sheets = set()
    for name in ("ann@example.org", "bo@example.org"):
        sent = at_the_table(client, email=name)
        page = client.post(reverse("rounds:sign_up"), sent)
        assert (page.status_code, page.url) == (302, "/join/common/7K4Q-2D/table/done/")
        page = client.get(page.url)
        assert ("Next person" in text_of(page), name in page.content.decode()) == (True, False)
        sheets.add(sent["table"])
    assert len(sheets) == 2
    assert list(Member.objects.order_by("pk").values_list("email", "came_by")) == [
        ("ann@example.org", common.pk),
        ("bo@example.org", common.pk),
    ]


@pytest.mark.parametrize("page", ["sign_up", "sign_up_place"])
@pytest.mark.parametrize("again", [{}, {"email": "x"}, {"choose_group": "yes"}, {"change": "zip"}])
def test_a_sheet_that_was_sent_shows_nothing_of_her_again(client, common, page, again):
    """Back and Reload send the same form once more."""
    sent = at_the_table(client)
    client.post(reverse("rounds:sign_up"), sent)
    answer = client.post(reverse(f"rounds:{page}"), sent | again)
    assert (answer.status_code, answer.url) == (302, "/join/common/7K4Q-2D/table/")
    assert Member.objects.count() == 1


def test_the_browser_is_asked_to_remember_nothing(client, common):
    page = client.get("/join/common/7K4Q-2D/table/")
    text = page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert set(re.findall(r'autocomplete="([^"]*)"', text)) == {"off"}
    assert "given-name" in client.get("/join/common/7K4Q-2D/").content.decode()


def test_a_mistake_at_the_table_keeps_what_was_typed_until_it_is_sent(client, common):
    sent = at_the_table(client, zip="x")
    page = client.post(reverse("rounds:sign_up"), sent)
    assert (page.status_code, 'value="Nia"' in page.content.decode()) == (422, True)
    assert hidden(page)["table"] == sent["table"]


def test_a_table_of_an_old_link_is_out_of_date(client, common):
    assert "This link is out of date" in text_of(client.get("/join/common/9999-99/table/"))


@pytest.mark.parametrize("link", ["", "/", "a b/c d", "🜁/🜁", "x" * 90])
def test_a_table_with_an_odd_link_breaks_nothing(client, common, link):
    sent = typed(table="x" * 20, link=link)
    assert client.post(reverse("rounds:sign_up"), sent).status_code == 302
    assert client.post(reverse("rounds:sign_up"), sent).status_code == 302
