"""Keeping a list as it is narrowed, over the list, for her alone."""

import pytest

from groups.models import KeptView
from journal.models import Entry
from tests.factories.groups import GroupFactory, UserFactory

pytestmark = pytest.mark.django_db
GROUPS, MEMBERS = "/desk/groups/group/", "/desk/groups/member/"


@pytest.fixture
def desk(client, dee):
    client.force_login(dee)
    return client


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


def test_a_list_is_kept_shown_over_it_and_removed(desk, dee):
    address = f"{GROUPS}?active__exact=1&q=bay"
    answer = desk.post(f"{address}&p=1", {"keep_view": "Bay, active"})
    kept = KeptView.objects.get()

    assert (kept.user, kept.page, kept.name, kept.query) == (
        dee,
        "groups.group",
        "Bay, active",
        "active__exact=1&q=bay",
    )
    assert answer.url == f"{address}&p=1"
    page = desk.get(address).content.decode()
    assert 'href="?active__exact=1&amp;q=bay" aria-current="true">Bay, active</a>' in page

    answer = desk.post(GROUPS, {"forget_view": kept.pk}, follow=True)
    assert messages_of(answer) == ["The view is removed."]
    assert not KeptView.objects.exists()
    assert desk.post(GROUPS, {"forget_view": kept.pk}).status_code == 302  # twice is once
    assert not Entry.objects.exists()


@pytest.mark.parametrize("key", ["", "x", "-1", "9" * 30, "\0"])
def test_a_key_that_is_none_removes_nothing(desk, dee, key):
    KeptView.objects.create(user=dee, page="groups.group", name="Mine", query="o=1")

    assert desk.post(GROUPS, {"forget_view": key}).status_code == 302
    assert KeptView.objects.count() == 1


def test_nobody_sees_or_removes_anothers(client, desk):
    other = KeptView.objects.create(user=UserFactory(), page="groups.group", name="Not mine", query="o=1")

    desk.post(GROUPS, {"forget_view": other.pk})

    assert KeptView.objects.get() == other
    assert "Not mine" not in desk.get(GROUPS).content.decode()


@pytest.mark.parametrize(
    "query", ["next=https://elsewhere.org", "password__startswith=a", "leaderships__user__password=x"]
)
def test_what_is_no_parameter_of_the_list_is_not_kept(desk, query):
    assert desk.post(f"{GROUPS}?{query}", {"keep_view": "Bad"}).status_code in (302, 400)
    assert not KeptView.objects.exists()


def test_a_page_number_and_a_popup_are_not_part_of_a_view(desk):
    desk.post(f"{GROUPS}?o=1&p=1&_popup=1", {"keep_view": "Sorted"})

    assert KeptView.objects.get().query == "o=1"


def test_the_whole_list_is_no_view_and_it_says_so(desk):
    answer = desk.post(GROUPS, {"keep_view": "All"}, follow=True)

    assert messages_of(answer) == ["Filter, search or sort the list first: this view is the whole list."]


@pytest.mark.parametrize(
    ("path", "kept"),
    [(f"{MEMBERS}?q=lee&state=MA", "state=MA"), (f"{GROUPS}?o=1&q=email:ada@example.org", "o=1")],
)
def test_a_search_that_may_name_somebody_is_not_kept(desk, path, kept):
    page = desk.get(path).content.decode()
    assert "it may be somebody’s name or address" in page

    desk.post(path, {"keep_view": "Mine"})

    assert KeptView.objects.get().query == kept


def test_who_may_not_see_the_list_keeps_nothing_of_it(client):
    client.force_login(UserFactory(is_staff=True))

    assert client.post(f"{MEMBERS}?state=MA", {"keep_view": "Mine"}).status_code == 403
    assert not KeptView.objects.exists()


def test_a_kept_view_finds_what_the_list_found(desk, dee):
    wanted = GroupFactory(name="Bay", active=False)
    GroupFactory(name="Other", active=False)
    desk.post(f"{GROUPS}?active__exact=0&q=bay", {"keep_view": "Asleep"})

    page = desk.get(f"{GROUPS}?{KeptView.objects.get().query}")

    assert list(page.context["cl"].result_list) == [wanted]
