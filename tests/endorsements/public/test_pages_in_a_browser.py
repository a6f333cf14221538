"""The public pages in a real browser: accessible, narrow and wide, light and dark, large targets, little traffic."""

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from endorsements.models import Endorsement
from endorsements.public import photos
from rounds.models import Round
from tests.factories.groups import district
from tests.factories.results import counted
from tests.factories.rounds import START, ContestFactory, NominationFactory, RaceFactory, RoundFactory
from voting.models import Turnout

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.long, pytest.mark.django_db(transaction=True)]

PAGES = [
    "/",
    "/endorsed/",
    "/endorsed/?state=ZZ",
    "/endorsed/maria-santos/",
    "/rounds/",
    "/rounds/winter/",
    "/rounds/spring/",
    "/rounds/winter/find-my-line/",
    "/method/",
    "/nothing-here/",
]
# Controls that are not links inside a line of text, as they stand on the page.
SMALL = """() => [...document.querySelectorAll("a, button, input, select, summary")]
    .filter(e => getComputedStyle(e).display !== "inline" && !e.closest(".skip, [aria-hidden]"))
    .filter(e => e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML.slice(0, 90))"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def federation(set_clock):
    """An announced round with one endorsement, a round that votes and one that takes nominations."""
    set_clock(START + timedelta(days=77))
    past = RoundFactory(name="Winter round", slug="winter", stage=Round.Stage.ANNOUNCED)
    result = counted({1: 60, 2: 40}, round=past, contest__race=RaceFactory(cycle=past.cycle))
    result.certified_at = START + timedelta(days=40)
    result.save()
    candidacy = result.contest.options.get(number=1).candidacy
    endorsement = Endorsement.objects.create(
        candidacy=candidacy,
        round=past,
        slug="maria-santos",
        issued_at=START,
        announced_at=START + timedelta(days=40),
        reason="She was there every morning.\n\nThe hospital is open today.",
        photo_alt="Maria Santos in front of the hospital",
        photo_credit="Ana Ruiz",
    )
    drawn = BytesIO()
    Image.effect_noise((900, 1100), 20).save(drawn, "PNG")
    drawn.seek(0)
    endorsement.photo.save("photo.jpg", photos.take_in(drawn))
    NominationFactory(candidacy=candidacy, group__website="https://group.example.org/")
    voting = RoundFactory(
        name="Spring round", slug="spring", stage=Round.Stage.VOTING, starts_at=START + timedelta(days=42)
    )
    contest = ContestFactory(round=voting, race=RaceFactory(cycle=past.cycle, place=district("WY", 0)))
    Turnout.objects.create(contest=contest, ballots=340, refreshed_at=START)
    RoundFactory(name="Summer round", stage=Round.Stage.NOMINATING, starts_at=START + timedelta(days=70))


@pytest.mark.parametrize(("width", "dark"), [(320, False), (320, True), (1280, False)])
def test_public_pages_are_accessible_at_every_width(federation, page_of, axe, width, dark):
    page = page_of(width, javascript=True, dark=dark)
    found = {}
    for address in PAGES:
        page.goto(address)
        found[address] = [*axe(page), *page.evaluate(SMALL), page.evaluate(OVERFLOW), page.locator("h1").count()]

    assert found == {address: [0, 1] for address in PAGES}


@pytest.mark.parametrize(("address", "most", "requests"), [("/", 60, 6), ("/endorsed/", 60, 6), (PAGES[3], 120, 8)])
def test_public_pages_are_light(federation, page_of, site, address, most, requests):
    page = page_of(360)
    answers = []
    page.on("response", lambda answer: answers.append(answer))

    page.goto(address)
    page.wait_for_load_state("networkidle")

    assert len(answers) <= requests
    assert all(answer.url.startswith(site) for answer in answers if not answer.url.startswith("data:"))
    assert sum(len(answer.body()) for answer in answers if answer.ok) < (most + 40) * 1000  # the stylesheet unpacked
