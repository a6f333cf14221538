"""A group's own sign-up link: one of today, counted, changed once."""

import pytest

from groups import inviting, signup
from groups.inviting import Came
from groups.models import Group, Member
from journal.models import Entry
from tests.factories.groups import GroupFactory, MemberFactory, zips

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(at):
    return at("2026-03-01 12:00")


@pytest.fixture
def common():
    return GroupFactory(slug="common", sign_up_code="7K4Q-2D")


def test_each_group_has_a_code_of_its_own():
    codes = {GroupFactory().sign_up_code for _n in range(20)}
    assert (len(codes), {len(code) for code in codes}) == (20, {7})


def test_the_link_is_short_and_says_the_group(common, settings):
    assert inviting.url(common) == f"{settings.BASE_URL}/join/common/7K4Q-2D/"


@pytest.mark.parametrize("typed", ["7K4Q-2D", "7k4q-2d", "7K4Q2D", " 7k4q 2d "])
def test_a_code_is_heard_however_it_is_typed(common, typed):
    assert inviting.opens(common, typed) is True


@pytest.mark.parametrize("typed", ["", "7K4Q-2", "7K4Q-2F", "x" * 5000, "\0"])
def test_another_code_opens_nothing(common, typed):
    assert inviting.opens(common, typed) is False


@pytest.mark.parametrize(("field", "value"), [("legal_form", "501c3"), ("active", False)])
def test_a_group_that_may_not_invite_has_no_link(common, field, value):
    Group.objects.update(**{field: value})
    assert inviting.opens(Group.objects.get(), "7K4Q-2D") is False
    assert inviting.marked("common/7K4Q-2D") is None


@pytest.mark.parametrize("text", ["", "common", "common/", "/7K4Q-2D", "other/7K4Q-2D", "common/7K4Q-2F", "\0/\0"])
def test_a_mark_that_is_none(common, text):
    assert inviting.marked(text) is None


def test_who_came_by_the_link_is_counted_whichever_group_she_chose(common, now):
    zips({"02142": ["MA-7"]})
    other = GroupFactory()
    for name, group in (("a", common), ("b", other), ("c", None)):
        asked = signup.Request(f"{name}@example.org", "Nia", "", "02142", group=group, came_by=common)
        signup.sign_up(asked, now=now)
    signup.confirm(Member.objects.get(email_key="b@example.org"), now=now)
    assert inviting.came_by(common) == Came(on_the_list=1, waiting=2)
    assert inviting.came_by(other) == Came(0, 0)
    assert Member.objects.get(email_key="b@example.org").group == other


def test_a_member_on_the_list_who_opens_a_link_is_not_counted(common, now):
    zips({"02142": ["MA-7"]})
    MemberFactory(email="ben@example.org")
    signup.sign_up(signup.Request("ben@example.org", "Ben", "", "02142", came_by=common), now=now)
    assert inviting.came_by(common) == Came(0, 0)


def test_a_link_is_changed_once_however_often_one_presses(common, ada, now):
    MemberFactory(came_by=common)
    assert inviting.rotate(common, seen="7K4Q-2D", by=ada, now=now) is True
    fresh = common.sign_up_code
    assert inviting.rotate(common, seen="7K4Q-2D", by=ada, now=now) is False
    assert (common.sign_up_code, fresh != "7K4Q-2D") == (fresh, True)
    assert inviting.marked("common/7K4Q-2D") is None
    assert inviting.marked(f"common/{fresh}") == common
    assert inviting.came_by(common) == Came(1, 0)
    assert Entry.objects.filter(verb="group.link_rotated").count() == 1
