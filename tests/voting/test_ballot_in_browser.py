"""The ballot in a real browser: without script it works, in both schemes anybody can read it."""

from datetime import timedelta

import pytest

from tests.browser import click
from tests.factories.groups import GroupFactory
from tests.factories.rounds import NominationFactory
from tests.factories.voting import polls
from voting import ballotbox, links

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ballot(site, set_clock):
    """An open round of two races, one with what a group says, and its one voter."""
    round, contests, (entry,) = polls(contests=2)
    NominationFactory(candidacy=contests[0].options.get(number=1).candidacy, group=GroupFactory(name="Alpha"))
    set_clock(round.voting_opens_at + timedelta(hours=1))
    return contests, entry


def steps(page, entry):
    """Walks from the link to the lines, and stops at each page."""
    page.goto(links.ballot_url(entry))
    yield "start"
    click(page, "text=Start")
    yield "race"
    click(page, "text=Continue")
    yield "nothing chosen"
    page.click("label:has-text('Yes')")
    click(page, "text=Continue")
    page.click("label:has-text('Skip this race')")
    click(page, "text=Continue")
    yield "check"
    click(page, "text=Send my vote")
    yield "receipt"
    click(page, "text=Show where to find my vote")
    yield "lines"
    page.goto("/v/nonsense")
    yield "unknown"


@pytest.mark.once
@pytest.mark.parametrize("width", [320, 360, 1280])
def test_a_vote_without_script_fits_every_width(ballot, page_of, width):
    contests, entry = ballot
    page = page_of(width)
    for step in steps(page, entry):
        shown = page.locator("h1:visible").count()
        assert (step, shown, page.evaluate("document.documentElement.scrollWidth")) == (step, 1, width)
    assert [ballotbox.envelope_count(contest) for contest in contests] == [1, 1]
    assert page.context.cookies() == []


@pytest.mark.once
@pytest.mark.long
@pytest.mark.parametrize("dark", [False, True])
def test_the_ballot_breaks_no_accessibility_rule(ballot, page_of, axe, dark):
    _contests, entry = ballot
    page = page_of(360, javascript=True, dark=dark)
    for step in steps(page, entry):
        assert (step, axe(page)) == (step, [])
        if step == "nothing chosen":
            assert page.evaluate("document.activeElement.className") == "error-summary"


@pytest.mark.once
def test_enter_presses_the_main_button_of_each_page(ballot, page_of):
    _contests, entry = ballot
    page = page_of(360)
    page.goto(links.ballot_url(entry))
    click(page, "text=Start")
    page.check("text=Yes")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "Race 2 of 2" in page.text_content("main")
