"""What is wrong with a round's letters: when an alarm begins and when it ends. Who hears of it: test_watching.py."""

from datetime import timedelta

import pytest

from mailings import queue, ramp
from mailings.models import Delivery, Letter, Wave
from rounds.models import Round
from tests.factories.mailings import LetterFactory, ProviderFactory, WaveFactory
from tests.factories.rounds import RoundFactory
from tests.factories.voting import polls
from tests.factories.voting import vote as cast
from voting import alarms, obstacles, posting, turnout
from voting.models import ContestRoll, RollEntry, Turnout

pytestmark = pytest.mark.django_db
State = Letter.State
MINUTE, SECOND, HOUR = timedelta(minutes=1), timedelta(seconds=1), timedelta(hours=1)


@pytest.fixture
def vote(set_clock):
    """An open vote with one voter, as the clock opens it: its ballot letter is in line."""
    round, _contests, [entry] = polls()
    set_clock(round.voting_opens_at)
    posting.enqueue_ballots(round, now=round.voting_opens_at)
    ProviderFactory(sent_at=round.voting_opens_at + 100 * HOUR)  # letters of others go all the time
    return round, entry


def kinds(round, now):
    return [alarm.kind for alarm in alarms.found(round, now)]


@pytest.mark.parametrize(("minutes", "seconds", "wrong"), [(29, 59, []), (30, 0, [alarms.NOTHING_SENT])])
def test_an_open_vote_of_which_nothing_was_taken(vote, minutes, seconds, wrong):
    round, _entry = vote
    now = round.voting_opens_at + minutes * MINUTE + seconds * SECOND
    assert kinds(round, now) == wrong
    Letter.objects.update(state=State.SENT)
    assert kinds(round, now) == []


@pytest.mark.parametrize(("minutes", "wrong"), [(89, []), (90, [alarms.NOTHING_SENT])])
def test_a_dry_run_takes_its_time(vote, minutes, wrong):
    round, _entry = vote
    Wave.objects.update(step=Wave.Step.CHECKING)
    assert kinds(round, round.voting_opens_at + minutes * MINUTE) == wrong


@pytest.fixture
def quiet(vote):
    """A large vote whose letters went out as it opened, and whose turnout was looked at two hours later."""
    round, _entry = vote
    Letter.objects.update(state=State.SENT, settled_at=round.voting_opens_at)
    ContestRoll.objects.update(eligible=alarms.MANY_VOTERS)
    at = round.voting_opens_at + 2 * HOUR
    Turnout.objects.create(contest=round.contests.get(), ballots=0, refreshed_at=at)
    return round, at


def test_ballots_that_do_not_come_in_are_told_after_two_hours(quiet):
    round, at = quiet
    assert kinds(round, at - SECOND) == []
    [alarm] = alarms.found(round, at)
    assert alarm.kind == alarms.NO_BALLOTS
    assert alarm.sentence.startswith("1 ballot letter went out two hours ago or more, and no contest has 20 ballots")
    Letter.objects.update(settled_at=round.voting_opens_at + SECOND)
    assert kinds(round, at) == []
    assert kinds(round, at + SECOND) == [alarms.NO_BALLOTS]


@pytest.mark.parametrize(("ballots", "wrong"), [(10, [alarms.NO_BALLOTS]), (20, [])])
def test_it_tells_no_more_than_the_turnout_shows(quiet, ballots, wrong):
    round, at = quiet
    Turnout.objects.update(ballots=ballots)
    assert kinds(round, at) == wrong


def test_the_first_ballot_does_not_end_it(quiet):
    round, at = quiet
    cast(RollEntry.objects.get(round=round))
    Turnout.objects.update(refreshed_at=at - HOUR)
    turnout.refresh(at)
    assert kinds(round, at) == [alarms.NO_BALLOTS]


def test_a_small_vote_and_a_turnout_not_yet_looked_at_tell_nothing(quiet):
    round, at = quiet
    ContestRoll.objects.update(eligible=alarms.MANY_VOTERS - 1)
    assert kinds(round, at) == []
    ContestRoll.objects.update(eligible=alarms.MANY_VOTERS)
    Turnout.objects.update(refreshed_at=at - SECOND)
    assert kinds(round, at) == []


