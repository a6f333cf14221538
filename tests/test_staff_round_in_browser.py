"""A complete round as staff alone, by the desk's own pages and buttons, in a real browser.

A conflict, a candidate who withdraws while members vote, an extension, a turnout under the floor, a second person.
What leaders, campaigns and members do is done for them; time is moved by hand.
"""

import re
import secrets
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from endorsements import ticking
from endorsements.models import Endorsement
from journal import clock
from journal.models import Entry
from rounds import nominating
from rounds.models import Candidacy, Contest, Cycle, Nomination, Round
from tests.browser import click
from tests.factories.groups import GroupFactory, LeadershipFactory, MemberFactory, UserFactory, district, state
from tests.factories.vetting import QuestionnaireFactory
from tests.test_story import all_right, answers
from vetting import answering
from vetting.models import Response
from voting import ballotbox, casting, records
from voting.models import Result, RollEntry

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.long, pytest.mark.django_db(transaction=True)]

HOUR = timedelta(hours=1)
ZONE = "America/New_York"
NAMED = [
    ("boston", "Ayo Santos", "house", "MA", "7"),
    ("bay-state", "Ana Rivera", "senate", "MA", ""),
    ("boston", "Bo Stone", "senate", "MA", ""),
    ("boston", "Lou Lind", "governor", "MA", ""),
    ("laramie", "Wes Hart", "governor", "WY", ""),
]


@pytest.fixture
def staff(page_of, site, dee):
    """staff(user): a page of the desk, with that person signed in."""

    def sit_down(user):
        client = Client()  # her own: another's sign-in on the same would end hers
        client.force_login(user)
        page = page_of(1280, javascript=True)
        page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
        return page

    return sit_down


