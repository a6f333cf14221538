"""A group’s own link: what it fills in, how the group is changed, and what an old one says."""

import pytest
from django.urls import reverse

from groups.models import Group, Member
from tests.factories.groups import GroupFactory, district, state
from tests.rounds.sheets import TickingClient, hidden, text_of, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return TickingClient()


def test_the_link_fills_in_the_group_and_counts_who_came_by_it(client, common):
    page = client.get("/join/common/7k4q2d/")
    assert "You sign up with Common Group." in text_of(page)
    client.post(reverse("rounds:sign_up"), typed(group="common", link=hidden(page)["link"]))
    member = Member.objects.get()
    assert (member.group, member.came_by) == (common, common)


def test_the_group_of_the_link_can_be_changed_and_nothing_is_lost(client, common):
    GroupFactory(slug="lynn", name="Lynn Group", places=[district("MA", 5)])
    GroupFactory(slug="far", name="Far Group", places=[district("WY", 0)])
    GroupFactory(slug="state", name="State Group", places=[state("MA")])
    sent = typed(group="common", link="common/7K4Q-2D", zip="02139", wants_news="on", choose_group="yes")
    page = client.post(reverse("rounds:sign_up"), sent)
    assert page.status_code == 200
    assert [group.slug for group in page.context["offered"]] == ["common", "lynn", "state"]
    page = client.post(reverse("rounds:sign_up"), hidden(page) | {"group": "lynn", "change": "group"})
    form = page.context["form"]
    said = [form[name].value() for name in ("email", "first_name", "zip", "group", "link", "wants_news")]
    assert said == ["new@example.org", "Nia", "02139", "lynn", "common/7K4Q-2D", True]
    assert "You sign up with Lynn Group." in text_of(page)
    assert not Member.objects.exists()


@pytest.mark.parametrize("zip5", ["", "x", "99999", "\0"])
def test_without_a_zip_the_groups_around_the_links_are_offered(client, common, zip5):
    GroupFactory(slug="state", name="State Group", places=[state("MA")])
    page = client.post(reverse("rounds:sign_up"), {"group": "common", "zip": zip5, "choose_group": "yes"})
    assert [group.slug for group in page.context["offered"]] == ["common", "state"]
    page = client.post(reverse("rounds:sign_up"), {"choose_group": "yes"})
    assert (list(page.context["offered"]), page.status_code) == ([], 200)


@pytest.mark.parametrize("code", ["7K4Q-2F", "x", "%00", "🜁"])
def test_an_old_link_says_kindly_that_it_is_out_of_date(client, common, code):
    page = client.get(f"/join/common/{code}/")
    assert page.status_code == 404
    assert "Common Group has a new link, or a letter of this one was mistyped." in text_of(page)
    assert 'href="/sign-up/?group=common"' in page.content.decode()


def test_a_link_to_no_group_is_a_page_that_is_not_there(client, common):
    assert client.get("/join/nobody/7K4Q-2D/").status_code == 404


def test_a_form_that_was_open_as_the_link_changed_is_taken_and_not_counted(client, common):
    client.post(reverse("rounds:sign_up"), typed(group="common", link="common/9999-99"))
    member = Member.objects.get()
    assert (member.group, member.came_by) == (common, None)


def test_a_charity_signs_nobody_up(client, common):
    Group.objects.filter(pk=common.pk).update(legal_form=Group.LegalForm.C3)
    assert "Common Group" not in text_of(client.get("/sign-up/?group=common"))
    page = client.get("/join/common/7K4Q-2D/")
    assert "Common Group does not sign people up for our votes." in text_of(page)
    assert 'href="/sign-up/"' in page.content.decode()
    page = client.post(reverse("rounds:sign_up"), typed(group="common", zip="02139", choose_group="yes"))
    assert list(page.context["offered"]) == []
    client.post(reverse("rounds:sign_up"), typed(group="common", link="common/7K4Q-2D"))
    member = Member.objects.get()
    assert (member.group, member.came_by) == (None, None)
