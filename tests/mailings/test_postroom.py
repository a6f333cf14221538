"""Claim, write, render, send, mark: what goes out, and what becomes of what does not."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.core import mail

from journal.models import Entry
from keys import links
from mailings import claiming, letters, postroom, queue, suppression
from mailings.letters import Draft, Skip
from mailings.models import Letter, StoppedTopic, Suppression
from tests.factories.mailings import LetterFactory

pytestmark = pytest.mark.django_db
State = Letter.State


def read(message):
    return message_from_bytes(message.message().as_bytes(), policy=policy.default)


def states():
    return dict(Letter.objects.order_by("seat").values_list("seat", "state"))


def test_a_letter_has_one_recipient_both_parts_and_its_headers(sample, in_line, noon, settings):
    seat = sample.seat("ben@example.org", "Ben Brook")
    in_line([seat])
    assert postroom.send_due(noon) == 1

    [message] = map(read, mail.outbox)
    own = sample.link(settings, seat)
    assert message["To"] == "Ben Brook <ben@example.org>"
    assert message["Subject"] == "Sample Federation: a note for Ben Brook"
    assert message["Reply-To"] == "help@example.org"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["Content-Language"] == "en"
    assert message["Date"].datetime == noon
    assert [name for name in message if name.startswith("List-")] == []
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    text = message.get_body(("plain",)).get_content()
    assert text.splitlines()[:6] == ["Hello Ben Brook,", "", "It is time.", "", own, ""]
    assert "A vote inside Sample Federation, not a government election." in text
    assert all(len(line) <= 76 or line == own for line in text.splitlines())
    page = message.get_body(("html",)).get_content()
    assert page.count(f'href="{own}"') == 3  # Outlook's button, the button, the link in full below
    assert "A vote inside Sample Federation, not a government election." in page
    assert '<html lang="en"' in page


def test_a_sent_letter_is_marked_and_its_app_is_told_in_the_same_moment(sample, in_line, noon):
    in_line(sample.seats(2))
    assert postroom.send_due(noon) == 2
    assert sample.sent == [1, 2]
    for letter in Letter.objects.all():
        assert (letter.state, letter.settled_at, letter.attempts, letter.reason) == (State.SENT, noon, 1, "")
        assert (letter.lease_token, letter.lease_until) == (None, None)
    assert {letter.message_id for letter in Letter.objects.all()} == {
        message.extra_headers["Message-ID"] for message in mail.outbox
    }
    assert postroom.send_due(noon) == 0
    assert len(mail.outbox) == 2


def test_a_repeated_letter_has_the_same_message_id_and_link(sample, in_line, noon):
    in_line([sample.seat("ben@example.org")])
    postroom.send_due(noon)
    Letter.objects.update(state=State.READY)
    postroom.send_due(noon)
    first, second = mail.outbox
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]
    assert first.body == second.body


def test_no_two_letters_share_a_message_id(sample, in_line, noon):
    seats = sample.seats(3)
    in_line(seats, wave=0)
    in_line(seats, wave=1)
    postroom.send_due(noon)
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == 6


def test_news_can_be_left_with_one_click(sample, in_line, noon, settings):
    in_line([sample.seat("ben@example.org")], name="sample.news")
    postroom.send_due(noon)
    [message] = map(read, mail.outbox)
    assert message["List-Unsubscribe"] == f"<{settings.BASE_URL}/news/1/>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    ("kind", "headers", "reason"),
    [
        (letters.NEWS, {}, "news without List-Unsubscribe"),
        (letters.SERVICE, {"List-Unsubscribe": "<https://x/>"}, "a service letter carries no list headers"),
        (letters.SERVICE, {"Bcc": "eve@example.org"}, "the header bcc is not the letter's to set"),
    ],
)
def test_headers_that_are_not_the_apps_to_set(sample, in_line, noon, kind, headers, reason):
    def write(some, now):
        return {letter.pk: Draft("ben@example.org", headers=headers, context={"words": "x"}) for letter in some}

    letters._letters["sample.odd"] = letters.Kind("sample.note", write, kind, 20, None)
    LetterFactory(name="sample.odd", not_before=noon)
    assert postroom.send_due(noon) == 0
    assert Letter.objects.get().reason == reason


def test_the_language_is_the_readers(sample, in_line, noon):
    in_line([sample.seat("ana@example.org", "Ana", language="es"), sample.seat("kim@example.org", language="tlh")])
    postroom.send_due(noon)
    assert [read(message)["Content-Language"] for message in mail.outbox] == ["es", "en"]
    pages = [message.alternatives[0].content for message in mail.outbox]
    assert "Sí, Ana" in pages[0]
    assert "Yes, Ben" in pages[1]


@pytest.mark.parametrize(("minutes", "sent"), [(-1, 0), (0, 1), (1, 1)])
def test_not_before(sample, in_line, noon, minutes, sent):
    in_line([sample.seat("ben@example.org")], not_before=noon)
    assert postroom.send_due(noon + timedelta(minutes=minutes)) == sent


@pytest.mark.parametrize(("minutes", "state"), [(-1, State.SENT), (0, State.EXPIRED), (1, State.EXPIRED)])
def test_expires(sample, in_line, noon, minutes, state):
    in_line([sample.seat("ben@example.org")], now=noon - timedelta(days=1), expires=noon)
    postroom.send_due(noon + timedelta(minutes=minutes))
    assert Letter.objects.get().state == state
    assert len(mail.outbox) == (state == State.SENT)


def test_the_urgent_goes_first(sample, in_line, noon, told):
    in_line([sample.seat("news@example.org")], name="sample.news")
    in_line([sample.seat("note@example.org")])
    postroom.send_due(noon)
    assert told() == ["note@example.org", "news@example.org"]


def test_a_batch_has_one_name_and_at_most_a_hundred(sample, in_line, noon):
    in_line(sample.seats(103))
    assert postroom.send_due(noon) == 103
    assert [len(asked) for asked in sample.asked] == [100, 3]


def test_limit(sample, in_line, noon):
    in_line(sample.seats(5))
    assert postroom.send_due(noon, limit=3) == 3
    assert queue.left("round:1") == 2


def test_a_stopped_topic_waits_and_the_others_go(sample, in_line, noon, told):
    in_line([sample.seat("one@example.org")], topic="round:1")
    in_line([sample.seat("two@example.org")], topic="round:2")
    queue.stop("round:1", reason="a look first", now=noon)
    assert postroom.send_due(noon) == 1
    queue.resume("round:1")
    assert postroom.send_due(noon) == 1
    assert told() == ["two@example.org", "one@example.org"]


def test_skip_says_why(sample, in_line, noon):
    seats = sample.seats(2)
    sample.merge = lambda answers: answers | {min(answers): Skip("the member has voted")}
    in_line(seats)
    assert postroom.send_due(noon) == 1
    assert list(Letter.objects.order_by("seat").values_list("state", "reason")) == [
        (State.SKIPPED, "the member has voted"),
        (State.SENT, ""),
    ]


@pytest.mark.parametrize(
    ("reason", "name", "state"),
    [
        (Suppression.Reason.NEWS, "sample.note", State.SENT),
        (Suppression.Reason.NEWS, "sample.news", State.SKIPPED),
        (Suppression.Reason.BOUNCED, "sample.note", State.SKIPPED),
        (Suppression.Reason.COMPLAINED, "sample.news", State.SKIPPED),
    ],
)
def test_an_address_that_is_not_written_to(sample, in_line, noon, reason, name, state):
    in_line([sample.seat(" BEN@Example.org".strip())], name=name)
    suppression.suppress(["ben@example.org"], reason, now=noon)
    postroom.send_due(noon)
    assert Letter.objects.get().state == state


def test_a_letter_nobody_registered_is_set_aside(sample, noon):
    LetterFactory(name="nobody.letter", not_before=noon)
    assert postroom.send_due(noon) == 0
    letter = Letter.objects.get()
    assert (letter.state, letter.reason) == (State.SET_ASIDE, "No letter is registered as nobody.letter.")


# Poison: one letter that can't be made never holds up the others.


def test_a_row_whose_function_raises_is_set_aside_alone(sample, in_line, noon):
    seats = sample.seats(5)
    in_line(seats)
    sample.words.pop(3)
    assert postroom.send_due(noon) == 4
    assert states() == {seat: State.SET_ASIDE if seat == 3 else State.SENT for seat in seats}
    assert Letter.objects.get(seat=3).reason.startswith("KeyError at conftest.py:")
    assert not StoppedTopic.objects.exists()


def test_a_row_whose_template_raises_is_set_aside_alone(sample, in_line, noon):
    good, bad = sample.seat("a@example.org", words="emails/layout.txt"), sample.seat("b@example.org", words="nowhere")
    in_line([good, bad], name="sample.broken")
    assert postroom.send_due(noon) == 1
    assert states() == {good: State.SENT, bad: State.SET_ASIDE}
    assert Letter.objects.get(seat=bad).reason == "TemplateDoesNotExist: nowhere"


def test_a_row_without_an_answer_is_set_aside_alone(sample, in_line, noon):
    in_line(sample.seats(2))
    sample.merge = lambda answers: {max(answers): answers[max(answers)]}
    assert postroom.send_due(noon) == 1
    assert Letter.objects.get(state=State.SET_ASIDE).reason == "its app did not say what to write"


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b@c", "a@example.org, b@example.org", "a@example.org\nBcc: b@c.d"]
)
def test_a_row_without_an_address_is_set_aside_alone(sample, in_line, noon, address):
    in_line([sample.seat(address), sample.seat("ben@example.org")])
    assert postroom.send_due(noon) == 1
    assert states() == {1: State.SET_ASIDE, 2: State.SENT}


def test_what_follows_a_letter_fails_but_the_letter_is_out(sample, in_line, noon):
    def fail(some, now):
        Letter.objects.update(topic="half done")
        raise RuntimeError("secret")

    in_line([sample.seat("ben@example.org")])
    sample.follow = fail
    assert postroom.send_due(noon) == 1
    letter = Letter.objects.get()
    assert (letter.state, letter.topic) == (State.SENT, "round:1")
    assert letter.reason == "sent, but what follows it failed: RuntimeError"
    assert StoppedTopic.objects.get().topic == "round:1"
    assert postroom.send_due(noon) == 0


# Leases


def test_a_dead_senders_letters_go_again(sample, in_line, noon):
    in_line(sample.seats(2))
    claiming.claim(noon)
    assert postroom.send_due(noon + claiming.LEASE - timedelta(seconds=1)) == 0
    assert postroom.send_due(noon + claiming.LEASE) == 2
    assert set(Letter.objects.values_list("attempts", flat=True)) == {2}


def test_a_late_marker_loses(sample, in_line, noon):
    in_line(sample.seats(2))
    late = claiming.claim(noon)
    after = noon + claiming.LEASE
    claiming.tend(after)
    new = claiming.claim(after)

    won, trouble = claiming.mark_sent(late, dict.fromkeys(late.letters, "<old@x>"), sample.follow, now=after)
    assert (won, trouble) == ([], "")
    assert claiming.settle(late, late.letters, State.FAILED, now=after) == 0
    assert claiming.give_back(late, late.letters, now=after) == 0
    assert set(Letter.objects.values_list("state", "lease_token")) == {(State.LEASED, new.token)}

    won, _ = claiming.mark_sent(new, dict.fromkeys(new.letters, "<new@x>"), None, now=after)
    assert won == new.letters
    assert set(Letter.objects.values_list("state", "message_id")) == {(State.SENT, "<new@x>")}


def test_a_sender_stops_at_half_its_lease(sample, in_line, noon, monkeypatch):
    in_line(sample.seats(4))
    half = iter([False, False, True, False, False, False])
    monkeypatch.setattr(claiming.Batch, "half_gone", lambda batch: next(half))
    assert postroom.send_due(noon) == 4
    assert sample.asked == [[1, 2, 3, 4], [3, 4]]
    assert set(Letter.objects.values_list("attempts", flat=True)) == {1}


def test_half_the_lease_is_measured_on_a_clock_nobody_moves(sample, in_line, noon, monkeypatch):
    in_line(sample.seats(1))
    batch = claiming.claim(noon)
    assert not batch.half_gone()
    for seconds, over in [(149, False), (151, True)]:
        monkeypatch.setattr(claiming.time, "monotonic", lambda seconds=seconds: batch.claimed + seconds)
        assert batch.half_gone() is over


def test_a_letter_that_kills_its_sender_ends_up_alone_and_then_aside(sample, in_line, noon):
    in_line(sample.seats(3))
    Letter.objects.filter(seat=2).update(attempts=claiming.ALONE_FROM)
    assert [letter.seat for letter in claiming.claim(noon).letters] == [1, 3]
    assert [letter.seat for letter in claiming.claim(noon).letters] == [2]
    Letter.objects.filter(seat=2).update(attempts=claiming.GIVE_UP_AFTER)
    claiming.tend(noon + claiming.LEASE)
    assert states() == {1: State.READY, 2: State.SET_ASIDE, 3: State.READY}


def test_two_claims_share_no_letter(sample, in_line, noon):
    in_line(sample.seats(5))
    first, second, third = (claiming.claim(noon, size=3) for _ in range(3))
    assert [letter.seat for letter in first.letters] == [1, 2, 3]
    assert [letter.seat for letter in second.letters] == [4, 5]
    assert third is None


# Injection


@pytest.mark.parametrize(
    "hostile",
    [
        "Ben\r\nBcc: eve@example.org",
        "Ben\nSubject: You won",
        "Ben\u2028X-Evil: 1",
        "Ben\x00\x0b\x0cX",
        '"Ben" <eve@example.org>, ',
        "=?utf-8?q?Ben=0D=0ABcc:_eve=40example.org?=",
        "B" * 500,
    ],
)
def test_a_hostile_name_makes_no_header_and_no_second_recipient(sample, in_line, noon, hostile):
    in_line([sample.seat("ben@example.org", hostile), sample.seat("ok@example.org", "Ok")])
    postroom.send_due(noon)
    harmless = set(read(mail.outbox[-1]).keys())
    for message in map(read, mail.outbox):
        assert set(message.keys()) == harmless
        assert [address.addr_spec for address in message["To"].addresses] in (["ben@example.org"], ["ok@example.org"])
        assert len(message.get_all("Subject")) == 1
    assert [message.recipients() for message in mail.outbox if len(message.recipients()) != 1] == []


def test_hostile_words_stay_words(sample, in_line, noon):
    words = "<script>alert(1)</script><img src=x onerror=alert(1)> \"&' {{ link }} {% now %}"
    in_line([sample.seat("ben@example.org", "<b>Ben</b>", words=words)])
    assert postroom.send_due(noon) == 1
    page = mail.outbox[0].alternatives[0].content
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{ link }}" in page
    assert words in mail.outbox[0].body.replace("\n", " ")  # plain text is not escaped


def test_what_the_row_keeps(sample, in_line, noon):
    """Never an address, a body or a token (DESIGN: letters follow state)."""
    in_line([sample.seat("ben@example.org", "Ben Brook", words="a secret")])
    postroom.send_due(noon)
    row = repr(Letter.objects.values_list().get()) + repr(list(Entry.objects.values_list()))
    for secret in ["ben@", "Ben Brook", "a secret", links.standing("sample", 1)]:
        assert secret not in row
