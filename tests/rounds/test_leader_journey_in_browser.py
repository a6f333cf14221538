"""A leader's whole way in a real browser (ux.md 1b, 1 to 8): from the start page to the turnout, with what goes wrong.

On a phone, at night, without JavaScript.
"""

import re
from datetime import timedelta

import pytest
from django.core import mail

from groups.models import Group
from journal import clock
from mailings import postroom
from rounds import admission, nominating
from rounds.models import Candidacy, Nomination, Round
from tests.browser import click
from tests.factories.groups import GroupFactory, MemberFactory, district
from tests.factories.rounds import NominationFactory, RoundFactory
from tests.factories.voting import polls
from tests.rounds.filling import NOW, TASKS, nominate, other_group
from tests.rounds.test_leading_in_browser import signed_in
from voting.models import Turnout

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.long, pytest.mark.django_db(transaction=True)]

HOUR = timedelta(hours=1)


@pytest.fixture
def round(set_clock, ada):
    set_clock(NOW)
    return RoundFactory(stage=Round.Stage.NOMINATING, name="Spring round")


def h1(page):
    return re.sub(r"\s+", " ", page.text_content("h1")).strip()


def main(page):
    return re.sub(r"\s+", " ", page.text_content("main"))


def letters_to(address):
    postroom.send_due(clock.now())
    return [letter for letter in mail.outbox if address in letter.to[0]]


def fill(page, draft, task, **changes):
    """Type one task as it stands in filling, and go on."""
    page.goto(f"{draft}{task}/")
    for name, said in (TASKS[task] | changes).items():
        field = page.locator(f"[name='{name}']").first
        kind = field.get_attribute("type") or field.evaluate("one => one.tagName")
        if kind == "radio":
            page.check(f"[name='{name}'][value='{said}']")
        elif kind == "SELECT":
            field.select_option(said)
        else:
            field.fill(said)
    click(page, page.get_by_role("button", name="Continue"))


def send(page, draft):
    page.goto(f"{draft}check/")
    for box in page.get_by_role("checkbox").all():
        box.check()
    click(page, page.get_by_role("button", name="Send the nomination"))


def test_from_the_start_page_to_the_turnout(round, group, ada, dee, page_of, set_clock):
    page, wyoming = page_of(390), district("WY", 0)

    # 1. Who may, what is needed, how long, the dates; every question before any address is asked.
    page.goto("/nominate/")
    assert "Spring round" in main(page)
    assert "February 23, 2026" in main(page)
    click(page, page.get_by_role("link", name=re.compile("every question", re.I)).first)
    assert "Your local vote" in main(page)

    # 2. The door: a wrong code is said, a second person's unknown address looks the same.
    page.goto("/lead/")
    page.fill("[name=email]", ada.email)
    click(page, "main form button")
    page.fill("[name=code]", "WRONG-1")
    click(page, page.get_by_role("button", name="Sign in"))
    assert page.locator(".error-summary").count() == 1
    click(page, page.get_by_role("button", name="Send a new code"))
    page.fill("[name=code]", re.search(r"[A-Z0-9-]{6,9}", mail.outbox[-1].subject)[0])
    click(page, page.get_by_role("button", name="Sign in"))
    assert h1(page) == "Your groups"

    # 3. The task list: states, drafts that never validate, a race out of the group's reach explained.
    click(page, page.get_by_role("link", name="Nominate a candidate"))
    click(page, page.get_by_role("button", name="Begin a new nomination"))
    draft = page.url
    assert main(page).count("Not started") == 7
    fill(page, draft, "race", usps="WY", district="")
    page.goto(f"{draft}check/")
    assert "is listed in Massachusetts 7th District, and this race is in Wyoming" in main(page)
    admission.let_in(group, wyoming, by=dee, now=clock.now(), reason="Its members moved.")
    page.reload()
    assert "this race is in Wyoming" not in main(page)
    fill(page, draft, "race")
    fill(page, draft, "vote", yes="500")
    page.goto(draft)
    assert "In progress" in main(page)

    # 5. Check and send: what is missing leads into its task; nothing typed is lost.
    page.goto(f"{draft}check/")
    assert page.get_by_role("button", name="Send the nomination").count() == 0
    click(page, page.locator("main a", has_text="510 votes were cast, and only 120 people could vote").first)
    assert h1(page) == "Your local vote"
    assert page.input_value("[name=yes]") == "500"
    fill(page, draft, "vote")
    for task in ("group", "candidate", "why", "help", "press"):
        fill(page, draft, task)

    # 4. Another group has named her meanwhile: joined in one step. A rival: a neutral note.
    other, other_leader = other_group()
    nominate(other, other_leader, round)
    page.goto(draft)
    assert "1 group has already named Jane Rivera" in main(page)
    click(page, page.get_by_role("button", name="Join their nomination"))
    third, third_leader = other_group(name="Salem Group")
    nominate(third, third_leader, round, name="Bo Stone")
    page.goto(draft)
    assert "Another group has named a different candidate in this race." in main(page)
    send(page, draft)
    nomination = Nomination.objects.get(group=group)
    assert nomination.state == "submitted"
    assert nomination.reference in main(page)
    assert nomination.candidacy == Nomination.objects.get(group=other).candidacy
    subjects = [letter.subject for letter in letters_to(ada.email)]
    assert f"Your nomination {nomination.reference} is here" in subjects
    assert "Another nomination in your race" in subjects

    # 6. Followed: received; staff ask for one thing, answered in a box; accepted.
    follow = f"/lead/nominations/{nomination.reference}/follow/"
    nominating.return_for_correction(nomination, by=dee, now=clock.now() + HOUR, reason="How many could vote?")
    set_clock(NOW + 2 * HOUR)
    page.goto(follow)
    assert "How many could vote?" in main(page)
    click(page, page.get_by_role("button", name="Send my answer"))
    assert page.locator(".error-summary").count() == 1
    page.fill("[name=words]", "Sixty of us.")
    click(page, page.get_by_role("button", name="Send my answer"))
    assert "Your answer is with our staff." in main(page)
    nomination.refresh_from_db()
    assert (nomination.state, nomination.reply) == ("submitted", "Sixty of us.")
    nominating.accept(nomination, by=dee, now=clock.now())
    page.goto(follow)
    assert "Checked by staff" in main(page)
    assert "BEGIN:VCALENDAR" in page.request.get(f"/rounds/{round.slug}/dates.ics").text()

    # 7. Circulate: link, poster, goal, count; the link rotated, the old one out of date.
    page.goto("/lead/")
    click(page, page.get_by_role("link", name="Find members"))
    old = page.text_content(".share .code")
    page.fill("[name=goal]", "x")
    click(page, page.get_by_role("button", name="Set the goal"))
    assert "Enter a whole number" in page.text_content(".error-summary")
    page.fill("[name=goal]", "50")
    click(page, page.get_by_role("button", name="Set the goal"))
    MemberFactory.create_batch(41, came_by=group)
    page.reload()
    assert "41 people are on the list by your link." in main(page)
    assert "41 of 50, your goal." in main(page)
    click(page, page.get_by_role("button", name="Make a new link"))
    stranger = page_of(390)
    stranger.goto(old)
    assert h1(stranger) == "This link is out of date"


