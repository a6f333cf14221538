"""axe-core finds nothing on any page of the desk: our own pages and the stock ones, which our stylesheet mends.

And none is wider than its screen: what is wide scrolls in a frame of its own.

Each page once, in a combination of width and light that turns from page to page; with AXE=all (make axe) in every one.
"""

import os
from datetime import timedelta
from itertools import product

import pytest
from django.test import Client

from tests import world as worlds
from tests.crawl import addresses, real_values

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.long, pytest.mark.django_db(transaction=True)]

COMBINATIONS = list(product([390, 1280], [False, True]))
SHARDS = 3


@pytest.fixture
def world(group, ada, dee, set_clock):
    set_clock(worlds.NOW + timedelta(minutes=1))
    return worlds.World(group, ada, dee)


def pages_of(world):
    """The path of every page of the desk that has one."""
    staff = Client()
    staff.force_login(world.dee)
    paths = set()
    for address in addresses():
        if address.room != "desk" or address.name == "admin:jsi18n":
            continue
        paths |= {address.filled(values) for values in real_values(address, world)[:1]}
    answers = {path: staff.get(path) for path in paths}
    return sorted(
        path
        for path, answer in answers.items()
        if answer.status_code == 200 and answer.get("Content-Type", "").startswith("text/html")
    )


def test_the_pages_are_found(world):
    paths = pages_of(world)
    assert len(paths) > 80
    assert "/desk/" in paths


@pytest.mark.parametrize("shard", range(SHARDS))
def test_axe_finds_nothing_on_the_desk(world, page_of, axe, client, site, shard):
    client.force_login(world.dee)
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}
    opened, found, seen = {}, [], 0
    for at, path in enumerate(pages_of(world)):
        if at % SHARDS != shard:
            continue
        every = os.environ.get("AXE") == "all"
        for width, dark in COMBINATIONS if every else [COMBINATIONS[at // SHARDS % 4]]:
            if (width, dark) not in opened:
                opened[(width, dark)] = page_of(width, javascript=True, dark=dark)
                opened[(width, dark)].context.add_cookies([session])
            page = opened[(width, dark)]
            page.goto(path)
            seen += 1
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append(f"{path} at {width} is too wide")
            found += [f"{path} at {width} {'dark' if dark else 'light'}: {one}" for one in axe(page)]
    assert "\n".join(found) == ""
    assert seen > 20
