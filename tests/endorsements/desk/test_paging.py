"""The desk's lists: pages of fifty, never counted further than anybody turns over."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext

from endorsements.desk import paging
from groups.models import Member
from tests.factories.groups import MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(paging, "MOST", 3)


@pytest.mark.parametrize(("rows", "count", "more"), [(0, 0, False), (3, 3, False), (4, 3, True), (6, 3, True)])
def test_a_list_is_counted_to_its_most_and_says_that_there_are_more(rows, count, more):
    MemberFactory.create_batch(rows)
    pages = paging.Pages(Member.objects.order_by("pk"), 2)
    assert (pages.count, pages.has_more, pages.num_pages) == (count, more, -(-count // 2) or 1)
    assert paging.Pages([0] * rows, 2).count == count


def test_it_is_counted_once():
    MemberFactory.create_batch(4)
    pages = paging.Pages(Member.objects.order_by("pk"), 2)
    with CaptureQueriesContext(connection) as captured:
        assert (pages.count, pages.count, pages.has_more) == (3, 3, True)
    assert len(captured) == 1


@pytest.mark.parametrize("in_order", [True, False])
def test_a_list_whose_index_is_its_order_is_counted_in_it(in_order):
    MemberFactory.create_batch(4)
    pages = paging.Pages(Member.objects.order_by("pk"), 2)
    pages.in_order = in_order
    with CaptureQueriesContext(connection) as captured:
        assert pages.count == 3
    assert ("ORDER BY" in captured[0]["sql"]) is in_order


def test_the_last_page_holds_no_more_than_was_counted():
    members = MemberFactory.create_batch(5)
    pages = paging.Pages(Member.objects.order_by("pk"), 2)
    assert list(pages.page(2)) == members[2:3]


def test_every_list_of_the_desk_has_it_and_counts_beside_no_filter():
    wrong = [
        model
        for model, desk in admin.site._registry.items()
        if desk.paginator is not paging.Pages or desk.show_facets is not admin.ShowFacets.NEVER
    ]
    assert wrong == []


def test_a_list_that_goes_on_says_how_to_find_the_others(client, dee):
    MemberFactory.create_batch(4)
    client.force_login(dee)

    page = client.get("/desk/groups/member/").content.decode()

    assert "The first 3 members. Search or filter to find the others." in " ".join(page.split())
