"""A wave by steps: dry run, canaries, 1,000, 10,000, all; the breaker; stop and go on; two workers at once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from journal.models import Entry
from mailings import breaker, claiming, dryrun, postroom, queue, ramp, rendering, suppression
from mailings.letters import Skip
from mailings.models import Delivery, Letter, Piece, StoppedTopic, Wave
from tests.factories.mailings import LetterFactory, WaveFactory
from tests.mailings.test_claiming import at_once

pytestmark = pytest.mark.django_db
State, Step = Letter.State, Wave.Step
MINUTE = timedelta(minutes=1)


@pytest.fixture
def steps(settings, monkeypatch):
    """Steps of 2, 4 and 6 letters for waves of 5 and more, each after ten clean minutes; the breaker asks for 4."""
    settings.RAMP_FROM, settings.RAMP_CLEAN_MINUTES, settings.RAMP_BY_HAND = 5, 10, False
    monkeypatch.setattr(ramp, "UP_TO", {Step.CANARIES: 2, Step.THOUSAND: 4, Step.TEN_THOUSAND: 6})
    monkeypatch.setattr(ramp, "PORTION", 3)
    monkeypatch.setattr(ramp, "PIECE", 2)
    monkeypatch.setattr(breaker, "AT_LEAST", 4)
    return settings


@pytest.fixture
def put(sample, noon):
    """Put a wave of sample.note to so many people in line at noon: put(9)."""

    def write(n, number=1, not_before=None, topic="round:1"):
        seats = sample.seats(n)
        moment = not_before or noon
        say = {"topic": topic, "subject": 1}
        wave = ramp.begin("sample.note", number=number, letters=n, not_before=moment, now=noon, **say)
        select = " UNION ALL ".join(f"SELECT {seat} AS seat" for seat in seats)
        queue.enqueue_select("sample.note", select, [], now=noon, wave=number, not_before=moment, held=wave.held, **say)
        ramp.written(wave)
        return wave

    return write


def step_of(wave):
    wave.refresh_from_db()
    return Step(wave.step)


# Flow


def test_a_small_wave_flows_by_itself(steps, put, noon):
    wave = put(4)
    assert (wave.held, step_of(wave)) == (False, Step.ALL)
    assert postroom.send_due(noon) == 4
    postroom.send_due(noon)
    assert step_of(wave) == Step.DONE


def test_a_large_wave_is_checked_and_goes_by_steps_of_ten_clean_minutes(steps, put, noon, told):
    wave = put(13)
    assert postroom.send_due(noon) == 2  # the dry run, then the canaries at once
    assert (ramp.checked(wave), step_of(wave)) == (13, Step.CANARIES)
    assert postroom.send_due(noon + 10 * MINUTE - timedelta(seconds=1)) == 0
    assert postroom.send_due(noon + 10 * MINUTE) == 2
    assert postroom.send_due(noon + 20 * MINUTE) == 2
    assert postroom.send_due(noon + 30 * MINUTE) == 7  # the rest, in portions of three
    assert told() == [f"person{i}@example.org" for i in range(13)]
    postroom.send_due(noon + 30 * MINUTE)
    assert step_of(wave) == Step.DONE
    assert wave.released == 13


def test_the_embedded_default_goes_on_without_waiting(steps, put, noon):
    steps.RAMP_CLEAN_MINUTES = 0
    wave = put(13)
    assert postroom.send_due(noon) == 13
    assert step_of(wave) == Step.DONE


def test_a_wave_is_checked_ahead_and_waits_for_its_hour(steps, put, noon):
    wave = put(7, not_before=noon + 60 * MINUTE)
    assert postroom.send_due(noon) == 0
    assert (ramp.checked(wave), wave.released) == (7, 0)
    assert postroom.send_due(noon + 59 * MINUTE) == 0
    assert postroom.send_due(noon + 60 * MINUTE) == 2


def test_where_people_decide_nothing_goes_on_by_itself(steps, put, noon, dee):
    steps.RAMP_BY_HAND = True
    wave = put(9)
    assert postroom.send_due(noon) == 2
    assert postroom.send_due(noon + 600 * MINUTE) == 0
    assert ramp.go_on(wave, by=dee, now=noon, reason="they look right") is False  # what we believe is out of date
    wave.refresh_from_db()
    assert ramp.go_on(wave, by=dee, now=noon, reason="they look right") is True
    assert postroom.send_due(noon + 601 * MINUTE) == 2
    entry = Entry.objects.get()
    assert (entry.verb, entry.reason, entry.after) == ("mailings.wave_step", "they look right", {"step": "THOUSAND"})


def test_written_twice_is_once(steps, put, noon):
    wave = put(5)
    assert ramp.written(wave) is False
    assert ramp.begin("sample.note", topic="round:1", subject=1, number=1, letters=9, not_before=noon, now=noon) == wave
    assert Piece.objects.count() == 3


def test_what_a_server_puts_off_does_not_hold_the_next_step_up(steps, put, noon):
    wave = put(9)
    postroom.send_due(noon)
    later = {"not_before": noon + 600 * MINUTE, "attempts": 1, "settled_at": None}
    Letter.objects.filter(seat=1).update(state=State.READY, **later)
    assert postroom.send_due(noon + 10 * MINUTE) == 2
    assert step_of(wave) == Step.THOUSAND


# The dry run


def test_the_dry_run_finds_what_can_not_be_made_and_nothing_is_sent(steps, put, sample, noon, told):
    wave = put(9)
    sample.words.pop(3)
    sample.roll[8] = "nobody", "Nobody"
    assert postroom.send_due(noon) == 0
    wave.refresh_from_db()
    assert (wave.stop_reason, wave.released) == (
        "In the dry run 2 letters could not be made (the first: KeyError).",
        0,
    )
    assert told() == []
    assert set(Letter.objects.values_list("state", "attempts")) == {(State.HELD, 0)}


def test_a_mended_wave_is_checked_anew(steps, put, sample, noon, dee):
    wave = put(9)
    sample.words.pop(3)
    postroom.send_due(noon)
    sample.words[3] = "mended"
    wave.refresh_from_db()
    assert ramp.resume(wave, by=dee, now=noon, reason="mended") is True
    assert ramp.resume(wave, by=dee, now=noon, reason="mended") is False
    assert postroom.send_due(noon) == 2
    assert ramp.checked(wave) == 9


def test_somebody_may_let_it_go_past_what_the_dry_run_found(steps, put, sample, noon, dee):
    steps.RAMP_CLEAN_MINUTES = 0
    wave = put(9)
    sample.words.pop(3)
    postroom.send_due(noon)
    wave.refresh_from_db()
    assert ramp.go_on(wave, by=dee, now=noon, reason="one only") is True
    assert postroom.send_due(noon) == 8
    assert Letter.objects.get(seat=3).state == State.SET_ASIDE


def test_a_planted_merge_bug_stops_the_wave_in_its_dry_run(steps, put, sample, noon, told):
    def shifted(answers):
        keys = list(answers)
        return {key: answers[other] for key, other in zip(keys, keys[1:] + keys[:1], strict=True)}

    sample.merge = lambda answers: {
        key: type(right)(wrong.to, context=right.context, link=right.link, name=right.name)
        for (key, right), wrong in zip(answers.items(), shifted(answers).values(), strict=True)
    }
    wave = put(8)
    assert postroom.send_due(noon) == 0
    wave.refresh_from_db()
    assert "8 letters could not be made" in wave.stop_reason
    assert told() == []


@pytest.mark.parametrize("name", ["mailgun", "sendgrid", "mailjet"])
def test_what_a_provider_merges_is_looked_at_together_and_nothing_is_sent(steps, put, sample, noon, provider, name):
    sample.shares = lambda letter: "all"
    chosen = provider(name)
    wave = put(9)
    sample.roll[8] = "nobody", "Nobody"
    while dryrun.check_next(noon):
        pass
    assert chosen.requests == []
    assert (ramp.checked(wave), ramp.faulty(wave)) == (
        9,
        "In the dry run 1 letter could not be made (there is no address that can be written to).",
    )


def test_letters_that_share_a_text_are_written_once(steps, put, sample, noon, provider, monkeypatch):
    sample.shares = lambda letter: "all"
    provider("mailgun")
    monkeypatch.setattr(ramp, "PIECE", 50)
    written = []
    write = rendering.write
    monkeypatch.setattr(rendering, "write", lambda kind, draft: written.append(draft) or write(kind, draft))
    wave = put(40)
    assert dryrun.check_next(noon) is True
    assert (ramp.checked(wave), ramp.faulty(wave)) == (40, "")
    assert len(written) == 4  # the shared one, and three to compare with it


def test_letters_that_go_one_by_one_and_share_a_text_are_not_all_written(steps, put, sample, noon, monkeypatch):
    sample.shares = lambda letter: "all"
    monkeypatch.setattr(ramp, "PIECE", 50)
    written = []
    write = rendering.write
    monkeypatch.setattr(rendering, "write", lambda kind, draft: written.append(draft) or write(kind, draft))
    wave = put(40)
    assert dryrun.check_next(noon) is True
    assert (ramp.checked(wave), ramp.faulty(wave), len(written)) == (40, "", 4)  # as above


@pytest.mark.parametrize("plant", ["shift the addresses", "lose the owner"])
def test_a_shared_text_hides_no_fault(steps, put, sample, noon, monkeypatch, plant):
    sample.shares = lambda letter: "all"
    monkeypatch.setattr(ramp, "PIECE", 50)
    wave = put(12)
    if plant == "shift the addresses":
        sample.merge = lambda answers: {
            key: replace(draft, to=f"person{(number + 1) % 12}@example.org")
            for number, (key, draft) in enumerate(answers.items())
        }
    else:
        monkeypatch.setattr(sample, "roll", sample.roll.copy())
        own = sample.roll.pop
        sample.merge = lambda answers: answers if 5 not in sample.roll else (own(5), answers)[1]
    assert dryrun.check_next(noon) is True
    assert wave.pieces.get().faulty == {"shift the addresses": 12, "lose the owner": 1}[plant]


def test_letters_that_are_not_needed_are_right(steps, put, sample, noon):
    wave = put(6)
    sample.merge = lambda answers: {key: Skip("the member has voted") for key in answers}
    assert dryrun.check_next(noon) is True
    assert ramp.faulty(wave) == ""


def test_a_killed_process_leaves_its_piece_to_the_next(steps, put, noon):
    wave = put(5)
    held = dryrun.claim(noon)
    assert [dryrun.check_next(noon) for _ in range(3)] == [True, True, False]
    assert ramp.carry_on(noon) == 0
    assert dryrun.check_next(noon + dryrun.LEASE - MINUTE) is False
    assert dryrun.check_next(noon + dryrun.LEASE) is True
    assert ramp.checked(wave) == 5
    # The one that wakes up late does not count its piece again.
    assert not Piece.objects.filter(pk=held.pk, lease_until=held.lease_until, done_at=None).exists()


# The breaker


def tried(wave, *, sent=0, failed=0, put_off=0, reclaimed=0):
    """Letters of a wave that were tried, with these ends."""
    say = {"name": wave.name, "subject": wave.subject, "wave": wave.number, "topic": wave.topic}
    settled = {"settled_at": wave.judged_since, "attempts": 1, **say}
    LetterFactory.create_batch(sent, state=State.SENT, **settled)
    LetterFactory.create_batch(failed, state=State.FAILED, **settled)
    LetterFactory.create_batch(put_off, state=State.READY, attempts=1, reason="451 later", **say)
    LetterFactory.create_batch(reclaimed, state=State.READY, attempts=1, **say)


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ({"sent": 96, "failed": 4}, ""),
        ({"sent": 95, "failed": 5}, "5 of the last 100 letters were refused or bounced; the limit is 5%."),
        ({"sent": 81, "put_off": 19}, ""),
        ({"sent": 80, "reclaimed": 100}, ""),  # what dead senders held
        ({"sent": 80, "put_off": 20}, "20 of the last 100 letters were put off by their servers; the limit is 20%."),
        ({"sent": 24, "failed": 25}, ""),  # too few to say anything
        ({"sent": 25, "failed": 25}, "25 of the last 50 letters were refused or bounced; the limit is 5%."),
    ],
)
def test_where_the_breaker_trips(noon, ends, said):
    wave = WaveFactory(judged_since=noon)
    tried(wave, **ends)
    assert breaker.trouble(wave, now=noon) == said


def test_only_the_last_thousand_count(noon, monkeypatch):
    monkeypatch.setattr(breaker, "LAST", 100)
    wave = WaveFactory(judged_since=noon)
    tried(wave, failed=50)
    tried(wave, sent=96)
    assert breaker.figures(wave) == breaker.Figures(tried=100, complaints=0, bounces=4, deferrals=0)
    assert breaker.trouble(wave, now=noon) == ""


def test_what_the_provider_reports_counts_and_what_was_imported_does_not(noon):
    wave = WaveFactory(judged_since=noon)
    tried(wave, sent=60)
    suppression.suppress(["a@example.org", "b@example.org"], "bounced", now=noon, source=suppression.REPORTED)
    suppression.suppress(["c@example.org"], "complained", now=noon, source="action-network: list.csv")
    assert breaker.figures(wave) == breaker.Figures(tried=60, complaints=0, bounces=2, deferrals=0)
    suppression.suppress(["d@example.org"], "complained", now=noon, source=suppression.REPORTED)
    assert breaker.trouble(wave, now=noon) == "1 complaint after the last 60 letters; the limit is 0.1%."


def test_what_a_provider_says_was_put_off_counts_too(noon):
    wave = WaveFactory(judged_since=noon)
    tried(wave, sent=100)
    letters = Letter.objects.order_by("pk")
    for letter in letters[:20]:
        Delivery.objects.create(letter=letter, state=Delivery.State.DEFERRED, at=noon, provider="mailgun")
    for letter in letters[20:60]:
        Delivery.objects.create(letter=letter, state=Delivery.State.DELIVERED, at=noon, provider="mailgun")
    assert breaker.figures(wave) == breaker.Figures(tried=100, complaints=0, bounces=0, deferrals=20)


def test_a_tripped_wave_takes_back_what_nobody_holds_and_goes_on_when_told(steps, put, noon, dee):
    steps.RAMP_CLEAN_MINUTES = 0
    wave = put(20)
    for piece in range(10):
        assert dryrun.check_next(noon), piece
    ramp.carry_on(noon)
    Letter.objects.filter(wave=1, seat__lte=2).update(state=State.SENT, settled_at=noon)
    for _ in range(3):
        ramp.carry_on(noon)
        ready = Letter.objects.filter(state=State.READY)
        Letter.objects.filter(pk__in=list(ready.values_list("pk", flat=True)[:1])).update(
            state=State.FAILED, settled_at=noon
        )
    assert ramp.carry_on(noon) == 0
    wave.refresh_from_db()
    assert "were refused or bounced; the limit is 5%" in wave.stop_reason
    assert not Letter.objects.filter(state=State.READY).exists()
    assert wave.released == Letter.objects.exclude(state=State.HELD).count()
    assert Entry.objects.get().actor == "clock"
    assert postroom.send_due(noon) == 0
    assert ramp.resume(wave, by=dee, now=noon, reason="an old list, looked at") is True
    assert postroom.send_due(noon) == Letter.objects.filter(state=State.SENT).count() - 2
    assert set(Letter.objects.values_list("state", flat=True)) == {State.SENT, State.FAILED}


# Stop


def test_a_stopped_small_wave_takes_its_letters_back(steps, put, noon, dee):
    wave = put(4)
    batch = claiming.claim(noon, size=1)
    assert ramp.stop(wave, reason="a wrong name", now=noon, by=dee) is True
    assert ramp.stop(wave, reason="again", now=noon, by=dee) is False
    assert sorted(Letter.objects.values_list("state", flat=True)) == [State.LEASED] + [State.HELD] * 3
    assert postroom.send_due(noon) == 0
    claiming.give_back(batch, batch.letters, now=noon)
    ramp.resume(wave, by=dee, now=noon, reason="mended")
    assert postroom.send_due(noon) == 4
    assert [entry.verb for entry in Entry.objects.order_by("id")] == ["mailings.wave_stopped", "mailings.wave_resumed"]


def test_a_stopped_topic_lets_no_step_go(steps, put, noon):
    wave = put(9)
    queue.stop("round:1", reason="a look first", now=noon)
    assert postroom.send_due(noon) == 0
    assert (ramp.checked(wave), ramp.release(wave, now=noon)) == (0, 0)
    queue.resume("round:1")
    assert postroom.send_due(noon) == 2


def test_an_expired_topic_ends_its_wave(steps, put, noon):
    wave = put(9)
    postroom.send_due(noon)
    assert queue.expire("round:1", now=noon, reason="the round was cancelled") == 7
    for minutes in (10, 20, 30, 40):
        postroom.send_due(noon + minutes * MINUTE)
    assert step_of(wave) == Step.DONE
    assert not StoppedTopic.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_let_go_no_more_than_one(steps, put, noon):
    wave = put(13)
    at_once(3, lambda: [dryrun.check_next(noon) for _ in range(7)])
    at_once(3, lambda: ramp.carry_on(noon))
    assert ramp.checked(wave) == 13
    assert Letter.objects.filter(state=State.READY).count() == 2
    wave.refresh_from_db()
    assert (wave.released, step_of(wave)) == (2, Step.CANARIES)


def test_a_sentence_for_each_step(steps, put, noon):
    wave = put(9)
    assert ramp.state_in_words(wave) == "0 of 9 letters are checked; none is sent yet."
    postroom.send_due(noon)
    wave.refresh_from_db()
    assert ramp.state_in_words(wave) == "the first 50 are let go; the next follow after 10 minutes without trouble."
    ramp.stop(wave, reason="a wrong name", now=noon)
    assert ramp.state_in_words(wave) == "Stopped: a wrong name"
