import pytest
from django.core.management import call_command

from groups import roles
from groups.models import Role
from groups.refusals import Refusal
from tests.factories.groups import UserFactory

pytestmark = pytest.mark.django_db


def test_every_role_has_exactly_its_permissions_and_twice_changes_nothing(capsys):
    call_command("make_roles")
    Role.objects.create(name="Our own")
    Role.objects.get(name="Teller").permissions.clear()
    call_command("make_roles")
    assert capsys.readouterr().out == "10 new, 10 roles in all.\n0 new, 10 roles in all.\n"
    for name, wanted in roles.ROLES.items():
        given = Role.objects.get(name=name).permissions.values_list("content_type__app_label", "codename")
        assert {f"{app}.{codename}" for app, codename in given} == set(wanted), name
    assert Role.objects.count() == 11


def test_who_steers_does_not_certify_and_nobody_sees_members_but_the_data_manager():
    roles.make_roles()
    able = {}
    for role in Role.objects.all():
        user = UserFactory(is_staff=True)
        user.groups.add(role)
        for permission in ["rounds.steer_round", "rounds.certify_round", "groups.view_member", "vetting.decide_review"]:
            if user.has_perm(permission):
                able.setdefault(permission, set()).add(role.name)
    assert able == {
        "rounds.steer_round": {"Round manager"},
        "rounds.certify_round": {"Teller"},
        "groups.view_member": {"Data manager"},
        "vetting.decide_review": {"Vetting lead"},
    }


def test_a_permission_that_is_none_is_named(monkeypatch):
    monkeypatch.setitem(roles.ROLES, "Odd", ["groups.fly"])
    with pytest.raises(Refusal, match=r"There is no permission groups\.fly for the role Odd"):
        roles.make_roles()
    assert not Role.objects.exists()
