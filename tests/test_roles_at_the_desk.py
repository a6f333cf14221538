"""Every address of the desk as every role, against the table beside this file (desk_roles.txt).

A line of the table: an address's name, and the roles that may open it. With ROLES=write the table is written anew: then
read the difference before you commit it.
"""

import os
from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from groups.models import Role
from groups.roles import ROLES, make_roles
from tests import world as worlds
from tests.crawl import addresses, real_values
from tests.factories.groups import UserFactory

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

TABLE = Path(__file__).with_name("desk_roles.txt")
ALL = "everybody at the desk"
# Addresses that every session has, and one that is no page of its own.
LEFT_OUT = {"admin:jsi18n", "admin:login", "admin:logout", "admin:None"}


@pytest.fixture
def world(group, ada, dee, set_clock):
    set_clock(worlds.NOW + timedelta(minutes=1))
    world = worlds.World(group, ada, dee)
    make_roles()
    return world


@pytest.fixture
def people(world):
    """{role: a signed-in client}, each person with one role and the whole country as her place."""
    clients = {}
    for role in ROLES:
        user = UserFactory(email=f"{role.replace(' ', '-').lower()}@example.org", is_staff=True)
        user.groups.add(Role.objects.get(name=role))
        clients[role] = Client()
        clients[role].force_login(user)
    world.group.places.update(organizer_email="organizer@example.org")
    return clients


def paths_of(world):
    """{address's name: its paths with real values}."""
    found = defaultdict(set)
    for address in addresses():
        if address.room == "desk" and address.name not in LEFT_OUT:
            found[address.name] |= {address.filled(values) for values in real_values(address, world)}
    return found


def test_each_role_opens_what_the_table_says_and_nothing_else(world, people):
    table = {}
    for name, paths in sorted(paths_of(world).items()):
        may = [role for role, client in people.items() if any(client.get(path).status_code == 200 for path in paths)]
        table[name] = ALL if len(may) == len(people) else ", ".join(may)
    written = "".join(f"{name}: {may}".rstrip() + "\n" for name, may in table.items())
    if os.environ.get("ROLES") == "write":
        TABLE.write_text(written)
    assert written == TABLE.read_text()


def test_who_may_not_open_a_page_can_send_nothing_to_it(world, people):
    wrong = []
    for name, paths in paths_of(world).items():
        for role, client in people.items():
            for path in paths:
                if client.get(path).status_code == 403:
                    status = client.post(path, {"reason": "x", "post": "yes", "_save": "1"}).status_code
                    if status not in (403, 404, 405):
                        wrong.append((role, name, status))
    assert wrong == []


@pytest.mark.parametrize("who", ["stranger", "leader", "former staff"])
def test_nobody_from_outside_the_staff_opens_anything(world, who):
    client = Client()
    if who == "leader":
        client.force_login(world.ada)
    elif who == "former staff":
        client.force_login(UserFactory(is_staff=False, is_superuser=True))
    opened = {
        path
        for paths in paths_of(world).values()
        for path in paths
        for answer in (client.get(path), client.post(path, {"post": "yes"}))
        if answer.status_code not in (302, 403, 404) or not answer.get("Location", "/accounts/").startswith(DOORS)
    }
    assert opened == set()


DOORS = ("/accounts/", "/desk/login/")
