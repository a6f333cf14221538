"""What a user may do is one query a page, and the same as Django says."""

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission

from groups.models import Role, User
from groups.roles import make_roles
from tests.factories.groups import UserFactory

pytestmark = pytest.mark.django_db


def right(codename):
    return Permission.objects.get(codename=codename, content_type__app_label="groups")


@pytest.fixture
def staffer():
    make_roles()
    user = UserFactory(email="two.roles@example.org", is_staff=True)
    user.groups.set(Role.objects.order_by("pk")[:2])
    user.user_permissions.set([right("view_place"), right("delete_group")])
    return user


def test_rights_of_her_own_and_of_her_roles_are_one_query(staffer, django_assert_num_queries):
    user = User.objects.get(pk=staffer.pk)
    with django_assert_num_queries(1):
        assert user.has_perm("groups.delete_group")
        assert not user.has_perm("groups.no_such_right")
        rights = user.get_all_permissions()
    assert rights == ModelBackend().get_all_permissions(User.objects.get(pk=staffer.pk))
    assert len(rights) > 2


def test_who_may_do_all_or_nothing_is_not_looked_up(staffer, django_assert_num_queries):
    chief = UserFactory(email="chief@example.org", is_staff=True, is_superuser=True)
    gone = User.objects.get(pk=staffer.pk)
    gone.is_active = False
    with django_assert_num_queries(0):
        assert chief.has_perm("groups.delete_group")
        assert not gone.has_perm("groups.delete_group")
        assert gone.get_all_permissions() == set()


def test_of_one_object_nobody_has_rights_of_her_own(staffer, django_assert_num_queries):
    user = User.objects.get(pk=staffer.pk)
    with django_assert_num_queries(0):
        assert not user.has_perm("groups.delete_group", staffer)
