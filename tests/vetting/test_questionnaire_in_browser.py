"""A campaign's staffer answers on a phone, without scripts; the pages pass the accessibility rules."""

import pytest

from tests.browser import click
from tests.factories.rounds import START, CandidacyFactory, NominationFactory, RoundFactory
from tests.factories.vetting import QuestionnaireFactory, ResponseFactory
from vetting import links

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def response(site, group, set_clock):
    set_clock(START)
    candidacy = CandidacyFactory(name="Jane Rivera", round=RoundFactory())
    NominationFactory(candidacy=candidacy, group=group)
    return ResponseFactory(candidacy=candidacy)


def choose(page, number, words):
    page.locator("fieldset", has_text=f"{number}. ").get_by_label(words, exact=True).check()


def test_from_the_link_to_the_receipt_without_scripts(page_of, response):
    page = page_of(360)
    page.goto(links.url_of(response))

    click(page, page.get_by_role("link", name="Start"))
    click(page, page.get_by_role("link", name="Democracy"))
    page.get_by_label("Your name").fill("Maria Lopez")
    for number, words in [(1, "Yes"), (2, "Yes"), (3, "No")]:
        choose(page, number, words)
    click(page, page.get_by_role("button", name="Save and continue"))

    assert page.get_by_label("Your name").input_value() == "Maria Lopez"
    choose(page, 4, "Strongly agree")
    click(page, page.get_by_role("button", name="Save and go to the list"))
    assert "4 of 5 answered" in page.inner_text("main")

    click(page, page.get_by_role("link", name="Check, sign and send"))
    click(page, page.get_by_role("button", name="Send the answers"))
    assert page.locator(".error-summary").count() == 1
    page.get_by_label("Yes, you may publish them").check()
    page.get_by_label("Your role in the campaign").fill("Manager")
    click(page, page.get_by_role("button", name="Send the answers"))

    assert page.inner_text("h1") == "We have your answers"
    response.refresh_from_db()
    assert (response.right, response.total, response.passed) == (4, 4, True)


@pytest.mark.once
@pytest.mark.long
@pytest.mark.parametrize("dark", [False, True])
def test_the_pages_hold_the_accessibility_rules_and_fit_a_phone(page_of, axe, response, dark):
    QuestionnaireFactory(version=response.questionnaire.version)
    page = page_of(360, javascript=True, dark=dark)
    link = links.url_of(response)

    for address in ["", "topics/", "topics/1/", "topics/3/", "check/", "more-time/", "x", "/questionnaire/"]:
        page.goto(address if address.startswith("/") else link + address)
        assert axe(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, address
