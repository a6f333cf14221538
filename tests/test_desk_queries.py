"""No page of the desk needs more than twelve queries, for somebody with every role and a second factor.

That they do not grow with members and groups is measured: python -m bench desk (docs/performance.md).
"""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from endorsements.control_room import outlook
from groups.models import Role
from groups.roles import make_roles
from tests import world as worlds
from tests.factories.groups import UserFactory
from tests.test_desk_accessible import pages_of

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

MOST = 12


@pytest.fixture
def world(group, ada, dee, set_clock):
    set_clock(worlds.NOW + timedelta(minutes=1))
    world = worlds.World(group, ada, dee)
    make_roles()
    outlook.keep_all(worlds.NOW + timedelta(minutes=1))
    return world


def test_no_page_of_the_desk_needs_more_than_twelve_queries(world, settings):
    paths = pages_of(world)
    settings.SECOND_FACTOR_FORCED = True
    staff = UserFactory(email="all.roles@example.org", is_staff=True)
    staff.groups.set(Role.objects.all())
    clients = [Client(), Client()]  # the second may what no role may
    for client, user in zip(clients, (staff, world.dee), strict=True):
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": ""})
        client.force_login(user)

    asked = {path: queries_of(path, clients) for path in paths}

    assert len(asked) > 80
    assert {path: number for path, number in asked.items() if number > MOST} == {}


def queries_of(path, clients):
    """The queries of a page, asked for the second time, by the first who may open it."""
    client = next(one for one in clients if one.get(path).status_code == 200)
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    return len(captured)
