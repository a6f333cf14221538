"""The list before each stage: what is good, what wants a look, and that it tells nobody what she may not know."""

from datetime import timedelta

import pytest

from endorsements.control_room import preflight
from endorsements.health import verifying
from journal import ticks
from mailings import queue
from mailings.models import Delivery, Letter
from rounds.models import Round
from tests.factories.groups import MemberFactory, UserFactory
from tests.factories.mailings import LetterFactory
from tests.factories.results import counted
from tests.factories.rounds import RoundFactory
from tests.factories.vetting import QuestionnaireFactory
from tests.factories.voting import RollEntryFactory, polls
from voting import ceremony

pytestmark = pytest.mark.django_db
Stage = Round.Stage
DAY = timedelta(days=1)


def seen(round, now=None):
    """{title: (state, what is said)}."""
    return {one.title: (one.state, one.said) for one in preflight.checks(round, now or round.freeze_at)}


@pytest.mark.parametrize(
    ("stage", "titles"),
    [
        ("draft", ["Clock", "Mail domain", "Questionnaire"]),
        ("nominating", ["Clock", "Questionnaire"]),
        ("vetting", ["Clock", "Mail domain", "List of members", "Districts", "Test letters", "Keys"]),
        ("frozen", ["Clock", "Mail domain", "Roll", "Keys", "Test letters", "Notice of the vote"]),
        ("voting", ["Clock"]),
        ("counted", ["Clock", "Journal and results", "Contests decided", "Post room", "Announcement"]),
        ("certified", ["Clock", "Journal and results", "Mail domain", "Post room", "Announcement"]),
        ("announced", []),
        ("cancelled", []),
    ],
)
def test_each_stage_has_its_list(client, dee, stage, titles):
    round = RoundFactory(stage=stage)
    client.force_login(dee)

    assert list(seen(round)) == titles
    page = client.get(f"/desk/rounds/round/{round.pk}/preflight/")
    assert page.status_code == 200
    assert all(title in page.content.decode() for title in titles)


def test_the_clock_is_good_once_it_ticks():
    round = RoundFactory()
    assert seen(round)["Clock"][0] == "look"
    ticks.note(round.freeze_at)
    assert seen(round)["Clock"] == ("good", "It ticks, and its hosts are right.")


@pytest.mark.parametrize(
    ("backend", "sender", "state"),
    [
        ("django.core.mail.backends.smtp.EmailBackend", "Fed <vote@example.org>", "good"),
        ("django.core.mail.backends.smtp.EmailBackend", "vote@mail.example.org", "good"),
        ("django.core.mail.backends.smtp.EmailBackend", "vote@notexample.org", "look"),
        ("django.core.mail.backends.console.EmailBackend", "vote@example.org", "look"),
    ],
)
def test_letters_and_links_share_a_domain(settings, backend, sender, state):
    settings.BASE_URL, settings.EMAIL_BACKEND, settings.DEFAULT_FROM_EMAIL = "https://example.org", backend, sender
    assert seen(RoundFactory())["Mail domain"][0] == state


def test_a_list_that_shrank_wants_a_look():
    round = RoundFactory(stage=Stage.VETTING)
    last = RoundFactory(stage=Stage.ARCHIVED, name="Before", starts_at=round.nominations_open_at - 42 * DAY)
    stayed, gone = (MemberFactory(confirmed_at=last.freeze_at - DAY) for _ in range(2))
    assert seen(round)["List of members"] == ("good", "2 on it; 2 in Before.")
    type(gone).objects.filter(pk=gone.pk).update(confirmed_at=round.freeze_at)
    assert seen(round)["List of members"] == ("good", "2 on it; 1 in Before.")
    type(gone).objects.filter(pk=gone.pk).update(confirmed_at=None)
    type(gone).objects.filter(pk=stayed.pk).update(doubt="split")
    assert seen(round)["List of members"] == ("good", "1 on it; 1 in Before.")
    assert seen(round)["Districts"] == ("look", "The district of 1 of 1 members is not settled.")


