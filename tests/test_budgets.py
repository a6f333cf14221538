"""Every page weighs what ux.md 6 allows: bytes of its HTML, bytes and requests in all, and no script."""

import gzip
import re
import secrets
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tests import world as worlds
from tests.test_every_page_accessible import pages_of
from tests.voting.walking import open_link, press

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]

# By the beginning of the path: most kilobytes of HTML, most in all, most requests (without lazy pictures).
BUDGETS = [
    (r"/v/|/vote/|/my-link/", (10, 14, 2)),
    (r"/$|/endorsed/$|/rounds/$|/groups/$|/state/", (15, 60, 6)),
    (r"/endorsed/|/rounds/|/groups/|/method/|/questionnaire/", (12, 120, 8)),
    (r"/", (12, 30, 4)),
]
LOADED = re.compile(r"""<(?:link rel="stylesheet" href|script[^>]*? src|img(?![^>]*lazy)[^>]*? src)="([^"]+)\"""")
FOREIGN = re.compile(
    r"""<(?:link rel="stylesheet" href|script[^>]* src|img[^>]* src|iframe[^>]* src)="(?:https?:)?//"""
)


def weigh(answer, client):
    """(bytes of HTML, bytes in all, requests, scripts) as they go over the wire; stylesheets and pages are packed."""
    html = answer.content
    packed = len(gzip.compress(html))
    total, loaded = packed, LOADED.findall(html.decode())
    for address in loaded:
        name = address.partition("?")[0]
        if name.startswith("/static/"):
            total += len(gzip.compress(Path(finders.find(name.removeprefix("/static/"))).read_bytes()))
        else:
            picture = client.get(address)
            total += len(b"".join(picture.streaming_content) if picture.streaming else picture.content)
    return packed, total, 1 + len(loaded), len(re.findall(r"<script", html.decode()))


def over(path, answer, client):
    """What of its budget a page exceeds, in words."""
    most = next(numbers for pattern, numbers in BUDGETS if re.match(pattern, path))
    html, total, requests, scripts = weigh(answer, client)
    found = [f"{path} has a script"] if scripts else []
    found += [f"{path} loads from elsewhere"] if FOREIGN.search(answer.content.decode()) else []
    weights = (html / 1000, total / 1000, requests)
    names = ("kB of HTML", "kB in all", "requests")
    return found + [
        f"{path}: {is_:.1f} {name}, {at_most} allowed"
        for is_, at_most, name in zip(weights, most, names, strict=True)
        if is_ > at_most
    ]


def test_every_page_keeps_its_budget(group, ada, dee, set_clock):
    set_clock(worlds.NOW + timedelta(minutes=1))
    world = worlds.World(group, ada, dee)
    leader = Client()
    leader.force_login(ada)
    found, weighed = [], 0
    for path in pages_of(world):
        client = leader if path.startswith("/lead/") else Client()
        for language in ("en", "es"):
            answer = client.get(f"{path}?lang={language}")
            weighed += 1
            found += over(path, answer, client)
    assert (found, weighed > 100) == ([], True)


def test_each_step_of_a_ballot_keeps_its_budget(group, ada, dee, set_clock):
    set_clock(worlds.NOW + timedelta(minutes=1))
    world = worlds.World(group, ada, dee)
    page = open_link(world.entry)
    seen = []
    for go in ("start", "next", "next", "next", "send"):
        page = press(page, go, **{f"c{contest.pk}": "01" for contest in world.contests} if go == "next" else {})
        seen.append(over("/vote/", page, Client()))
        # A ballot's page is never packed: of one length, whatever she chose.
        assert len(page.content) < 14_000
    assert seen == [[]] * 5
    assert "We have your vote" in page.content.decode()


def test_a_heavy_page_is_found():
    class Answer:
        content = b'<script></script><iframe src="//else.example.org/">' + secrets.token_hex(20_000).encode()

    said = [line.partition(":")[0] for line in over("/v/x", Answer, Client())]
    assert said == ["/v/x has a script", "/v/x loads from elsewhere", "/v/x", "/v/x"]
