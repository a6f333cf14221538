"""A member's whole way in a real browser (ux.md 1a, 1 to 14): from her group's link to the result, slips included.

On a phone, without JavaScript. The round goes by its own clock; only time is moved by hand.
"""

import re
import secrets
from datetime import timedelta
from email.utils import parseaddr

import pytest
from django.core import mail
from django.core.cache import cache

from endorsements import certifying, steering, ticking
from groups import inviting
from groups.models import Group, Member
from journal import clock
from rounds.models import Candidacy, Contest, Race, Round
from tests.browser import click
from tests.factories.groups import GroupFactory, MemberFactory, district, state, zips
from tests.factories.rounds import CandidacyFactory, NominationFactory, RaceFactory, RoundFactory
from voting import ballotbox, casting, links, records, roll
from voting.models import RollEntry

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.long, pytest.mark.django_db(transaction=True)]

Stage = Round.Stage
MINUTE = timedelta(minutes=1)


class Town:
    """A round in vetting with two cleared candidacies, thirty neighbors, and the clock's hand."""

    def __init__(self, set_clock, dee):
        self.set_clock, self.dee = set_clock, dee
        zips({"02139": ["MA-5", "MA-7"], "02142": ["MA-7"], "82001": ["WY-0"]})
        self.group = GroupFactory(slug="common", name="Common Group", places=[district("MA", 7)])
        GroupFactory(slug="lynn", name="Lynn Group", places=[district("MA", 5)])
        self.round = RoundFactory(name="Spring round", slug="spring", stage=Stage.VETTING)
        races = [RaceFactory(), RaceFactory(office=Race.Office.SENATE, place=state("MA"))]
        for race, name in zip(races, ("Jane Rivera", "Bo Stone"), strict=True):
            candidacy = CandidacyFactory(
                race=race, name=name, round=self.round, state=Candidacy.State.CLEARED, gates=3, blurb="Schools first."
            )
            NominationFactory(candidacy=candidacy, group=self.group, state="accepted")
        self.neighbors = [MemberFactory(district=district("MA", 7)) for _n in range(30)]
        self.strike(self.round.freeze_at - timedelta(days=2))

    def strike(self, instant):
        """Move the clock's hand and let it strike."""
        self.set_clock(instant)
        ticking.tick(clock.now())
        self.round.refresh_from_db()

    def pass_a_minute(self):
        """Forms are not taken quicker than anybody types, and letters go out by the minute."""
        self.strike(clock.now() + MINUTE)

    def letters_to(self, address):
        return [letter for letter in mail.outbox if parseaddr(letter.to[0])[1] == address]

    def link_to(self, address, kind):
        """The newest private link of a kind that an address was sent."""
        found = [re.search(rf"http\S+/{kind}/\S+", letter.body) for letter in self.letters_to(address)]
        return [link[0] for link in found if link][-1]

    def vote(self, entries):
        """Let neighbors vote Yes on all that stands."""
        for entry in entries:
            mine = dict.fromkeys((contest.pk for contest in roll.ballot_of(entry)), 1)
            casting.cast(entry, choices=mine, nonce=secrets.token_bytes(records.NONCE))


@pytest.fixture
def town(site, set_clock, dee, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "journey"}}
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.clear()
    return Town(set_clock, dee)


def h1(page):
    return re.sub(r"\s+", " ", page.text_content("h1")).strip()


def main(page):
    return re.sub(r"\s+", " ", page.text_content("main"))


def problem(page):
    assert page.title().startswith("Error:")
    return re.sub(r"\s+", " ", page.text_content(".error-summary"))


def sign_up(page, town, email, zip5, name="Nia"):
    page.goto(inviting.url(town.group))
    page.fill("[name=first_name]", name)
    page.fill("[name=email]", email)
    page.fill("[name=zip]", zip5)
    town.pass_a_minute()
    click(page, "main button:has-text('Sign up')")