@pytest.fixture
def town(site, at, set_clock, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cycle = Cycle.objects.create(year=2026, name="2026")
    QuestionnaireFactory(cycle=cycle, questions=True, current=True)
    for slug, place in {"boston": district("MA", 7), "bay-state": state("MA"), "laramie": state("WY")}.items():
        group = GroupFactory(slug=slug, name=slug.title(), places=[place])
        LeadershipFactory(group=group, user=UserFactory(email=f"leader@{slug}.example.org"))
    MemberFactory.create_batch(30, district=district("MA", 7))
    MemberFactory.create_batch(40, district=district("WY", 0), zip="82001")
    set_clock(at("2026-02-02 08:00", ZONE))
    return cycle


def strike(set_clock, instant):
    set_clock(instant)
    ticking.tick(clock.now())
    ticking.tick(clock.now())


def said(page):
    return re.sub(r"\s+", " ", page.inner_text("#content" if page.locator("#content").count() else "body"))


def messages(page):
    return re.sub(r"\s+", " ", page.inner_text(".messagelist")) if page.locator(".messagelist").count() else ""


def decide(page, url, reason):
    """Press a decision's button on its page, with a reason."""
    page.goto(url)
    page.fill("[name=reason]", reason)
    click(page, "input.default")


def act(page, round, name):
    """Press a grave act of the round: why, and its name."""
    page.goto(f"/desk/rounds/round/{round.pk}/steer/{name}/")
    page.fill("[name=reason]", "It is right.")
    page.fill("[name=typed]", round.name)
    click(page, "input.default")


def round_page():
    return f"/desk/rounds/round/{Round.objects.get().pk}/change/"


def test_one_person_runs_a_round_and_a_second_agrees(town, staff, dee, at, set_clock):
    page = staff(dee)

    # Plan: one date, the others proposed; what is missing is said.
    page.goto("/desk/rounds/round/add/")
    click(page, "input[name=propose]")
    assert page.locator(".errorlist, .errornote").count() > 0
    page.select_option("[name=cycle]", label="2026")
    page.fill("[name=name]", "Spring round")
    page.fill("[name=starts_at_0]", "2026-02-02")
    page.fill("[name=starts_at_1]", "09:00")
    click(page, "input[name=propose]")
    assert "The dates of Spring round" in said(page)
    click(page, "input[value='Plan it']")
    assert "The round is planned." in messages(page)
    round = Round.objects.get()

    # Two people are to certify.
    page.goto(f"/desk/rounds/round/{round.pk}/steer/rules/")
    page.select_option("[name=certification]", "two")
    page.check("[name=second_person]")
    page.fill("[name=reason]", "We want two.")
    click(page, "input.default")
    assert "The rules are changed." in messages(page)

    # Nominations come; staff return one, and accept all.
    strike(set_clock, round.nominations_open_at)
    cycle = round.cycle
    for slug, *about in NAMED:
        group = GroupFactory._meta.model.objects.get(slug=slug)
        leader = group.leaders.get()
        nomination = nominating.start(group, cycle=cycle, by=leader, now=clock.now())
        sent = answers(*about, clock.now())
        nominating.submit(nomination, answers=sent, by=leader, now=clock.now())
    page.goto("/desk/")
    assert "Nominations to accept or return" in said(page)
    for nomination in Nomination.objects.order_by("pk"):
        page.goto(f"/desk/rounds/nomination/{nomination.pk}/change/")
        click(page, page.get_by_role("link", name="Accept"))
        click(page, "input.default")
    assert set(Nomination.objects.values_list("state", flat=True)) == {"accepted"}
    page.goto(round_page())
    click(page, page.get_by_role("link", name="Look again"))
    assert "Races with several people" in said(page)

    # The campaigns answer; staff read each file and clear it, the rivals too.
    strike(set_clock, clock.now() + HOUR)
    for response in Response.objects.select_related("candidacy__race", "questionnaire"):
        answering.save_answers(response, answers=all_right(response), by_name="Robin", now=clock.now())
        answering.submit(response, name="Robin", role="Manager", may_publish=True, now=clock.now())
    for candidacy in Candidacy.objects.order_by("pk"):
        page.goto(f"/desk/vetting/vettingfile/{candidacy.pk}/change/")
        if candidacy.name == "Bo Stone":
            assert "Ana Rivera" in said(page)
        page.check("[name=decide-decision][value=clear]")
        page.fill("[name=decide-reason]", "Fits.")
        click(page, page.get_by_role("button", name="Decide", exact=True))
    assert set(Candidacy.objects.values_list("state", flat=True)) == {"cleared"}

    # The freeze and the opening come by the clock; the page says what comes next and what is in the way.
    strike(set_clock, round.nominations_close_at)
    strike(set_clock, round.freeze_at)
    page.goto(round_page())
    assert "Where we are: Roll frozen" in said(page)
    click(page, page.get_by_role("link", name="Pre-flight list for the next stage"))
    assert "As it should be" in said(page)

    # Nothing opens before two people want it: the first asks, the second agrees.
    page.goto(round_page())
    assert "Two people have to agree that the vote opens" in said(page)
    eve = UserFactory(email="eve@example.org", name="Eve Eaton", is_staff=True, is_superuser=True)
    act(page, round, "open")
    assert "A second person has to agree" in messages(page)
    second = staff(eve)
    act(second, round, "open")
    assert "Two people have agreed." in messages(second)
    strike(set_clock, round.voting_opens_at)
    strike(set_clock, round.voting_opens_at + HOUR)
    page.goto(round_page())
    assert "Where we are: Voting" in said(page)

    # Lou withdraws while members vote: a reason and two people are asked, the voters hear of it, her contest is void.
    lou = Candidacy.objects.get(name="Lou Lind")
    for person, told in [(page, "A second person has to agree"), (second, "Done")]:
        person.goto(f"/desk/rounds/candidacy/{lou.pk}/change/")
        click(person, person.get_by_role("link", name="The candidate withdraws"))
        click(person, "input.default")
        assert "Say why" in said(person)
        person.fill("[name=reason]", "She moved to another race.")
        person.fill("[name=typed]", round.name)
        click(person, "input.default")
        assert told in messages(person)
    contest = Contest.objects.get(options__candidacy=lou)
    assert contest.state == Contest.State.VOID
    mail.outbox.clear()
    strike(set_clock, clock.now() + HOUR)
    stopped = [letter for letter in mail.outbox if letter.subject == "A race was taken off your ballot"]
    assert len(stopped) == 30

    # An extension: a time in the past is refused and stays typed; then everybody on the roll hears of it.
    page.goto(round_page())
    click(page, page.get_by_role("link", name="Extend the vote"))
    page.fill("[name=voting_closes_at_0]", "2026-03-01")
    page.fill("[name=reason]", "Our mail was down.")
    click(page, "input.default")
    assert page.locator(".errorlist, .errornote").count() > 0
    assert page.input_value("[name=reason]") == "Our mail was down."
    page.fill("[name=voting_closes_at_0]", "2026-03-12")
    page.fill("[name=typed]", "Another round")
    click(page, "input.default")
    assert "That is not its name." in said(page)
    page.fill("[name=typed]", round.name)
    click(page, "input.default")
    assert "A second person has to agree" in messages(page)
    second.goto(round_page())
    assert "asked to extend the vote" in said(second)
    second.goto(f"/desk/rounds/round/{round.pk}/steer/extend/")
    second.fill("[name=voting_closes_at_0]", "2026-03-12")
    second.fill("[name=typed]", round.name)
    second.fill("[name=reason]", "I saw it too.")
    click(second, "input.default")
    assert "The vote ends later." in messages(second)
    round.refresh_from_db()
    assert round.voting_closes_at == at("2026-03-12 20:00", ZONE)

    # Members vote: enough in Massachusetts, under the floor in Wyoming.
    few = set(RollEntry.objects.filter(member__zip="82001").order_by("pk").values_list("pk", flat=True)[:8])
    for entry in RollEntry.objects.filter(round=round).select_related("round", "member"):
        if entry.member.zip == "82001" and entry.pk not in few:
            continue
        standing = Contest.objects.filter(pk__in=ballotbox.contests_of([entry.pk])[entry.pk], state=Contest.State.OPEN)
        choices = dict.fromkeys(standing.values_list("pk", flat=True), 1)
        casting.cast(entry, choices=choices, nonce=secrets.token_bytes(records.NONCE))
    strike(set_clock, round.voting_closes_at)
    strike(set_clock, round.voting_closes_at + HOUR)
    round.refresh_from_db()
    assert round.stage == Round.Stage.POLLS_CLOSED
    act(page, round, "unseal")
    act(second, round, "unseal")
    strike(set_clock, round.voting_closes_at + HOUR)
    round.refresh_from_db()
    assert round.stage == Round.Stage.COUNTED

    # Counted: the tellers see the table; what is under the floor waits for a decision with a reason.
    act(page, round, "certify")
    assert "needs review" in said(page)
    under = Result.objects.get(outcome=Result.Outcome.NEEDS_REVIEW)
    page.goto(f"/desk/voting/result/{under.pk}/change/")
    assert "8 votes were cast; at least 25 are needed." in said(page)
    page.check("[name=endorse][value=no]")
    page.fill("[name=reason]", "Eight of forty are too few.")
    page.fill("[name=typed]", round.name)
    click(page, page.get_by_role("button", name="Decide"))
    assert "Decided: not endorsed." in messages(page)

    # The first asks, may not agree with herself, and the second does.
    for expected in ("A second person has to agree within 24 hours.", "You asked for this yourself."):
        act(page, round, "certify")
        assert expected in said(page) + messages(page)
    second.goto(round_page())
    assert "asked to certify the results" in said(second)
    act(second, round, "certify")
    assert "The results are certified." in messages(second)

    # Announced by the clock; everything stands in the journal, and it is whole.
    strike(set_clock, max(round.announce_at, round.voting_closes_at + 2 * HOUR))
    strike(set_clock, clock.now() + HOUR)
    assert sorted(Endorsement.objects.values_list("candidacy__name", flat=True)) == ["Ana Rivera", "Ayo Santos"]
    page.goto(f"/rounds/{round.slug}/")
    assert "Ayo Santos" in page.inner_text("main")
    verbs = set(Entry.objects.values_list("verb", flat=True))
    assert {"round.rules", "round.extended", "result.decided", "result.certified"} <= verbs, sorted(verbs)
