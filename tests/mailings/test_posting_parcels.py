"""What becomes of a batch when its provider says later, never, or nothing at all."""

from datetime import timedelta

import pytest

from mailings import carriers, claiming, postroom
from mailings.models import Letter, StoppedTopic
from tests import providers

pytestmark = pytest.mark.django_db
State = Letter.State


@pytest.fixture
def five(sample, in_line, provider):
    """Five letters that share a text, and the provider they go to: five("mailgun")."""

    def choose(name="mailgun"):
        sample.shares = lambda letter: "all"
        in_line(sample.seats(5))
        return provider(name)

    return choose


def states():
    return sorted(Letter.objects.values_list("state", flat=True))


def test_each_is_marked_and_its_app_is_told(five, sample, noon):
    chosen = five()
    assert postroom.send_due(noon) == 5
    assert sample.sent == [1, 2, 3, 4, 5]
    assert set(Letter.objects.values_list("state", "settled_at", "attempts", "lease_token", "message_id")) == {
        (State.SENT, noon, 1, None, "<batch@example.org>")
    }
    assert postroom.send_due(noon) == 0
    assert len(chosen.requests) == 1


def test_each_keeps_its_own_number_where_the_provider_gives_one(five, noon):
    five("mandrill")
    postroom.send_due(noon)
    assert sorted(Letter.objects.values_list("message_id", flat=True)) == [f"m-person{n}@example.org" for n in range(5)]


def test_trouble_of_the_providers_own_goes_later(five, noon):
    chosen = five()
    chosen.answers = [503]
    assert postroom.send_due(noon) == 0
    assert set(Letter.objects.values_list("state", "attempts", "not_before", "reason")) == {
        (State.READY, 1, noon + timedelta(minutes=1), "the provider answered 503")
    }
    assert postroom.send_due(noon + timedelta(minutes=1)) == 5


def test_a_provider_that_asks_us_to_wait_stops_this_sender(five, noon):
    chosen = five()
    chosen.answers = [429]
    assert postroom.send_due(noon) == 0
    assert states() == [State.READY] * 5
    assert chosen.requests == []


def test_a_line_that_breaks_may_have_been_heard(five, noon):
    chosen = five()
    chosen.answers = ["drop"]
    assert postroom.send_due(noon) == 0
    assert set(Letter.objects.values_list("state", "attempts", "reason")) == {(State.READY, 1, "ConnectionError")}
    assert postroom.send_due(noon + timedelta(minutes=1)) == 5


def test_one_bad_address_does_not_hold_up_the_others(five, noon):
    chosen = five()
    chosen.bad = {"person2@example.org"}
    assert postroom.send_due(noon) == 4
    assert states() == [State.SENT] * 4 + [State.FAILED]
    assert Letter.objects.get(state=State.FAILED).reason == "the provider answered 400"
    assert len(chosen.requests) == 4


def test_what_the_provider_itself_refuses_fails_alone(five, sample, noon, monkeypatch):
    def answer(received):
        rows = [{"email": letter.to, "status": "sent", "_id": "m"} for letter in received]
        return [*rows[1:], rows[0] | {"status": "rejected"}]

    five("mandrill")
    monkeypatch.setitem(providers.ANSWERS, "mandrill", answer)
    assert postroom.send_due(noon) == 4
    letter = Letter.objects.get(state=State.FAILED)
    assert (letter.seat, letter.reason) == (1, "the provider refused the recipient")
    assert sample.sent == [2, 3, 4, 5]


def test_a_yes_that_is_not_understood_is_for_a_human(five, noon, monkeypatch):
    five()
    monkeypatch.setitem(providers.ANSWERS, "mailgun", lambda received: {"id": "<x>"})
    assert postroom.send_due(noon) == 0
    assert states() == [State.SET_ASIDE] * 5
    assert "was not understood" in StoppedTopic.objects.get().reason


def test_without_its_key_nothing_is_tried(five, noon, settings):
    five()
    settings.ANYMAIL = carriers.anymail_settings({})
    assert postroom.send_due(noon) == 0
    assert set(Letter.objects.values_list("state", "attempts")) == {(State.READY, 0)}


def test_a_slow_sender_stops_between_two_parcels(sample, in_line, noon, provider, monkeypatch):
    chosen = provider("mailgun")
    sample.shares = lambda letter: sample.words[letter.seat]
    in_line([sample.seat(f"p{n}@example.org", words=f"{n % 2}") for n in range(4)])
    half = iter([False, True, True, False, False, False])
    monkeypatch.setattr(claiming.Batch, "half_gone", lambda batch: next(half))
    assert postroom.send_due(noon) == 4
    assert len(chosen.requests) == 2
    assert set(Letter.objects.values_list("attempts", flat=True)) == {1}


@pytest.mark.parametrize(
    ("backend", "size"),
    [
        ("anymail.backends.mailgun.EmailBackend", 1000),
        ("anymail.backends.mailjet.EmailBackend", 100),
        ("anymail.backends.postmark.EmailBackend", 100),
        ("django.core.mail.backends.smtp.EmailBackend", 100),
        ("mailings.outbox.OutboxBackend", 100),
    ],
)
def test_how_many_are_taken_in_hand(backend, size):
    assert carriers.batch_of(backend) == size


def test_only_circular_letters_are_taken_by_the_thousand(sample, in_line, noon):
    in_line(sample.seats(7), name="sample.broken")
    in_line(sample.seats(7))
    assert [len(claiming.claim(noon, size=3, many=5).letters) for _ in range(5)] == [3, 3, 1, 5, 2]