@pytest.mark.parametrize(("since", "wrong"), [(10 * MINUTE - SECOND, []), (10 * MINUTE, [alarms.STALLED])])
def test_a_line_that_stands_still(vote, since, wrong):
    round, _entry = vote
    now = round.voting_opens_at + 20 * MINUTE
    ProviderFactory._meta.model.objects.update(sent_at=now - since)
    assert kinds(round, now) == wrong


def test_a_line_is_not_still_before_its_letters_are_due_so_long(vote):
    round, _entry = vote
    ProviderFactory._meta.model.objects.update(sent_at=None)
    assert kinds(round, round.voting_opens_at + 10 * MINUTE - SECOND) == []
    assert kinds(round, round.voting_opens_at + 10 * MINUTE) == [alarms.STALLED]
    Letter.objects.update(attempts=1)  # its own server puts it off: the line itself goes
    assert kinds(round, round.voting_opens_at + 10 * MINUTE) == []


@pytest.mark.parametrize("state", [State.READY, State.LEASED, State.HELD, State.SET_ASIDE])
def test_a_ballot_that_is_not_sent_twelve_hours_before_the_close(vote, state):
    round, _entry = vote
    LetterFactory(name="voting.ballot", topic=round.topic, state=State.SENT)
    Letter.objects.exclude(state=State.SENT).update(state=state)
    twelve = round.voting_closes_at - 12 * HOUR
    assert kinds(round, twelve - SECOND) == []
    [alarm] = alarms.found(round, twelve)
    assert alarm.sentence == "1 ballot letter is not sent, and the vote closes within twelve hours."
    Letter.objects.update(state=State.FAILED)
    LetterFactory(name="voting.ballot", topic=round.topic, state=State.SENT)
    assert kinds(round, twelve) == []


@pytest.mark.parametrize("stage", [Round.Stage.FROZEN, Round.Stage.POLLS_CLOSED])
def test_an_alarm_about_the_vote_is_only_for_an_open_one(stage):
    round = RoundFactory(stage=stage)
    assert alarms.found(round, round.voting_closes_at - HOUR) == []


def test_a_paused_vote_is_meant_to_wait(vote):
    round, _entry = vote
    now = round.voting_opens_at + 40 * MINUTE
    round.paused_since = now
    queue.stop(round.topic, reason="a flood", now=now)
    assert alarms.found(round, now) == []


def test_what_was_stopped_is_said_with_its_reason_and_its_page(vote):
    round, _entry = vote
    wave = Wave.objects.get()
    ramp.stop(wave, reason="6 of the last 100 letters bounced", now=round.voting_opens_at)
    queue.stop(round.topic, reason="a wrong date", now=round.voting_opens_at + SECOND)
    said = alarms.found(round, round.voting_opens_at + MINUTE)
    assert [(one.kind, one.sentence, one.since) for one in said] == [
        (alarms.STOPPED, "All letters of this round are stopped: a wrong date", round.voting_opens_at + SECOND),
        (
            alarms.STOPPED,
            "Stopped: The ballot letters (1 in all). 6 of the last 100 letters bounced",
            round.voting_opens_at,
        ),
    ]
    assert [one.url for one in said] == [
        f"/desk/mailings/stoppedtopic/resume/of/{round.topic}/?back=/desk/rounds/round/{round.pk}/change/",
        f"/desk/mailings/wave/{wave.pk}/change/",
    ]
    assert obstacles.obstacles(round, round.voting_opens_at) == []  # an alarm is said once


def test_stopped_once_more_is_another_alarm(vote):
    round, _entry = vote
    about = set()
    for minutes in (1, 2):
        queue.stop(round.topic, reason="a look first", now=round.voting_opens_at + minutes * MINUTE)
        about |= {one.about for one in alarms.found(round, round.voting_opens_at + minutes * MINUTE)}
        queue.resume(round.topic)
    assert len(about) == 2


