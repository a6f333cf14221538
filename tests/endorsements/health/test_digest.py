"""The morning digest: when it is written and when not, to whom, and what it says; never how anybody voted."""

from datetime import timedelta

import pytest
from django.core import mail

from endorsements.health import digest, watching
from endorsements.models import StandingAlarm
from journal.models import Tick
from mailings import postroom
from mailings.models import Letter
from rounds.models import Nomination, Round
from tests.factories.groups import UserFactory
from tests.factories.mailings import LetterFactory
from tests.factories.rounds import CandidacyFactory, NominationFactory, RoundFactory
from tests.factories.vetting import ResponseFactory
from tests.factories.voting import polls, vote
from voting import turnout
from voting.models import ContestRoll, Turnout

pytestmark = pytest.mark.django_db
Stage, State = Round.Stage, Letter.State
DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def seven(at, dee):
    """7 a.m. of a day on which RoundFactory's round takes nominations; dee is staff."""
    return at("2026-02-10 07:00", "America/New_York")


def digests(**fields):
    return Letter.objects.filter(name=digest.DIGEST_LETTER, **fields).count()


# When


@pytest.mark.parametrize(
    ("after", "written"),
    [(-SECOND, 0), (timedelta(), 1), (3 * HOUR, 1), (5 * HOUR - SECOND, 1), (5 * HOUR, 0), (12 * HOUR, 0)],
)
def test_it_is_written_from_seven_and_not_from_noon_on(seven, after, written):
    RoundFactory(stage=Stage.NOMINATING)
    assert digest.write_due(seven + after) == written


def test_once_a_day_however_often_and_late_the_clock_comes(seven, dee):
    round = RoundFactory(stage=Stage.NOMINATING)
    assert [digest.write_due(seven), digest.write_due(seven), digest.write_due(seven + 4 * HOUR)] == [1, 0, 0]
    eve = UserFactory(email="eve@example.org", is_staff=True, is_superuser=True)
    assert digest.write_due(seven + 4 * HOUR) == 0  # hers begins tomorrow
    assert digest.write_due(seven + DAY) == 2
    assert digests(subject=round.pk, seat=dee.pk) == 2
    assert digests(subject=round.pk, seat=eve.pk) == 1


def test_a_letter_that_is_late_is_left_out_at_noon(seven):
    RoundFactory(stage=Stage.NOMINATING)
    digest.write_due(seven)
    assert postroom.send_due(seven + 5 * HOUR) == 0
    assert Letter.objects.get(name=digest.DIGEST_LETTER).state == State.EXPIRED


@pytest.mark.parametrize("day", ["2026-03-08", "2026-11-01"])
def test_seven_is_seven_also_on_the_days_on_which_the_clocks_change(at, dee, day):
    RoundFactory(stage=Stage.VOTING)
    begins = at(f"{day} 07:00", "America/New_York")
    assert [digest.write_due(begins - SECOND), digest.write_due(begins)] == [0, 1]


def test_the_mornings_are_the_federations(settings, at, dee):
    settings.TIME_ZONE = "Pacific/Honolulu"
    RoundFactory(stage=Stage.NOMINATING)
    begins = at("2026-02-10 07:00", "Pacific/Honolulu")
    assert [digest.write_due(begins - SECOND), digest.write_due(begins)] == [0, 1]


@pytest.mark.parametrize(
    ("stage", "written"),
    [
        (Stage.DRAFT, 0),
        (Stage.NOMINATING, 1),
        (Stage.VETTING, 1),
        (Stage.FROZEN, 1),
        (Stage.VOTING, 1),
        (Stage.POLLS_CLOSED, 1),
        (Stage.COUNTED, 1),
        (Stage.CERTIFIED, 1),
        (Stage.ANNOUNCED, 0),
        (Stage.ARCHIVED, 0),
        (Stage.CANCELLED, 0),
    ],
)
def test_from_nominations_open_to_results_published(seven, stage, written):
    RoundFactory(stage=stage)
    assert digest.write_due(seven) == written


def test_a_round_that_begins_after_seven_has_its_first_the_next_day(seven):
    round = RoundFactory(stage=Stage.NOMINATING, starts_at=seven + SECOND)
    assert [digest.write_due(seven + HOUR), digest.write_due(seven + DAY)] == [0, 1]
    Round.objects.update(nominations_open_at=seven)
    other = RoundFactory(stage=Stage.NOMINATING, starts_at=seven)
    assert digest.write_due(seven + HOUR) == 2
    assert digests(subject=other.pk) == 1
    assert digests(subject=round.pk) == 2


def test_a_round_that_ended_since_needs_no_letter(seven):
    RoundFactory(stage=Stage.NOMINATING)
    digest.write_due(seven)
    Round.objects.update(stage=Stage.CANCELLED)
    assert postroom.send_due(seven) == 0


def test_only_those_who_steer_get_it(seven, dee, ada):
    RoundFactory(stage=Stage.NOMINATING)
    UserFactory(email="eve@example.org", is_staff=True)
    digest.write_due(seven)
    assert list(Letter.objects.values_list("seat", flat=True)) == [dee.pk]


# What it says


def numbers(round, now):
    return [(one.label, one.words) for one in digest.context_of(round, now)["numbers"]]