def test_a_charity_and_a_stranger_are_told_what_they_can_do(round, group, ada, page_of):
    Group.objects.filter(pk=group.pk).update(legal_form=Group.LegalForm.C3)
    page = signed_in(page_of(390), ada.email)
    page.goto(f"/lead/{group.slug}/nominate/")
    assert "may do so as individuals" in main(page)
    page.goto(group.get_absolute_url())
    assert "so it has no part in our votes" in main(page)
    assert page.get_by_role("link", name="Sign up to vote with this group").count() == 0
    far = GroupFactory(name="Far Group", places=[district("WY", 0)])
    assert page.goto(f"/lead/{far.slug}/circulate/").status == 404


def test_between_two_rounds_it_waits_and_a_refusal_says_why_and_until_when_to_ask(group, ada, dee, page_of, set_clock):
    set_clock(NOW)
    district("MA", 7)
    summer = RoundFactory(name="Summer round", starts_at=NOW + timedelta(days=40))
    page = page_of(390)
    page.goto("/nominate/")
    assert "No round takes nominations now. Summer round opens on Sunday, March 15" in main(page)
    draft = nominating.start(group, cycle=summer.cycle, by=ada, now=NOW)
    typed = {name: said for task in TASKS.values() for name, said in task.items()}
    nominating.save_draft(draft, data=typed, by=ada, now=NOW)
    page = signed_in(page, ada.email)
    send(page, f"/lead/nominations/{draft.pk}/")
    assert "Yours waits, and enters Summer round" in main(page)
    click(page, page.get_by_role("link", name="Follow your nomination"))
    assert "This nomination waits. It enters Summer round" in main(page)

    draft.refresh_from_db()
    nominating.refuse(draft, by=dee, now=clock.now(), reason="She runs for the state senate.")
    page.reload()
    assert "She runs for the state senate." in main(page)
    assert "Until Sunday, February 8, 2026 you may ask us to look again" in main(page)


def test_turnout_during_the_vote_in_bands_and_nothing_while_few(ada, group, page_of, set_clock):
    round, [contest], _entries = polls(contests=1)
    set_clock(round.voting_opens_at + HOUR)
    candidacy = contest.options.get(number=1).candidacy
    Candidacy.objects.filter(pk=candidacy.pk).update(round=round, state=Candidacy.State.ON_BALLOT)
    nomination = NominationFactory(group=group, candidacy=candidacy, submitted_by=ada)
    page = signed_in(page_of(390), ada.email)
    for ballots, said in ((10, "Too few votes so far to show a number."), (40, "So far 40 votes or more.")):
        Turnout.objects.update_or_create(contest=contest, defaults={"ballots": ballots, "refreshed_at": clock.now()})
        page.goto(f"/lead/nominations/{nomination.reference}/follow/")
        assert said in main(page)