@pytest.mark.parametrize("stage", [Round.Stage.VETTING, Round.Stage.ANNOUNCED])
def test_a_line_stands_still_at_any_stage_that_goes_on(stage):
    round = RoundFactory(stage=stage)
    LetterFactory(topic=round.topic, not_before=round.voting_opens_at)
    assert kinds(round, round.voting_opens_at + 10 * MINUTE) == [alarms.STALLED]
    round.stage = Round.Stage.CANCELLED
    assert kinds(round, round.voting_opens_at + 10 * MINUTE) == []


def rated(round, *, sent, refused=0, **states):
    """A wave of the round with so many letters out, and so many reports of each kind."""
    counts = {State.SENT.value: sent, State.FAILED.value: refused}
    opened = round.voting_opens_at
    wave = WaveFactory(topic=round.topic, subject=round.pk, name="voting.ballot", not_before=opened, counts=counts)
    for state, number in states.items():
        for _number in range(number):
            letter = LetterFactory(
                name=wave.name, subject=wave.subject, wave=wave.number, topic=round.topic, state=State.SENT
            )
            Delivery.objects.create(letter=letter, state=Delivery.State[state], at=opened, provider="mailgun")
    return wave


@pytest.mark.parametrize(
    ("sent", "refused", "reports", "wrong"),
    [
        (98, 2, {}, []),  # 2 % is not over 2 %
        (97, 3, {}, [alarms.BOUNCED]),
        (100, 0, {"BOUNCED": 2, "RETURNED": 1, "DELIVERED": 9, "SUPPRESSED": 5}, [alarms.BOUNCED]),
        (100, 0, {"DELIVERED": 9, "SUPPRESSED": 5, "DEFERRED": 5}, []),
        (47, 2, {}, []),  # fewer than fifty say nothing
        (1000, 0, {"COMPLAINED": 1}, []),  # 0.1 % is not over 0.1 %
        (1000, 0, {"COMPLAINED": 2}, [alarms.COMPLAINED]),
        (100, 0, {"COMPLAINED": 1}, []),  # of a thousand at the least
        (3000, 0, {"COMPLAINED": 3}, []),
        (3000, 0, {"COMPLAINED": 4}, [alarms.COMPLAINED]),
    ],
)
def test_a_wave_of_which_too_much_came_back(sent, refused, reports, wrong):
    round = RoundFactory(stage=Round.Stage.FROZEN)
    wave = rated(round, sent=sent, refused=refused, **reports)
    found = alarms.found(round, round.voting_opens_at + HOUR)
    assert [(one.kind, one.about) for one in found] == [(kind, f"wave {wave.pk}") for kind in wrong]
    assert wave.stopped_at is None


def test_the_sentence_of_a_rate_has_its_denominator():
    round = RoundFactory(stage=Round.Stage.ANNOUNCED)
    rated(round, sent=2000, refused=60, COMPLAINED=3)
    assert [one.sentence for one in alarms.found(round, round.voting_opens_at + HOUR)] == [
        "The ballot letters: 3 complaints after 2,060 letters, over 0.1%.",
        "The ballot letters: 60 of 2,060 letters were refused or came back, over 2%.",
    ]


@pytest.mark.parametrize(("after", "wrong"), [(72 * HOUR - SECOND, [alarms.BOUNCED]), (72 * HOUR, [])])
def test_a_wave_is_looked_at_for_three_days_also_when_it_is_done(after, wrong):
    round = RoundFactory(stage=Round.Stage.ANNOUNCED)
    rated(round, sent=97, refused=3)
    Wave.objects.update(step=Wave.Step.DONE)
    assert kinds(round, round.voting_opens_at + after) == wrong
    assert kinds(round, round.voting_opens_at - SECOND) == []


def test_a_wave_that_waits_for_a_persons_word_is_a_note_and_no_alarm(settings):
    settings.RAMP_BY_HAND = True
    round = RoundFactory(stage=Round.Stage.ANNOUNCED)
    WaveFactory(topic=round.topic, step=Wave.Step.CANARIES)
    [note] = [one for one in obstacles.obstacles(round, round.announce_at) if "voting" in one.url or "wave" in one.url]
    assert note.sentence.endswith("Somebody has to say that the next may go.")
    assert alarms.found(round, round.announce_at) == []
