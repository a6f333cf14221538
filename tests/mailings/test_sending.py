"""The mail server's answers: later, never, or no way at all."""

import smtplib
from datetime import timedelta
from types import SimpleNamespace

import pytest
from anymail.exceptions import AnymailAPIError, AnymailRecipientsRefused
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend

from mailings import claiming, postroom, queue, sending
from mailings.models import Letter, Provider, StoppedTopic

pytestmark = pytest.mark.django_db
State = Letter.State


class MoodyBackend(BaseEmailBackend):
    """Raises what the test laid down for an address, and keeps the rest."""

    moods = {}
    opened = 0
    at_the_door = None

    def open(self):
        type(self).opened += 1
        if self.at_the_door:
            raise self.at_the_door

    def send_messages(self, messages):
        for message in messages:
            if mood := self.moods.get(message.to[0]):
                raise mood
            mail.outbox.append(message)
        return len(messages)


@pytest.fixture
def moods(settings, monkeypatch):
    settings.EMAIL_BACKEND = f"{__name__}.MoodyBackend"
    monkeypatch.setattr(MoodyBackend, "moods", {})
    monkeypatch.setattr(MoodyBackend, "opened", 0)
    monkeypatch.setattr(MoodyBackend, "at_the_door", None)
    return MoodyBackend


def refusal(code, text=b"<ben@example.org> user unknown"):
    return smtplib.SMTPRecipientsRefused({"ben@example.org": (code, text)})


def provider(status):
    return AnymailAPIError("ben@example.org", status_code=status, response=SimpleNamespace(reason="x", text="y"))


@pytest.fixture
def two(sample, in_line):
    """Ben, whose server is moody, and Ok."""
    in_line([sample.seat("ben@example.org", ""), sample.seat("ok@example.org", "")])


def test_one_connection_for_all(sample, in_line, noon, moods):
    in_line(sample.seats(150))
    assert postroom.send_due(noon) == 150
    assert moods.opened == 1


@pytest.mark.parametrize("error", [refusal(450), smtplib.SMTPDataError(451, b"try again, ben@example.org")])
def test_4xx_goes_later_and_waits_twice_as_long_each_time(two, noon, moods, error):
    moods.moods["ben@example.org"] = error
    assert postroom.send_due(noon) == 1
    now = noon
    for attempt, minutes in enumerate([1, 2, 4, 8], start=1):
        letter = Letter.objects.get(seat=1)
        assert (letter.state, letter.attempts, letter.not_before) == (
            State.READY,
            attempt,
            now + timedelta(minutes=minutes),
        )
        assert "ben@" not in letter.reason
        assert postroom.send_due(letter.not_before - timedelta(seconds=1)) == 0
        now = letter.not_before
        postroom.send_due(now)
    moods.moods.clear()
    assert postroom.send_due(now + timedelta(hours=1)) == 1
    assert queue.left("round:1") == 0


def test_4xx_is_given_up_in_the_end(two, noon, moods):
    moods.moods["ben@example.org"] = refusal(450)
    Letter.objects.filter(seat=1).update(attempts=claiming.GIVE_UP_AFTER - 1)
    postroom.send_due(noon)
    letter = Letter.objects.get(seat=1)
    assert (letter.state, letter.reason) == (State.FAILED, "given up: 450 (address) user unknown")


def test_the_wait_grows_to_six_hours():
    assert [claiming.wait(n) for n in (1, 2, 9, 10, 500)] == [
        timedelta(minutes=1),
        timedelta(minutes=2),
        timedelta(minutes=256),
        timedelta(hours=6),
        timedelta(hours=6),
    ]


