"""axe-core finds nothing on any page for members, leaders and campaigns.

Each page once, in a combination of width, light and language that turns from page to page; with AXE=all (make axe)
in every combination.
"""

import os
from datetime import timedelta
from itertools import product

import pytest
from django.test import Client

from tests import world as worlds
from tests.crawl import addresses, real_values

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.long, pytest.mark.django_db(transaction=True)]

COMBINATIONS = list(product([320, 768, 1280], [False, True], ["en-US", "es-US"]))
# The desk has tests of its own; these answer with no page, or are the demo's mailbox.
LEFT_OUT = ("desk", "hooks", "outbox", "media", "i18n", "healthz", "readyz", "metrics")
SHARDS = 3
# Whatever is pressed and does not stand in a line of text is 44 px high (WCAG 2.2, 2.5.8 and ux.md 6).
SMALL = """() => [...document.querySelectorAll(
        "button:not(.visually-hidden), input:not([type=hidden], [type=radio], [type=checkbox]), select, textarea, "
        + "summary, label:has(input[type=radio]), label:has(input[type=checkbox]), a.btn")]
    .filter(one => !one.closest(".visually-hidden") && one.offsetParent !== null
        && getComputedStyle(one).display !== "inline" && one.getBoundingClientRect().height < 43.5)
    .map(one => Math.round(one.getBoundingClientRect().height) + " " + one.outerHTML.slice(0, 110))"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def world(group, ada, dee, set_clock):
    set_clock(worlds.NOW + timedelta(minutes=1))
    return worlds.World(group, ada, dee)


def pages_of(world):
    """The path of every page that somebody outside the staff can open, two of each kind where there are two."""
    paths = {f"/{room}/nonsense/" for room in ("confirm", "q", "v", "moved")} | {"/nothing-here/"}
    for address in addresses():
        if address.room in LEFT_OUT or "password" in address.route or address.route.startswith("accounts/2fa"):
            continue
        paths |= {address.filled(values) for values in real_values(address, world)[:2]}
    asking, leader = Client(), Client()
    leader.force_login(world.ada)
    answers = {path: (leader if path.startswith("/lead/") else asking).get(path) for path in paths}
    # What only takes a form answers 405, without a page.
    return sorted(
        path
        for path, answer in answers.items()
        if answer.status_code != 405 and answer.get("Content-Type", "").startswith("text/html")
    )


def test_the_pages_are_found(world):
    paths = pages_of(world)
    assert len(paths) > 50
    for begin in ("/sign-up/", "/lead/", "/q/", "/v/", "/rounds/spring/", "/my-entry/leave/", "/endorsed/winner/"):
        assert any(path.startswith(begin) for path in paths), begin


@pytest.mark.parametrize("shard", range(SHARDS))
def test_axe_finds_nothing_on_any_page(world, page_of, axe, client, site, shard):
    client.force_login(world.ada)
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}
    opened, found, seen = {}, [], 0
    for at, path in enumerate(pages_of(world)):
        if at % SHARDS != shard:
            continue
        every = os.environ.get("AXE") == "all"
        for width, dark, language in COMBINATIONS if every else [COMBINATIONS[(at // SHARDS * 5) % 12]]:
            key = (width, dark, language, path.startswith("/lead/"))
            if key not in opened:
                opened[key] = page_of(width, javascript=True, dark=dark, language=language)
                if key[-1]:
                    opened[key].context.add_cookies([session])
            page = opened[key]
            answer = page.goto(path)
            if "html" not in answer.headers.get("content-type", ""):
                continue
            seen += 1
            wrong = axe(page)
            if page.evaluate(OVERFLOW):
                wrong.append("it scrolls sideways")
            wrong += [f"too small to touch: {one}" for one in page.evaluate(SMALL)]
            found += [f"{path} at {width} {'dark' if dark else 'light'} {language}: {one}" for one in wrong]
    assert found == []
    assert seen > 10


def test_what_is_too_small_to_touch_is_found(page_of, site):
    page = page_of(320, javascript=True)
    page.goto("/sign-up/")
    assert page.evaluate(SMALL) == []
    page.evaluate("document.querySelector('main form .btn').style.cssText = 'min-height: 0; height: 43px; padding: 0'")
    assert [one.partition(" ")[0] for one in page.evaluate(SMALL)] == ["43"]
