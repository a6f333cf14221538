import pytest
from django.contrib.auth.models import AnonymousUser

from groups import leading
from groups.models import Group
from groups.refusals import Refusal
from journal.models import Entry
from tests.factories.groups import LeadershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_who_leads(ada, cem, dee, group):
    waiting = LeadershipFactory(group=group, confirmed_at=None).user
    leads = {user: leading.leads(user, group) for user in (ada, cem, dee, waiting, AnonymousUser())}
    assert [user for user, yes in leads.items() if yes] == [ada]
    assert list(leading.groups_of(ada)) == [group]
    assert list(leading.groups_of(waiting)) == []
    assert list(leading.groups_of(AnonymousUser())) == []


def test_a_leader_who_left_and_a_group_that_closed(ada, group):
    Group.objects.update(active=False)
    assert list(leading.groups_of(ada)) == []
    ada.is_active = False
    assert not leading.leads(ada, group)


def test_staff_or_another_leader_confirm_once(ada, dee, group, at):
    new = LeadershipFactory(group=group, confirmed_at=None)
    assert leading.confirm(new, by=ada, now=at("2026-03-01 12:00")) is True
    assert leading.confirm(new, by=dee, now=at("2026-03-02 12:00")) is False
    assert (new.confirmed_at, new.confirmed_by) == (at("2026-03-01 12:00"), ada)
    assert Entry.objects.get().verb == "leader.confirmed"


def test_nobody_else_confirms(cem, group, at):
    new = LeadershipFactory(group=group, confirmed_at=None)
    for by in (new.user, cem, UserFactory(is_staff=True)):
        with pytest.raises(Refusal):
            leading.confirm(new, by=by, now=at("2026-03-01 12:00"))
    assert not leading.leads(new.user, group)