def test_from_the_groups_link_to_the_result(town, page_of):
    page = page_of(360)

    # 1. A slip in the address is asked about once; what was typed stays.
    sign_up(page, town, "nia@gmial.com", "213x")
    assert "Enter a 5-digit ZIP code" in problem(page)
    page.fill("[name=zip]", "02139")
    click(page, "main button:has-text('Sign up')")
    assert "Did you mean nia@gmail.com?" in problem(page)
    typed = [page.input_value(f"form[novalidate] [name={name}]") for name in ("first_name", "email", "zip")]
    assert typed == ["Nia", "nia@gmial.com", "02139"]
    page.fill("form[novalidate] [name=email]", "nia@example.org")
    click(page, "main button:has-text('Sign up')")

    # 2. A split ZIP: nothing is chosen beforehand, and nothing is lost by choosing nothing.
    assert page.locator("input[name=district]:checked").count() == 0
    click(page, "button:has-text('Continue')")
    assert "Choose" in problem(page)
    page.click("label:has-text('Massachusetts 7th District')")
    click(page, "button:has-text('Continue')")

    # 3. The letter, and the same page for an address that is on the list already.
    assert h1(page) == "Check your e-mail"
    said = main(page)
    other = page_of(360)
    sign_up(other, town, town.neighbors[0].email, "02142", name="Ben")
    assert main(other) == said.replace("nia@example.org", town.neighbors[0].email)
    town.pass_a_minute()
    confirm = town.link_to("nia@example.org", "confirm")
    page.goto(confirm)
    assert Member.objects.get(email="nia@example.org").confirmed_at is None
    click(page, "button:has-text('Yes, put me on the list')")
    assert h1(page) == "You are on the list"
    assert "March 8, 2026" in main(page)
    assert "BEGIN:VCALENDAR" in page.request.get("/rounds/dates.ics").text()
    page.goto(f"{confirm[:-6]}")
    assert h1(page) == "This link does not work"
    page.goto(confirm)
    assert "You are on the list" in main(page)

    # 9. Before the vote opens, her link says when it does.
    town.strike(town.round.freeze_at)
    assert town.round.stage == Stage.FROZEN
    nia = RollEntry.objects.get(round=town.round, member__email="nia@example.org")
    page.goto(links.ballot_url(nia))
    assert h1(page) == "Voting has not opened yet"
    calendar = page.locator("main a:has-text('calendar')").get_attribute("href")
    assert "DTSTART" in page.request.get(calendar).text()

    # 4. The letter with her link, whole and broken; opening it changes nothing.
    town.strike(town.round.voting_opens_at)
    town.pass_a_minute()
    link = town.link_to("nia@example.org", "v")
    assert link == links.ballot_url(nia)
    page.goto(link[:-4])
    assert h1(page) == "This link is not complete"
    page.goto(link + ">.")
    assert h1(page) == "Hello Nia. You have 2 votes."
    assert "n•••@example.org" in main(page)

    # 5. One race a page: nothing chosen, an answer, and the browser's own way back keeps it.
    click(page, "button:has-text('Start')")
    assert "Should we endorse" in h1(page)
    assert "Jane Rivera" in h1(page)
    assert page.locator("input[type=radio]:checked").count() == 0
    click(page, "button:has-text('Continue')")
    assert "Choose yes, no, or skip" in problem(page)
    page.click("label:has-text('Yes')")
    click(page, "button:has-text('Continue')")
    assert "Race 2 of 2" in main(page)
    click(page, "button:has-text('Back')")
    assert page.locator("input[type=radio]:checked").get_attribute("id") == "choice-1"
    click(page, "button:has-text('Continue')")
    page.click("label:has-text('Skip this race')")
    click(page, "button:has-text('Continue')")

    # 6. Check and change; then a race is stopped while she looks at the page.
    assert h1(page) == "Check your votes"
    click(page, "button:has-text('Change') >> nth=0")
    page.click("label:has-text('No')")
    click(page, "button:has-text('Continue')")
    assert h1(page) == "Check your votes"
    senate = Contest.objects.get(round=town.round, race__office=Race.Office.SENATE)
    steering.void(senate, by=town.dee, now=clock.now(), reason="Bo Stone has withdrawn.")
    tab = page.context.new_page()
    click(page, "button:has-text('Send my vote')")
    assert "Bo Stone has withdrawn." in main(page)
    assert ballotbox.envelope_count(senate) == 0
    click(page, "button:has-text('Send my vote')")

    # 7. The receipt; a second press and a reload change nothing.
    assert h1(page) == "We have your vote"
    number = page.text_content(".receipt .number").strip()
    assert re.fullmatch(r"\S{4}\W\S{4}\W\S{4}", number)
    page.reload()
    assert page.text_content(".receipt .number").strip() == number
    click(page, "button:has-text('Mail me a receipt')")
    assert "A receipt is on its way" in main(page)

    # 8. Her link again, in another window: that her vote is in, and never what it says.
    tab.goto(link)
    assert h1(tab) == "We already have your vote"
    assert not re.search(r"\b(Yes|No)\b", main(tab))
    town.pass_a_minute()
    assert [one.subject for one in town.letters_to("nia@example.org")].count("We have your vote") == 1

    # 11, 12. Am I on the roll? She is; who signed up after the freeze votes from the next round.
    sign_up(page, town, "late@example.org", "02142", name="Lu")
    town.pass_a_minute()
    page.goto(town.link_to("late@example.org", "confirm"))
    click(page, "button:has-text('Yes, put me on the list')")
    for address in ("nia@example.org", "late@example.org"):
        page.goto("/my-entry/roll/")
        page.fill("[name=email]", address)
        town.pass_a_minute()
        click(page, "main form button.btn")
        town.pass_a_minute()
    assert "We already have your vote" in town.letters_to("nia@example.org")[-1].body
    assert (
        "You are not on the roll of Spring round: it was closed before" in town.letters_to("late@example.org")[-1].body
    )

    # 11. She moved: for the rolls to come.
    page.goto("/my-entry/moved/")
    page.fill("[name=email]", "nia@example.org")
    town.pass_a_minute()
    click(page, "main form button.btn")
    town.pass_a_minute()
    page.goto(town.link_to("nia@example.org", "moved"))
    page.fill("[name=zip]", "82001")
    click(page, "button:has-text('Continue')")
    assert h1(page) == "We have your new place"
    assert RollEntry.objects.filter(round=town.round, member__email="nia@example.org").count() == 1

    # 13. Send me my link: the same page for anybody, a letter for who is on the roll.
    answers = []
    for address in (town.neighbors[1].email, "nobody@example.org"):
        page.goto("/my-link/")
        page.fill("[name=email]", address)
        town.pass_a_minute()
        click(page, "main form button.btn")
        answers.append(page.inner_text("body"))
        town.pass_a_minute()
    assert answers[0] == answers[1]
    assert "/v/" in town.letters_to(town.neighbors[1].email)[-1].body
    assert town.letters_to("nobody@example.org") == []

    # 10. Closed while somebody reads: to the second, with when the result comes and no vote taken.
    slow, *quick = RollEntry.objects.filter(round=town.round, member__in=town.neighbors)
    town.vote(quick)
    town.strike(town.round.voting_closes_at - MINUTE)
    page.goto(links.ballot_url(slow))
    click(page, "button:has-text('Start')")
    page.click("label:has-text('Yes')")
    click(page, "button:has-text('Continue')")
    town.set_clock(town.round.voting_closes_at)
    click(page, "button:has-text('Send my vote')")
    assert h1(page) == "Voting has ended"
    assert "March 14, 2026" in main(page)
    town.strike(town.round.voting_closes_at)
    house = Contest.objects.get(round=town.round, race__office=Race.Office.HOUSE)
    assert house.result.ballots == 1 + len(quick)

    # 14. The result, by letter and on the page.
    assert certifying.certify(town.round, by=town.dee, now=clock.now()) is True
    town.strike(town.round.announce_at)
    town.pass_a_minute()
    letter = town.letters_to("nia@example.org")[-1]
    assert "we endorse (support in public) Jane Rivera" in " ".join(letter.body.split())
    page.goto("/rounds/spring/")
    assert "Jane Rivera" in main(page)
    assert Group.objects.get(slug="common").members.filter(came_by=town.group).count() == 2


