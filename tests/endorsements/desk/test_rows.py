"""The rows of the desk's lists: what Django draws, without asking anew for each."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.admin.views.main import ChangeList
from django.test.html import parse_html

from endorsements.desk import rows as desk_rows
from groups.models import Group
from tests.factories.groups import GroupFactory, UserFactory

pytestmark = pytest.mark.django_db
LIST = "/desk/groups/group/"


@pytest.fixture
def desk(client):
    client.force_login(UserFactory(email="all@example.org", is_staff=True, is_superuser=True))
    return client


def links(page, row):
    return [unescape(link) for link in re.findall(rf'href="({LIST}{row.pk}/change/[^"]*)"', page.content.decode())]


def test_the_link_of_a_row_leads_to_it_and_keeps_what_was_asked(desk):
    one = GroupFactory(name="North Fork")
    assert links(desk.get(LIST), one) == [f"{LIST}{one.pk}/change/"]
    asked = "active__exact=1&q=North+Fork"
    [link] = links(desk.get(f"{LIST}?{asked}"), one)
    assert parse_qs(urlsplit(link).query) == {"_changelist_filters": [asked]}


def test_it_is_the_link_that_django_would_draw(desk, monkeypatch):
    one = GroupFactory(name="North Fork")
    ours = links(desk.get(f"{LIST}?q=North"), one)
    monkeypatch.setattr(desk_rows.Rows, "__init__", ChangeList.__init__)
    monkeypatch.setattr(desk_rows.Rows, "url_for_result", ChangeList.url_for_result)
    assert links(desk.get(f"{LIST}?q=North"), one) == ours != []


@pytest.mark.parametrize("name", ["North Fork", 'The "Old" <b>Mill</b> & Co'])
def test_its_box_is_the_one_that_django_draws(name):
    one = GroupFactory(name=name)
    desk = admin.site._registry[Group]
    assert parse_html(desk.action_checkbox(one)) == parse_html(ModelAdmin.action_checkbox(desk, one))


def test_every_list_of_the_desk_is_drawn_so():
    lists = [desk.get_changelist(None) for desk in admin.site._registry.values()]
    assert [one for one in lists if not issubclass(one, desk_rows.Rows)] == []
