"""What is wrong with a vote's letters: when an alarm begins, when it ends, and that staff hear of it once."""

from datetime import timedelta

import pytest
from django.core import mail

from endorsements import lifecycle
from mailings import postroom, queue, ramp
from mailings.models import Letter, Wave
from rounds.models import Round
from tests.factories.groups import UserFactory
from tests.factories.mailings import LetterFactory, ProviderFactory, WaveFactory
from tests.factories.rounds import RoundFactory
from tests.factories.voting import polls
from voting import alarms, obstacles, posting

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


def numbers(round, now):
    return [alarm.number for alarm in alarms.found(round, now)]


@pytest.mark.parametrize(("minutes", "seconds", "wrong"), [(29, 59, []), (30, 0, [alarms.NOTHING_SENT])])
def test_an_open_vote_of_which_nothing_was_taken(vote, minutes, seconds, wrong):
    round, _entry = vote
    now = round.voting_opens_at + minutes * MINUTE + seconds * SECOND
    assert numbers(round, now) == wrong
    Letter.objects.update(state=State.SENT)
    assert numbers(round, now) == []


@pytest.mark.parametrize(("minutes", "wrong"), [(89, []), (90, [alarms.NOTHING_SENT])])
def test_a_dry_run_takes_its_time(vote, minutes, wrong):
    round, _entry = vote
    Wave.objects.update(step=Wave.Step.CHECKING)
    assert numbers(round, round.voting_opens_at + minutes * MINUTE) == wrong


@pytest.mark.parametrize(("since", "wrong"), [(10 * MINUTE - SECOND, []), (10 * MINUTE, [alarms.STALLED])])
def test_a_line_that_stands_still(vote, since, wrong):
    round, _entry = vote
    now = round.voting_opens_at + 20 * MINUTE
    ProviderFactory._meta.model.objects.update(sent_at=now - since)
    assert numbers(round, now) == wrong


def test_a_line_is_not_still_before_its_letters_are_due_so_long(vote):
    round, _entry = vote
    ProviderFactory._meta.model.objects.update(sent_at=None)
    assert numbers(round, round.voting_opens_at + 10 * MINUTE - SECOND) == []
    assert numbers(round, round.voting_opens_at + 10 * MINUTE) == [alarms.STALLED]
    Letter.objects.update(attempts=1)  # its own server puts it off: the line itself goes
    assert numbers(round, round.voting_opens_at + 10 * MINUTE) == []


@pytest.mark.parametrize("state", [State.READY, State.LEASED, State.HELD, State.SET_ASIDE])
def test_a_ballot_that_is_not_sent_twelve_hours_before_the_close(vote, state):
    round, _entry = vote
    LetterFactory(name="voting.ballot", topic=round.topic, state=State.SENT)
    Letter.objects.exclude(state=State.SENT).update(state=state)
    twelve = round.voting_closes_at - 12 * HOUR
    assert numbers(round, twelve - SECOND) == []
    [alarm] = alarms.found(round, twelve)
    assert alarm.sentence == "1 ballot letter is not sent, and the vote closes within twelve hours."
    Letter.objects.update(state=State.FAILED)
    LetterFactory(name="voting.ballot", topic=round.topic, state=State.SENT)
    assert numbers(round, twelve) == []


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
    queue.stop(round.topic, reason="a wrong date", now=round.voting_opens_at)
    said = obstacles.obstacles(round, round.voting_opens_at)
    assert [one.sentence for one in said] == [
        "All letters of this round are stopped: a wrong date",
        "Stopped: The ballot letters (1 in all). 6 of the last 100 letters bounced",
    ]
    assert said[1].url == f"/desk/mailings/wave/{wave.pk}/change/"
    assert not any(one.blocking for one in said)


def test_a_wave_that_waits_for_a_persons_word_is_a_note_and_no_alarm(settings):
    settings.RAMP_BY_HAND = True
    round = RoundFactory(stage=Round.Stage.ANNOUNCED)
    WaveFactory(topic=round.topic, step=Wave.Step.CANARIES)
    [note] = [one for one in obstacles.obstacles(round, round.announce_at) if "voting" in one.url or "wave" in one.url]
    assert note.sentence.endswith("Somebody has to say that the next may go.")
    assert alarms.found(round, round.announce_at) == []


def test_those_who_steer_get_one_letter_about_it_however_often_the_clock_looks(vote, dee):
    round, _entry = vote
    UserFactory(email="eve@example.org", is_staff=True)  # staff, but she steers nothing
    queue.stop(round.topic, reason="a look first", now=round.voting_opens_at)
    now = round.voting_opens_at + 40 * MINUTE
    lifecycle.advance_all(now)
    lifecycle.advance_all(now + MINUTE)
    assert set(Letter.objects.filter(name="voting.alarm").values_list("seat", flat=True)) == {dee.pk}
    assert postroom.send_due(now + 2 * MINUTE) == 2  # nothing is taken, and all is stopped
    assert {message.to[0] for message in mail.outbox} == {"Dee Dorn <dee@example.org>"}
    said = [message.body.replace("\n", " ") for message in mail.outbox]
    assert sum("All letters of this round are stopped: a look first" in text for text in said) == 1
    assert sum("has not taken one ballot letter" in text for text in said) == 1
    assert all(f"/desk/rounds/round/{round.pk}/change/" in text for text in said)
    lifecycle.advance_all(now + 3 * MINUTE)
    assert postroom.send_due(now + 4 * MINUTE) == 0
    # Stopped once more, later: another letter.
    queue.resume(round.topic)
    queue.stop(round.topic, reason="again", now=now + 5 * MINUTE)
    assert alarms.tell(round, now + 5 * MINUTE) == 1


def test_an_alarm_that_is_over_is_not_mailed_any_more(vote, dee):
    round, _entry = vote
    now = round.voting_opens_at + 40 * MINUTE
    assert alarms.tell(round, now) == 1
    Letter.objects.filter(name="voting.ballot").update(state=State.SENT)
    assert postroom.send_due(now) == 0
    assert Letter.objects.get(name="voting.alarm").reason == "it is mended"
