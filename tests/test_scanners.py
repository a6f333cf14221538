"""What opens the links of our letters, and often, changes nothing: scanners, previews, virus checks (trust.md T3)."""

import itertools
import re
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.test import Client

from mailings import letters
from tests import world as worlds
from tests.browser import click
from tests.crawl import every_row, forms_of
from voting import ballotbox

TIMES = 120  # for each kind of link: a thousand in all
METHODS = ["GET", "HEAD", "OPTIONS"]
ADDRESS = re.compile(r"https?://[^\s\"'<>]+")
# What opening a page may leave: a signed-out visitor's empty session is none of these.
BESIDE = ("cache",)
PRIVATE = ["/v/", "/q/", "/confirm/", "/news/", "/moved/", "/leave/", "/not-me/"]


@pytest.fixture
def world(set_clock, group, ada, dee, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    set_clock(worlds.NOW + timedelta(minutes=1))
    return worlds.World(group, ada, dee)


def links_of_every_letter(world):
    """Every address in the finished letters, their unsubscribe headers too, after one of each kind was sent."""
    world.write_every_letter()
    found = set()
    for message in mail.outbox:
        parsed = message_from_bytes(message.message().as_bytes(), policy=default)
        texts = [part.get_content() for part in parsed.walk() if part.get_content_maintype() == "text"]
        texts += [unescape(text) for text in texts] + [str(parsed["List-Unsubscribe"] or "")]
        found |= {address.rstrip(".,;:!)>") for text in texts for address in ADDRESS.findall(text)}
    return sorted(found - {"http://www.w3.org/1999/xhtml"})  # a name, not a link


def path_of(address):
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


@pytest.mark.django_db
def test_every_kind_of_letter_is_written_here(world):
    """A letter that is registered later has to be written in tests/world.py too, so that its links are opened."""
    assert world.write_every_letter() == dict.fromkeys(letters.names(), "SENT")


@pytest.mark.django_db
def test_every_kind_of_private_link_is_opened_here(world, settings):
    assert sorted(letters.link_prefixes()) == sorted(PRIVATE)
    found = links_of_every_letter(world)
    assert {prefix for prefix in PRIVATE for link in found if link.startswith(settings.BASE_URL + prefix)} == {*PRIVATE}


@pytest.mark.django_db
def test_the_rows_tell_when_anything_changes(world):
    """The measure that the other tests here rest on sees a single vote, confirmation and farewell."""
    tokens = world.tokens()
    acts = [lambda: worlds.vote(world.entry), lambda: Client().post(f"/news/{tokens['news/']}/")]
    for act in [*acts, lambda: Client().post(f"/confirm/{tokens['confirm/']}/")]:
        before = every_row(but=BESIDE)
        act()
        assert every_row(but=BESIDE) != before


@pytest.mark.once
@pytest.mark.long
@pytest.mark.django_db
@pytest.mark.parametrize("prefix", PRIVATE)
def test_a_private_link_opened_again_and_again_changes_nothing(world, settings, prefix):
    mine = [link for link in links_of_every_letter(world) if link.startswith(settings.BASE_URL + prefix)]
    before = every_row(but=BESIDE)
    client = Client(headers={"user-agent": "Mozilla/5.0 (compatible; Scanner)"})
    asked = itertools.islice(itertools.cycle(itertools.product(METHODS, mine)), TIMES)
    seen = {(method, client.generic(method, path_of(link)).status_code) for method, link in asked}
    # A page that has no OPTIONS says so; nothing ever says that something was done.
    assert seen - {("OPTIONS", 405)} <= {(method, 200) for method in METHODS}
    assert client.cookies == {}
    assert every_row(but=BESIDE) == before


@pytest.mark.django_db
def test_every_other_address_in_a_letter_opened_by_anybody_changes_nothing(world, settings):
    found = links_of_every_letter(world)
    assert [link for link in found if not link.startswith(settings.BASE_URL)] == []
    before = every_row(but=(*BESIDE, "django_session"))
    for link in found:
        for method in METHODS:
            assert Client().generic(method, path_of(link)).status_code in (200, 302, 405), (method, link)
    assert every_row(but=(*BESIDE, "django_session")) == before


@pytest.mark.django_db
def test_a_program_that_sends_the_forms_untouched_votes_and_confirms_for_nobody_but_by_its_button(world):
    """Only a person's choice casts a vote: what presses every button of a ballot as it stands sends nothing."""
    client, pages = Client(), [Client().get(f"/v/{world.tokens()['v/']}")]
    pressed = 0
    while pages and pressed < 200:
        for form in forms_of(pages.pop()):
            if form.action != "/vote/":
                continue
            kept = {name: value for name, kind, value in form.fields if kind == "hidden"}
            for go in {"send", *form.values("go")} - {"language:es", "language:en"}:
                answer = client.post("/vote/", {**kept, "go": go})
                pressed += 1
                if answer.status_code == 200 and go != "back":
                    pages.append(answer)
    assert pressed > 1
    assert ballotbox.voted(world.voting.pk, [world.entry.pk]) == set()


@pytest.mark.browser
@pytest.mark.once
@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_a_scanner_with_a_browser_that_presses_the_first_button_casts_no_vote(world, page_of, site):
    """Chromium with JavaScript opens each private link and, untouched, sends the first form or presses a button.

    A confirmation and the news are one press away by design, since a person presses there; a vote never is.
    """
    opened = [link for link in links_of_every_letter(world) if urlsplit(link).path.startswith(tuple(PRIVATE))]
    before = every_row(but=(*BESIDE, "django_session"))
    page = page_of(800, javascript=True)
    for link in opened:
        page.goto(link)
        page.wait_for_load_state("networkidle")
    assert every_row(but=(*BESIDE, "django_session")) == before
    for link in opened:
        page.goto(link)
        for _step in range(8):
            button = page.locator("main form button, main form input[type=submit]").first
            if not button.count():
                break
            click(page, button)
    entries = [world.entry.pk, world.other.pk, world.stopped.pk, world.awaiting.pk]
    assert ballotbox.voted(world.voting.pk, entries) == set()
    assert [ballotbox.envelope_count(contest) for contest in world.contests] == [1, 1]  # the voter of the receipt