@pytest.mark.parametrize("error", [refusal(550), smtplib.SMTPDataError(554, b"no")])
def test_5xx_is_never_tried_again(two, noon, moods, error):
    moods.moods["ben@example.org"] = error
    assert postroom.send_due(noon) == 1
    letter = Letter.objects.get(seat=1)
    assert (letter.state, letter.settled_at) == (State.FAILED, noon)
    assert letter.reason[:3] in ("550", "554")
    assert "ben@" not in letter.reason
    moods.moods.clear()
    assert postroom.send_due(noon + timedelta(days=1)) == 0


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPServerDisconnected("gone"),
        TimeoutError("slow"),
    ],
)
def test_a_broken_line_blames_nobody(sample, in_line, noon, moods, error):
    in_line([sample.seat("ben@example.org", ""), *sample.seats(3)])
    moods.moods["ben@example.org"] = error
    assert postroom.send_due(noon) == 0
    # Whether Ben's letter arrived is not known: it waits a minute. The others were not touched.
    assert list(Letter.objects.order_by("seat").values_list("state", "attempts", "not_before")) == [
        (State.READY, 1, noon + timedelta(minutes=1)),
        *[(State.READY, 0, noon)] * 3,
    ]
    assert postroom.send_due(noon) == 3


@pytest.mark.parametrize(
    "error", [smtplib.SMTPSenderRefused(550, b"you?", "vote@example.org"), refusal(421), provider(429), provider(401)]
)
def test_a_server_that_wants_us_to_wait_is_let_alone(sample, in_line, noon, moods, error):
    in_line([sample.seat("ben@example.org", ""), *sample.seats(3)])
    moods.moods["ben@example.org"] = error
    assert postroom.send_due(noon) == 0
    paused = Provider.objects.get()
    assert (paused.pauses, "ben@" in paused.pause_reason) == (1, False)
    assert Letter.objects.get(seat=1).attempts == 1
    assert postroom.send_due(paused.paused_until - timedelta(seconds=1)) == 0
    moods.moods.clear()
    assert postroom.send_due(noon + timedelta(minutes=1)) == 4
    paused.refresh_from_db()
    assert (paused.pauses, paused.paused_until, paused.pause_reason) == (0, None, "")


def test_a_server_that_is_away_costs_no_attempt(two, noon, moods):
    moods.at_the_door = ConnectionRefusedError()
    assert postroom.send_due(noon) == 0
    assert set(Letter.objects.values_list("state", "attempts", "not_before")) == {(State.READY, 0, noon)}
    moods.at_the_door = None
    assert postroom.send_due(noon) == 2


def test_a_message_the_backend_cannot_take_is_set_aside_alone(two, noon, moods):
    moods.moods["ben@example.org"] = ValueError("ben@example.org")
    assert postroom.send_due(noon) == 1
    letter = Letter.objects.get(seat=1)
    assert letter.state == State.SET_ASIDE
    assert letter.reason.startswith("ValueError at test_sending.py:")


def test_what_is_out_is_marked_even_when_the_process_is_told_to_stop(sample, in_line, noon, moods):
    in_line([*sample.seats(2), sample.seat("ben@example.org", ""), *sample.seats(1)])
    moods.moods["ben@example.org"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        postroom.send_due(noon)
    assert list(Letter.objects.order_by("seat").values_list("state", flat=True)) == [
        State.SENT,
        State.SENT,
        State.LEASED,
        State.READY,
    ]


def test_a_server_that_refuses_nearly_all_stops_the_topic(sample, in_line, noon, moods):
    seats = sample.seats(claiming.BATCH + 1)
    in_line(seats)
    moods.moods.update({f"Person {i} <person{i}@example.org>": refusal(554) for i in range(51)})
    assert postroom.send_due(noon) == 49
    assert "refused 51 in a row" in StoppedTopic.objects.get().reason
    assert queue.left("round:1") == 1


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (provider(429), sending.Busy),
        (provider(503), sending.Deferred),
        (provider(422), sending.Refused),
        (provider(401), sending.Busy),
        (AnymailRecipientsRefused(), sending.Refused),
    ],
)
def test_a_providers_answers(error, verdict):
    def fail(messages):
        raise error

    with pytest.raises(verdict) as caught:
        sending.hand_over(SimpleNamespace(send_messages=fail), None)
    assert type(caught.value) is verdict
    assert "ben@" not in str(caught.value)