def test_a_morning_of_nominations(seven, settings):
    Tick.objects.create(host="worker-1", at=seven)
    round = RoundFactory(name="Spring round", stage=Stage.NOMINATING)
    standing = {"candidacy__round": round}
    NominationFactory(**standing)
    NominationFactory(**standing, state=Nomination.State.SUBMITTED)
    NominationFactory(**standing, state=Nomination.State.DRAFT)
    for due, begun in ((-HOUR, False), (47 * HOUR, False), (48 * HOUR + SECOND, False), (HOUR, True)):
        response = ResponseFactory(candidacy=CandidacyFactory(round=round), sent_at=seven - 5 * DAY, due_at=seven + due)
        if begun:
            question = response.questionnaire.sections.first().questions.first()
            response.answers.create(question=question, value="yes", edited_at=seven)
    ResponseFactory(candidacy=CandidacyFactory(round=round), sent_at=seven, submitted_at=seven)
    LetterFactory(topic=round.topic, state=State.SENT)
    LetterFactory(topic=round.topic, state=State.FAILED)
    LetterFactory(topic=round.topic, state=State.READY, not_before=seven)

    assert numbers(round, seven) == [
        ("Nominations accepted", "1 of 2"),
        ("Nominations that wait for you", "1 of 2"),
        ("Questionnaires overdue", "1 of 5"),
        ("Questionnaires due within 48 hours, nothing answered", "1 of 5"),
        ("Questionnaires due within 48 hours, begun", "1 of 5"),
        ("Questionnaires with more time", "1 of 5"),
        ("Questionnaires answered", "1 of 5"),
        ("Letters sent", "1 of 3"),
        ("Letters that wait", "1 of 3"),
        ("Letters refused or set aside", "1 of 3"),
    ]

    digest.write_due(seven)
    Letter.objects.filter(topic=round.topic).delete()
    assert postroom.send_due(seven) == 1
    [message] = mail.outbox
    said = " ".join(message.body.split())
    assert message.subject == "Spring round this morning: nothing is wrong"
    assert "Now: Nominations. Next: Vetting, Monday, February 23, 2026" in said
    assert "That is in 13 days" in said
    assert "What is wrong: Nothing at this moment." in said
    assert f"Nominations accepted: 1 of 2 {settings.BASE_URL}/desk/rounds/nomination/?cycle__id__exact=" in said
    html = message.alternatives[0].content
    assert f'href="{settings.BASE_URL}/desk/rounds/round/{round.pk}/change/' in html


def test_alarms_stand_in_it_with_their_age_and_whose_they_are(seven, dee):
    Tick.objects.create(host="worker-1", at=seven)
    round = RoundFactory(stage=Stage.VOTING)
    wrong = {"round": round, "url": "/desk/mailings/provider/"}
    StandingAlarm.objects.create(kind="late", sentence="3 letters are late.", since=seven - HOUR, **wrong)
    taken = StandingAlarm.objects.create(kind="stalled", sentence="It stands still.", since=seven - DAY, **wrong)
    StandingAlarm.objects.create(kind="bounced", sentence="Over.", since=seven, over_at=seven, **wrong)
    watching.see(taken, by=dee, now=seven, reason="I call them.")

    said = digest.context_of(round, seven)

    assert said["needs"] == "2 things are wrong"
    assert [(one["sentence"], one["age"], one["owner"]) for one in said["alarms"]] == [
        ("It stands still.", "For 1 day.", "Dee Dorn has taken it: I call them."),
        ("3 letters are late.", "For 1 hour.", "Nobody has taken it."),
    ]
    digest.write_due(seven)
    assert postroom.send_due(seven) == 1
    body = " ".join(mail.outbox[0].body.split())
    assert "It stands still. For 1 day. Dee Dorn has taken it: I call them. http" in body


def test_turnout_is_against_the_floor_as_anybody_may_know_it(dee):
    round, contests, _entries = polls(contests=3)
    for contest, ballots in zip(contests, (10, 20, 40), strict=True):
        ContestRoll.objects.filter(contest=contest).update(eligible=400)
        Turnout.objects.create(contest=contest, ballots=ballots, refreshed_at=round.voting_opens_at)

    found = numbers(round, round.voting_opens_at + HOUR)

    labels = [contest.race.label for contest in contests]
    assert found == [
        ("Races over their turnout floor", "1 of 3"),
        (f"Turnout in {labels[0]}", "under 20 of 400; floor: 25"),
        (f"Turnout in {labels[1]}", "20 of 400; floor: 25"),
    ]
    # Whether a hidden one is over a low floor is not said either.
    Round.objects.update(turnout_min_votes=5)
    round.refresh_from_db()
    assert numbers(round, round.voting_opens_at + HOUR)[0] == ("Races over their turnout floor", "2 of 3")


def test_many_races_under_their_floor_are_counted_and_not_all_named(monkeypatch, dee):
    monkeypatch.setattr(digest, "MOST", 1)
    round, contests, _entries = polls(contests=3)
    for contest in contests:
        Turnout.objects.create(contest=contest, ballots=0, refreshed_at=round.voting_opens_at)
    assert [label for label, _words in numbers(round, round.voting_opens_at)] == [
        "Races over their turnout floor",
        f"Turnout in {contests[0].race.label}",
        "Not over the floor yet",
    ]


def test_it_is_the_same_whatever_was_voted(set_clock, dee):
    said = []
    round, _contests, entries = polls(candidates=2, voters=3)
    set_clock(round.voting_opens_at + HOUR)
    turnout.refresh(round.voting_opens_at + HOUR)
    for entry, option in zip(entries, (1, 2, 2), strict=True):
        said.append(digest.context_of(round, round.voting_opens_at + HOUR))
        vote(entry, option=option)
    assert said[0] == said[1] == said[2]