def test_a_roll_smaller_than_the_last_wants_a_look():
    round, _contests, _entries = polls(stage=Stage.FROZEN, voters=2)
    assert seen(round)["Roll"] == ("good", "2 on it. There is no earlier round to compare it with.")
    last = RoundFactory(stage=Stage.ANNOUNCED, name="Before", starts_at=round.nominations_open_at - 42 * DAY)
    for _ in range(3):
        RollEntryFactory(round=last)
    assert seen(round)["Roll"] == ("look", "2 on it; 3 in Before.")


def test_keys_questionnaire_and_rehearsal():
    round = RoundFactory(stage=Stage.VETTING)
    assert seen(round)["Keys"][0] == "look"
    ceremony.make_ready(round, now=round.freeze_at)
    assert seen(round)["Keys"][0] == "good"
    assert seen(round)["Test letters"][0] == "look"
    rehearsal = RoundFactory(rehearsal=True)
    LetterFactory(
        name="voting.ballot", topic=rehearsal.topic, state=Letter.State.SENT, settled_at=round.nominations_open_at
    )
    said = "Ballot letters of a rehearsal went to staff on Monday, February 2, 2026."
    last = round.nominations_open_at + timedelta(days=30)
    assert seen(round, last)["Test letters"] == ("good", said)
    assert seen(round, last + timedelta(seconds=1))["Test letters"] == ("look", said)
    draft = RoundFactory()
    assert seen(draft)["Questionnaire"][0] == "look"
    QuestionnaireFactory(cycle=draft.cycle)
    assert seen(draft)["Questionnaire"][0] == "good"


def test_the_notice_came_through():
    round = RoundFactory(stage=Stage.FROZEN)
    assert seen(round)["Notice of the vote"][0] == "look"
    made = LetterFactory.create_batch(40, name="voting.notice", topic=round.topic, state=Letter.State.SENT)
    assert seen(round)["Notice of the vote"][0] == "good"
    for letter, state in zip(made, ("good", "look"), strict=False):
        Delivery.objects.create(letter=letter, state=Delivery.State.BOUNCED, at=round.freeze_at, provider="mailgun")
        assert seen(round)["Notice of the vote"][0] == state
    assert seen(round)["Notice of the vote"][1] == "40 of 40 went out; 2 did not arrive, as the provider says."


def test_the_journal_was_looked_at_last_night():
    round = RoundFactory(stage=Stage.COUNTED)
    now = round.announce_at - DAY
    assert seen(round, now)["Journal and results"][0] == "look"
    verifying.keep([], now=now - timedelta(hours=36))
    assert seen(round, now)["Journal and results"][0] == "good"
    assert seen(round, now + timedelta(seconds=1))["Journal and results"][0] == "look"
    verifying.keep(["Journal entry 7"], now=now)
    state, said = seen(round, now)["Journal and results"]
    assert state == "look"
    assert said.endswith("Journal entry 7")


def test_letters_that_are_stopped_and_an_hour_that_is_past_want_a_look():
    round = RoundFactory(stage=Stage.CERTIFIED)
    second = timedelta(seconds=1)
    assert seen(round, round.announce_at - second)["Announcement"][0] == "good"
    assert seen(round, round.announce_at)["Announcement"][0] == "look"
    assert seen(round)["Post room"][0] == "good"
    queue.stop(round.topic, reason="A wrong name", now=round.freeze_at)
    assert seen(round)["Post room"] == ("look", "All letters of this round are stopped: A wrong name")


def test_contests_that_wait_for_a_decision_are_counted():
    result = counted({1: 3})
    round = result.contest.round
    assert seen(round)["Contests decided"] == ("look", "1 of 1 contests wait for a decision.")
    type(result).objects.update(outcome="endorsed")
    assert seen(round)["Contests decided"] == ("good", "0 of 1 contests wait for a decision.")


def test_the_list_is_for_those_who_may_see_rounds(client):
    round = RoundFactory()
    client.force_login(UserFactory(is_staff=True))
    assert client.get(f"/desk/rounds/round/{round.pk}/preflight/").status_code == 403
