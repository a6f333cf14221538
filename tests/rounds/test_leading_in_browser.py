"""Leaders at night on their phones: letting another in, one draft for two, a promise, an endorsement at home."""

import re
from datetime import timedelta

import pytest
from django.core import mail

from mailings import postroom
from rounds.models import LocalEndorsement, Nomination, Round
from tests.browser import click
from tests.factories.rounds import RoundFactory
from tests.rounds.filling import NOW, TASKS

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.long, pytest.mark.django_db(transaction=True)]

SMALL = """() => [...document.querySelectorAll("main a, main button, main input, main select, main summary")]
    .filter(e => getComputedStyle(e).display !== "inline" && e.type !== "hidden")
    .filter(e => e.getBoundingClientRect().height < 23.5).map(e => e.outerHTML.slice(0, 90))"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def federation(set_clock, ada):
    set_clock(NOW)
    return RoundFactory(stage=Round.Stage.NOMINATING, name="Spring round")


def signed_in(page, email):
    """Ask for a code at the door, read it in the letter, type it."""
    page.goto("/lead/")
    page.fill("[name=email]", email)
    click(page, "main form button")
    [code] = re.findall(r"^([A-Z0-9-]{6,9}) is your code", mail.outbox[-1].subject)
    page.fill("[name=code]", code)
    click(page, page.get_by_role("button", name="Sign in"))
    return page


def test_two_leaders_share_a_draft_and_one_hands_over(federation, page_of, ada):
    old = signed_in(page_of(390), ada.email)
    click(old, old.get_by_role("link", name="Who leads the group"))
    click(old, old.get_by_role("button", name="Leave Boston Common Group"))
    assert "Nobody else has signed in for this group yet." in old.inner_text("[role=alert]")
    old.fill("[name=name]", "Lou Lind")
    old.fill("[name=email]", "lou@")
    click(old, old.get_by_role("button", name="Let this person in"))
    assert old.input_value("[name=email]") == "lou@"
    old.fill("[name=email]", "lou@example.org")
    click(old, old.get_by_role("button", name="Let this person in"))
    assert "Lou Lind" in old.inner_text("main")

    click(old, "a.back")
    click(old, old.get_by_role("link", name="Nominate a candidate"))
    click(old, old.get_by_role("button", name="Begin a new nomination"))
    draft = old.url
    old.goto(f"{draft}why/")

    postroom.send_due(NOW + timedelta(minutes=9))
    assert mail.outbox[-1].to == ["Lou Lind <lou@example.org>"]
    new = signed_in(page_of(390), "lou@example.org")
    new.goto(f"{draft}why/")
    new.fill("[name=stands_for]", "Lou’s words")
    click(new, new.get_by_role("button", name="Save and come back later"))

    old.fill("[name=stands_for]", "Ada’s words")
    click(old, old.get_by_role("button", name="Continue"))
    told = old.inner_text("[role=alert]")
    assert ("Lou’s words" in told, "Ada’s words" in told) == (True, True)
    assert old.input_value("[name=stands_for]") == "Ada’s words"
    click(old, old.get_by_role("link", name="Keep the version of Lou Lind"))
    assert old.input_value("[name=stands_for]") == "Lou’s words"

    old.goto("/lead/boston-common/leaders/")
    click(old, old.get_by_role("button", name="Leave Boston Common Group"))
    assert "You no longer lead Boston Common Group." in old.inner_text("main")
    assert Nomination.objects.get().draft["stands_for"] == "Lou’s words"


def test_an_endorsement_at_home_from_a_phone(federation, page_of, ada):
    page = signed_in(page_of(320), ada.email)
    click(page, page.get_by_role("link", name="Local endorsements"))
    click(page, page.get_by_role("link", name="Add an endorsement"))
    page.fill("[name=candidate]", "Jane Rivera")
    page.check("[name=seat][value=house]")
    page.check("[name=method][value=meeting]")
    for name in ("decided_on", "yes", "no"):
        page.fill(f"[name={name}]", TASKS["vote"][name])
    click(page, page.get_by_role("button", name="Keep it"))
    assert "Choose the state." in page.inner_text("[role=alert]")
    page.select_option("[name=usps]", "MA")
    page.fill("[name=district]", "7")
    click(page, page.get_by_role("button", name="Keep it"))
    assert "U.S. House, Massachusetts 7th District" in page.inner_text("main")
    assert LocalEndorsement.objects.get().race.label == "MA-07"


def test_leaders_pages_are_accessible_on_a_phone(federation, page_of, axe, ada):
    page = signed_in(page_of(320, javascript=True), ada.email)
    page.goto("/lead/boston-common/nominate/")
    click(page, page.get_by_role("button", name="Begin a new nomination"))
    draft = Nomination.objects.get().pk
    found = {}
    for address in [
        "/nominate/",
        "/nominate/questions/",
        "/lead/",
        "/lead/boston-common/leaders/",
        "/lead/boston-common/endorsements/add/",
        f"/lead/nominations/{draft}/help/",
        f"/lead/nominations/{draft}/check/",
    ]:
        page.goto(address)
        found[address] = [*axe(page), *page.evaluate(SMALL), page.evaluate(OVERFLOW), page.locator("h1").count()]
    assert found == {address: [0, 1] for address in found}
