"""Whoever looks at a member at the desk is written down, and those who answer for it see it."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from groups.models import Role
from groups.roles import make_roles
from journal.models import Entry
from tests.factories.groups import SOME_DAY, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = SOME_DAY + timedelta(days=60)


@pytest.fixture(autouse=True)
def desk(set_clock):
    set_clock(NOW)
    make_roles()


def having(role, name="Rae Reed"):
    """Somebody signed in at the desk with one role."""
    user = UserFactory(name=name, is_staff=True)
    user.groups.set(Role.objects.filter(name=role))
    client = Client()
    client.force_login(user)
    return client


def said():
    return list(Entry.objects.order_by("id").values_list("verb", "subject"))


def words(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def test_opening_a_members_page_is_written_once_an_hour_and_shown_there(ben, set_clock):
    client, address = having("Data manager"), f"/desk/groups/member/{ben.pk}/history/"
    client.get(f"/desk/groups/member/{ben.pk}/change/")
    page = words(client.get(address))
    assert "Rae Reed opened the page" in page
    client.get(address)
    assert said() == [("read.opened", f"member:{ben.pk}")]

    set_clock(NOW + timedelta(hours=1, minutes=1))
    assert words(client.get(address)).count("Rae Reed opened the page") == 2
    client.get(f"/desk/groups/member/{ben.pk}/letters/")
    assert len(said()) == 2


@pytest.mark.parametrize("asked", ["ben@example.org", "Brook"])
def test_a_search_writes_whom_it_found_and_not_what_was_searched_for(ben, asked):
    MemberFactory(email="other@example.org", last_name="Stone")
    client = having("Data manager")
    for _twice in range(2):
        client.get("/desk/groups/member/", {"q": asked})

    entry = Entry.objects.get()
    assert (entry.verb, entry.subject) == ("read.found", f"member:{ben.pk}")
    assert asked not in f"{entry.reason}{entry.before}{entry.after}"
    assert "Rae Reed found the member by a search" in words(client.get(f"/desk/groups/member/{ben.pk}/history/"))


def test_a_search_that_finds_nobody_writes_nothing_and_the_list_itself_one_line(ben):
    client = having("Data manager")
    client.get("/desk/groups/member/", {"q": "nobody@example.org"})
    assert said() == []
    client.get("/desk/groups/member/")
    client.get("/desk/groups/member/", {"p": "2"})
    assert said() == [("read.listed", "members")]


def test_a_table_of_members_is_shown_to_those_who_were_in_it(ben):
    client = having("Data manager")
    later = MemberFactory(email="later@example.org", confirmed_at=NOW + timedelta(hours=1))
    never = MemberFactory(email="never@example.org", confirmed_at=None)
    client.post("/desk/export/", {"table": "groups", "purpose": "For the meeting of groups."})
    client.post("/desk/export/", {"table": "members", "purpose": "For the letter of March."})

    pages = {one: words(client.get(f"/desk/groups/member/{one.pk}/history/")) for one in (ben, later, never)}
    told = "Rae Reed took the table of members For the letter of March."
    assert [told in page for page in pages.values()] == [True, False, False]
    assert "of groups." not in pages[ben]


def test_who_may_not_open_it_is_not_written(ben):
    client = having("Organizer")
    assert client.get(f"/desk/groups/member/{ben.pk}/change/").status_code == 403
    assert client.get(f"/desk/groups/member/{ben.pk}/readers/").status_code == 403
    assert Client().get(f"/desk/groups/member/{ben.pk}/change/").status_code == 302
    assert said() == []


def test_the_auditor_sees_who_looked_and_nothing_of_the_member(ben):
    having("Data manager").get(f"/desk/groups/member/{ben.pk}/change/")
    client = having("Auditor", name="Ann Audit")

    assert client.get(f"/desk/groups/member/{ben.pk}/change/").status_code == 403
    page = words(client.get(f"/desk/groups/member/{ben.pk}/readers/"))
    assert f"Who looked at member {ben.pk}" in page
    assert "Rae Reed opened the page" in page
    assert [word for word in (ben.email, ben.first_name, ben.last_name) if word in page] == []
    assert len(said()) == 1
    assert client.get("/desk/groups/member/999999/readers/").status_code == 404


def test_a_page_of_nobody_writes_nothing(ben):
    client = having("Data manager")
    for key in ("999999", "x", "0"):
        client.get(f"/desk/groups/member/{key}/change/")
    assert said() == []
    assert "Nobody yet." in words(client.get(f"/desk/groups/member/{ben.pk}/readers/"))
