"""The desk's lists: filters that apply together, what a list is narrowed by, how many rows there are."""

import re

import pytest
from django.http import QueryDict

from endorsements.desk import lists
from groups.models import Member
from journal.models import Entry
from tests.factories.groups import GroupFactory, MemberFactory

pytestmark = pytest.mark.django_db
GROUPS = "/desk/groups/group/"


@pytest.fixture
def desk(client, dee):
    client.force_login(dee)
    return client


def words_of(page) -> str:
    return " ".join(re.sub("<[^>]+>", " ", page.content.decode()).split())


@pytest.mark.parametrize(
    ("sent", "address"),
    [
        ("by=&by=&q=", ""),
        ("by=active__exact%3D1&by=&q=bay", "?active__exact=1&q=bay"),
        ("by=a%3D1%26b%3D2&by=c%3Dx&q=&o=1&p=4", "?a=1&b=2&c=x&o=1"),
        ("by=by%3Dx&by=%25&q=", "?by=x"),
        ("by=next%3D%2F%2Felsewhere.org", "?next=%2F%2Felsewhere.org"),
    ],
)
def test_what_the_form_sends_becomes_a_plain_address_of_the_same_list(sent, address):
    assert lists.address_of(QueryDict(sent)) == address


def test_filters_apply_together_by_one_form(desk):
    both = GroupFactory(name="Bay One", legal_form="501c4", active=True)
    GroupFactory(name="Bay Two", legal_form="501c4", active=False)
    GroupFactory(name="Bay Three", legal_form="501c3", active=True)
    answer = desk.get(GROUPS, {"by": ["", "legal_form__exact=501c4", "active__exact=1"], "q": "bay"})

    assert answer.status_code == 302
    assert answer.url == f"{GROUPS}?active__exact=1&legal_form__exact=501c4&q=bay"
    page = desk.get(answer.url)
    assert list(page.context["cl"].result_list) == [both]
    assert [words for words, _without in page.context["cl"].chips] == [
        "Search: “bay”",
        "Legal form: 501(c)(4)",
        "Active: Yes",
    ]
    assert "1 group fits this." in words_of(page)


def test_each_chip_leads_to_the_list_without_it(desk):
    page = desk.get(f"{GROUPS}?active__exact=1&legal_form__exact=501c4&o=1&q=bay")

    changes = page.context["cl"]
    assert [without for _words, without in changes.chips] == [
        "?active__exact=1&legal_form__exact=501c4&o=1",
        "?active__exact=1&o=1&q=bay",
        "?legal_form__exact=501c4&o=1&q=bay",
    ]
    assert changes.bare == "?o=1"
    assert ("o", "1") in changes.kept


def test_what_a_link_narrowed_a_list_by_can_be_seen_and_removed(desk):
    page = desk.get("/desk/journal/entry/?at__year=2026")

    assert page.context["cl"].chips == [("Narrowed by a link or by dates", "?")]


@pytest.mark.parametrize(
    ("groups", "query", "words"),
    [
        (0, "", "No groups yet."),
        (1, "", "1 group."),
        (2, "", "2 groups."),
        (2, "?q=nobody", "No groups fit this."),
        (2, "?q=bay", "2 groups fit this."),
    ],
)
def test_the_number_is_said_in_words(desk, groups, query, words):
    for number in range(groups):
        GroupFactory(name=f"Bay {number}")

    assert words in words_of(desk.get(GROUPS + query))


def test_a_page_holds_fifty_rows(desk):
    MemberFactory.create_batch(51)

    page = desk.get("/desk/groups/member/")

    assert (Member.objects.count(), len(page.context["cl"].result_list)) == (51, 50)


def test_sending_the_form_is_not_written_down_as_looking(desk):
    desk.get("/desk/groups/member/", {"by": "state=MA", "q": ""})
    assert not Entry.objects.exists()

    desk.get("/desk/groups/member/?state=MA")
    assert Entry.objects.get().verb == "read.listed"