def press_until(page, wanted, *, back=False):
    """Press Tab until the focus is on an element that shows these words or has this name; as a reader would."""
    for _n in range(60):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        said = page.evaluate(
            "() => { const it = document.activeElement; return [it.name || '', it.id || '', "
            "(it.closest('label') || it).textContent.trim()].join('|') }"
        )
        if wanted in said:
            return
    raise AssertionError(f"The keyboard does not reach {wanted}.")


def press_enter(page):
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_member_signs_up_and_votes_by_the_keyboard_alone(town, page_of):
    page = page_of(1280, javascript=True)
    page.goto(inviting.url(town.group))
    for name, text in (("first_name", "Kim"), ("email", "kim@example.org"), ("zip", "02139")):
        press_until(page, f"{name}|")
        page.keyboard.type(text)
    town.pass_a_minute()
    press_until(page, "Sign up")
    press_enter(page)
    press_until(page, "district|")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    press_until(page, "Continue")
    press_enter(page)
    town.pass_a_minute()
    page.goto(town.link_to("kim@example.org", "confirm"))
    press_until(page, "Yes, put me on the list")
    press_enter(page)
    assert h1(page) == "You are on the list"

    town.strike(town.round.freeze_at)
    town.strike(town.round.voting_opens_at)
    town.pass_a_minute()
    page.goto(town.link_to("kim@example.org", "v"))
    press_until(page, "Start")
    press_enter(page)
    press_until(page, "Continue")
    press_enter(page)
    # The summary of what is wrong has the focus, and its link leads to the first answer.
    assert page.evaluate("document.activeElement.className") == "error-summary"
    press_until(page, "Choose yes, no, or skip")
    page.keyboard.press("Enter")
    for _race in range(2):
        if page.evaluate("document.activeElement.type") != "radio":
            press_until(page, "choice-1")
        page.keyboard.press("Space")
        press_until(page, "Continue")
        press_enter(page)
    assert h1(page) == "Check your votes"
    press_until(page, "Change")
    press_enter(page)
    press_until(page, "choice-1")
    page.keyboard.press("ArrowDown")
    press_until(page, "Continue")
    press_enter(page)
    press_until(page, "Send my vote")
    press_enter(page)
    assert h1(page) == "We have your vote"


