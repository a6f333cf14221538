"""Letters in line: each once, counted, stopped, expired, sent again."""

from datetime import timedelta

import pytest
from django.db import transaction

from journal.models import Entry
from mailings import claiming, postroom, queue
from mailings.models import Letter, StoppedTopic
from tests.factories.mailings import LetterFactory

pytestmark = pytest.mark.django_db
State = Letter.State


def test_enqueue_twice_keeps_each_letter_once(sample, noon):
    say = {"now": noon, "topic": "round:7", "subject": 7}
    assert queue.enqueue("sample.note", seats=[1, 2, 2], **say) == 2
    assert queue.enqueue("sample.note", seats=[1, 2, 3], **say) == 1
    assert queue.enqueue("sample.note", seats=[1], wave=1, **say) == 1
    assert queue.enqueue("sample.news", seats=[1], **say) == 1
    assert queue.enqueue("sample.note", seats=[], **say) == 0
    assert queue.left("round:7") == 5
    assert queue.left("round:7", "sample.news") == 1


def test_a_letter_in_line(sample, noon):
    later, end = noon + timedelta(hours=1), noon + timedelta(hours=2)
    queue.enqueue("sample.news", seats=[9], now=noon, topic="t", subject=3, wave=2, not_before=later, expires=end)
    letter = Letter.objects.get()
    assert (letter.name, letter.topic, letter.subject, letter.seat, letter.wave) == ("sample.news", "t", 3, 9, 2)
    assert (letter.priority, letter.not_before, letter.expires) == (30, later, end)
    assert (letter.state, letter.attempts, letter.reason, letter.message_id) == (State.READY, 0, "", "")
    assert (letter.lease_token, letter.lease_until, letter.settled_at) == (None, None, None)


def test_without_a_topic_a_letters_name_is_its_topic(sample, noon):
    queue.enqueue("sample.note", seats=[1], now=noon)
    letter = Letter.objects.get()
    assert (letter.topic, letter.not_before, letter.expires) == ("sample.note", noon, None)


def test_a_letter_nobody_registered(sample, noon):
    with pytest.raises(LookupError, match=r"sample\.nothing"):
        queue.enqueue("sample.nothing", seats=[1], now=noon)


def test_enqueue_is_in_the_callers_transaction(sample, noon):
    with transaction.atomic():
        queue.enqueue("sample.note", seats=[1], now=noon)
        transaction.set_rollback(True)
    assert Letter.objects.count() == 0


def test_enqueue_takes_many_in_few_statements(sample, noon, django_assert_num_queries):
    with django_assert_num_queries(3 + 2):  # three inserts, a savepoint and its release
        assert queue.enqueue("sample.note", seats=iter(range(1100)), now=noon) == 1100


def test_enqueue_select(sample, noon, django_assert_num_queries):
    LetterFactory.create_batch(3, topic="old", subject=5)
    LetterFactory(topic="other", subject=5)
    select = "SELECT seat FROM mailings_letter WHERE topic = %s"
    with django_assert_num_queries(1):
        new = queue.enqueue_select("sample.note", select, ["old"], now=noon, topic="round:7", subject=7, wave=1)
    assert new == 3
    assert queue.enqueue_select("sample.note", select, ["old"], now=noon, topic="round:7", subject=7, wave=1) == 0
    made = Letter.objects.about("round:7")
    assert set(made.values_list("priority", "not_before", "expires", "state")) == {(20, noon, None, State.READY)}
    assert sorted(made.values_list("seat", flat=True)) == sorted(
        Letter.objects.about("old").values_list("seat", flat=True)
    )


def test_counts(sample, noon):
    queue.enqueue("sample.note", seats=[1, 2, 3], now=noon, topic="t")
    queue.enqueue("sample.news", seats=[1], now=noon, topic="t")
    queue.enqueue("sample.news", seats=[1], now=noon, topic="u", wave=1)
    Letter.objects.filter(seat=3).update(state=State.SENT)
    assert queue.counts("t") == {"sample.note": {State.READY: 2, State.SENT: 1}, "sample.news": {State.READY: 1}}
    assert queue.counts("nothing") == {}


def test_expire(sample, noon):
    queue.enqueue("sample.note", seats=[1, 2], now=noon, topic="t")
    queue.enqueue("sample.news", seats=[1], now=noon, topic="t")
    queue.enqueue("sample.note", seats=[1], now=noon, topic="u", wave=1)
    assert queue.expire("t", names=["sample.note"], now=noon, reason="the round was cancelled") == 2
    assert queue.expire("t", names=["sample.note"], now=noon, reason="again") == 0
    gone = Letter.objects.filter(state=State.EXPIRED)
    assert set(gone.values_list("topic", "reason", "settled_at")) == {("t", "the round was cancelled", noon)}
    assert queue.expire("t", now=noon, reason="all") == 1
    assert queue.left("u") == 1


def test_expire_reaches_a_letter_whose_sender_dies(sample, noon):
    queue.enqueue("sample.note", seats=[1], now=noon, topic="t")
    claiming.claim(noon)
    assert queue.expire("t", now=noon, reason="too late") == 0
    assert postroom.send_due(noon + claiming.LEASE) == 0
    assert Letter.objects.get().state == State.EXPIRED


def test_stop_and_resume_are_journalled_once(sample, noon, dee):
    assert queue.stop("t", reason="a look first", now=noon, by=dee) is True
    assert queue.stop("t", reason="again", now=noon, by=dee) is False
    assert queue.stopped("t").reason == "a look first"
    assert queue.stopped("u") is None
    assert queue.resume("t", now=noon, by=dee) is True
    assert queue.resume("t", now=noon, by=dee) is False
    assert list(Entry.objects.order_by("id").values_list("verb", "subject", "actor_name", "reason")) == [
        ("mailings.stop", "t", "Dee Dorn", "a look first"),
        ("mailings.resume", "t", "Dee Dorn", ""),
    ]
    assert not StoppedTopic.objects.exists()


@pytest.mark.parametrize(
    ("state", "again"),
    [
        (State.READY, 0),
        (State.LEASED, 0),
        (State.SENT, 0),
        (State.FAILED, 1),
        (State.SKIPPED, 0),
        (State.EXPIRED, 0),
        (State.SET_ASIDE, 1),
    ],
)
def test_send_again_takes_only_what_failed(sample, noon, dee, state, again):
    LetterFactory(state=state, attempts=7, reason="why", topic="t")
    assert queue.send_again(Letter.objects.all(), now=noon, by=dee) == again
    letter = Letter.objects.get()
    assert (letter.state, letter.attempts) == ((State.READY, 0) if again else (state, 7))
    assert Entry.objects.count() == again
    assert queue.send_again(Letter.objects.all(), now=noon, by=dee) == 0
