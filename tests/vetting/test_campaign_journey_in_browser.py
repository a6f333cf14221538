"""A campaign's whole way in a real browser (ux.md 1c, 1 to 6): two people, two devices, a missed deadline, a slip.

On a phone, without JavaScript.
"""

import re
from datetime import timedelta
from email.utils import parseaddr

import pytest
from django.core import mail

from journal import clock
from mailings import postroom
from rounds.models import Nomination
from tests.browser import click
from tests.factories.groups import UserFactory
from tests.factories.rounds import START, CandidacyFactory, NominationFactory, RoundFactory
from tests.factories.vetting import QuestionnaireFactory
from vetting import answering, correcting, inviting, reviewing
from vetting.models import Correction, Response

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.long, pytest.mark.django_db(transaction=True)]

HOUR = timedelta(hours=1)


@pytest.fixture
def candidacy(site, group, set_clock, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    set_clock(START)
    candidacy = CandidacyFactory(
        name="Jane Rivera",
        blurb="Schools first.",
        campaign_email="office@rivera.example.org",
        round=RoundFactory(),
        gates=2,
    )
    NominationFactory(candidacy=candidacy, group=group, state=Nomination.State.ACCEPTED)
    QuestionnaireFactory(cycle=candidacy.race.cycle, questions=True, current=True)
    return candidacy


def h1(page):
    return re.sub(r"\s+", " ", page.text_content("h1")).strip()


def main(page):
    return re.sub(r"\s+", " ", page.text_content("main"))


def letters_to(address):
    postroom.send_due(clock.now())
    return [letter for letter in mail.outbox if parseaddr(letter.to[0])[1] == address]


def link_to(address):
    return re.search(r"http\S+/q/\S+", letters_to(address)[-1].body)[0]


def choose(page, number, words):
    page.locator("fieldset", has_text=f"{number}. ").get_by_label(words, exact=True).check()


def test_from_the_letter_to_the_outcome(candidacy, page_of, set_clock, dee):
    # 1. The letter; who named her, the rule, every question before the start. A broken link says so.
    inviting.invite_due(clock.now())
    link = link_to("office@rivera.example.org")
    response = Response.objects.get()
    assert response.due_at - response.sent_at == timedelta(days=7)
    office = page_of(360)
    office.goto(link[:-5])
    assert office.title().startswith("This link")
    office.goto(link)
    for words in ("Boston Common Group", "at least 80%", "Monday, February 9, 2026", "Will you"):
        assert words in main(office), words

    # 1. Not she who answers: a colleague gets a link of her own, an address that is none is said.
    click(office, "a:has-text('Send this to a colleague')")
    office.fill("[name=name]", "Maria Lopez")
    office.fill("[name=email]", "maria")
    click(office, "button:has-text('Send the link')")
    assert "Enter an e-mail address" in office.text_content(".error-summary")
    assert office.input_value("[name=name]") == "Maria Lopez"
    office.fill("[name=email]", "maria@example.org")
    click(office, "button:has-text('Send the link')")
    assert "The link is on its way." in main(office)

    # 2. Two people on two devices: each answer says who saved it, the second goes on where the first stopped.
    maria = page_of(360)
    maria.goto(link_to("maria@example.org"))
    click(maria, "a:has-text('Start')")
    click(maria, "a:has-text('Democracy')")
    assert maria.input_value("[name=by_name]") == "Maria Lopez"
    for number, words in [(1, "No"), (2, "Yes"), (3, "No")]:
        choose(maria, number, words)
    click(maria, "button:has-text('Save and go to the list')")
    office.goto(link)
    assert "So far 3 of 5 are answered." in main(office)
    click(office, "a:has-text('Go on at question 4')")
    assert h1(office) == "Economy"
    assert office.evaluate("location.hash") == f"#{office.locator('fieldset.choices').first.get_attribute('id')}"
    click(office, "a:has-text('All topics')")
    assert office.locator(".task-list .tag").first.text_content().strip() == "Done"
    assert main(office).count("Not started") == 2

    # 4. The deadline passes; more time is asked for, staff give it to all in the race, the same link goes on.
    set_clock(response.due_at + HOUR)
    office.goto(link)
    assert "The deadline was" in main(office)
    click(office, "a:has-text('Ask for more time') >> nth=0")
    click(office, "main form button")
    assert office.locator(".error-summary").count() == 1
    office.fill("[name=reason]", "Our manager is ill. Two days.")
    click(office, "main form button")
    assert "You asked for more time on" in main(office)
    answering.refuse_time(Response.objects.get(), by=dee, now=clock.now(), reason="One day is enough.")
    office.reload()
    assert "We could not give more time." in main(office)
    office.fill("[name=reason]", "He is still ill. Two days, please.")
    click(office, "main form button")
    assert "He is still ill." in main(office)
    later = clock.now() + timedelta(days=2)
    answering.extend(Response.objects.get(), due_at=later, by=dee, now=clock.now(), reason="Illness.")
    assert "There is more time." in " ".join(letters_to("office@rivera.example.org")[-1].body.split())

    # 2, 3. The rest, then check, sign and send; what is missing is said, and nothing is lost.
    office.goto(link)
    click(office, "a:has-text('Go on at question 4')")
    office.fill("[name=by_name]", "Robin Hart")
    choose(office, 4, "Strongly agree")
    click(office, "button:has-text('Save and continue')")
    click(office, "button:has-text('Save and continue')")
    assert h1(office).startswith("Check")
    assert "Saved by Maria Lopez" in main(office)
    assert "Saved by Robin Hart" in main(office)
    click(office, "button:has-text('Send the answers')")
    assert office.locator(".error-summary").count() == 1
    office.get_by_label("No, keep them").check()
    office.get_by_label("Your role in the campaign").fill("Manager")
    click(office, "button:has-text('Send the answers')")
    assert h1(office) == "We have your answers"
    office.reload()
    assert h1(office) == "We have your answers"
    assert letters_to("office@rivera.example.org")[-1].subject == "We have the answers for Jane Rivera"
    maria.reload()
    maria.goto(link_to("maria@example.org"))
    assert "Your answers were sent on" in main(maria)

    # 3. A slip, seen after sending: asked about, changed by two people, both wordings kept.
    response.refresh_from_db()
    assert response.passed is False
    office.goto(link)
    click(office, "a:has-text('Ask to correct') >> nth=0")
    office.get_by_label("Yes", exact=True).check()
    office.get_by_label("What went wrong?").fill("My finger slipped.")
    click(office, "button:has-text('Send to our staff')")
    assert "With our staff" in main(office)
    for person in (dee, UserFactory(is_staff=True, is_superuser=True)):
        correcting.make(Correction.objects.get(), by=person, now=clock.now(), reason="A slip.")
    office.reload()
    assert "Corrected" in main(office)
    response.refresh_from_db()
    assert response.passed is True

    # 1. The contact sees whose links there are and ends one: it opens nothing any more.
    office.goto(link)
    click(office, "a:has-text('See the links that were passed on')")
    assert "maria@example.org" in main(office)
    click(office, "button:has-text('End this link')")
    assert "Ended" in main(office)
    maria.reload()
    assert maria.title().startswith("This link")

    # 5. What members will read, and a fact that is wrong in it.
    office.goto(link)
    click(office, "a:has-text('See what members will read')")
    assert "Schools first." in main(office)
    click(office, "button:has-text('Send to our staff')")
    assert office.locator(".error-summary").count() == 1
    office.get_by_label("Which fact is wrong").fill("Her name is Rivera-Lopez.")
    click(office, "button:has-text('Send to our staff')")
    assert "Her name is Rivera-Lopez." in main(office)

    # 6. Cleared: the groups hear of it, and the campaign's page keeps its copy.
    reviewing.clear(candidacy, by=dee, now=clock.now(), reason="Fits.")
    assert letters_to("office@rivera.example.org")[-1].subject == "Jane Rivera can go on our ballot"
    office.goto(link)
    assert "Your answers were sent on" in main(office)
    assert office.locator("a:has-text('Ask to correct')").count() == 0
    assert office.context.cookies() == []