def test_a_member_signs_up_and_votes_in_spanish(town, page_of):
    page = page_of(360, language="es-US")
    page.goto(inviting.url(town.group))
    assert page.get_attribute("html", "lang") == "es"
    page.fill("[name=first_name]", "Inés")
    page.fill("[name=email]", "ines@example.org")
    page.fill("[name=zip]", "02142")
    # Another language in the middle of the form, and back: nothing is lost.
    click(page, page.locator("header button:has-text('English'), header a:has-text('English')").first)
    assert page.get_attribute("html", "lang") == "en"
    assert page.input_value("[name=first_name]") == "Inés"
    click(page, page.locator("header button:has-text('Español'), header a:has-text('Español')").first)
    assert page.input_value("[name=email]") == "ines@example.org"
    town.pass_a_minute()
    click(page, "main form[novalidate] button.btn >> nth=-1")
    town.pass_a_minute()
    assert (
        town.letters_to("ines@example.org")[0].subject == "Confirme su correo para las votaciones de Sample Federation"
    )
    page.goto(town.link_to("ines@example.org", "confirm"))
    click(page, "button:has-text('Sí')")

    town.strike(town.round.freeze_at)
    town.strike(town.round.voting_opens_at)
    town.pass_a_minute()
    page.goto(town.link_to("ines@example.org", "v"))
    assert page.get_attribute("html", "lang") == "es"
    assert "8 de marzo" not in h1(page)
    click(page, "button:has-text('Empezar')")
    click(page, "button:has-text('Continuar')")
    assert "Elija" in problem(page)
    for _race in range(2):
        page.click("label:has-text('Sí')")
        click(page, "button:has-text('Continuar')")
    click(page, "button:has-text('Enviar mi voto')")
    assert h1(page) == "Tenemos su voto"
    english = r"\b(the|your|vote|with|closes|and)\b"
    assert re.findall(english, main(page), re.I) == []
