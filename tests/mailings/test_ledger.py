"""What providers report of letters: each report once, in any order."""

import itertools
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from mailings import ledger, postroom
from mailings.ledger import Report
from mailings.models import Delivery, Letter, ProviderReport, Suppression
from tests.factories.mailings import LetterFactory

pytestmark = pytest.mark.django_db
State = Delivery.State
BOUNCED, COMPLAINED = Suppression.Reason.BOUNCED, Suppression.Reason.COMPLAINED


@pytest.fixture
def report(noon):
    """A report about a letter, its number its own: report(letter, State.DELIVERED)."""
    numbers = itertools.count()

    def make(letter, state, **fields):
        fields = {"event": f"event-{next(numbers)}", "at": noon, "provider": "mailgun"} | fields
        return Report(letter=letter.pk, state=state, **fields)

    return make


def everything():
    """All that reports may change."""
    return (
        list(Delivery.objects.order_by("letter").values_list("letter", "state", "at", "provider", "reason")),
        list(Suppression.objects.order_by("address", "reason").values_list("address", "reason", "source")),
        list(Letter.objects.order_by("pk").values_list("pk", "state", "reason")),
        ProviderReport.objects.count(),
    )


def test_a_report_is_kept_with_its_reason(report, noon):
    letter = LetterFactory(state=Letter.State.SENT)
    assert letter.outcome == "accepted"
    assert ledger.record([report(letter, State.RETURNED, reason="552 mailbox full")], now=noon) == 1
    delivery = Delivery.objects.get()
    assert (delivery.letter, delivery.state, delivery.at, delivery.reason) == (
        letter,
        State.RETURNED,
        noon,
        "552 mailbox full",
    )
    assert Letter.objects.get().outcome == "came back"
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (Letter.State.READY, "queued"),
        (Letter.State.LEASED, "queued"),
        (Letter.State.SENT, "accepted"),
        (Letter.State.SKIPPED, "not needed"),
    ],
)
def test_without_a_report_its_own_state_says_how_far_it_got(state, said):
    assert LetterFactory(state=state).outcome == said


def test_the_same_report_again_changes_nothing(report, noon):
    letter = LetterFactory(state=Letter.State.SENT)
    reports = [report(letter, State.DEFERRED), report(letter, State.BOUNCED, address="ben@example.org", mark=BOUNCED)]
    assert ledger.record(reports, now=noon) == 2
    before = everything()
    # Staff may have lifted the mark since: the old report must not bring it back.
    Suppression.objects.all().delete()
    assert ledger.record(reports, now=noon + timedelta(days=1)) == 0
    assert not Suppression.objects.exists()
    assert everything()[0] == before[0]


def test_in_whatever_order_and_however_often_the_end_is_the_same(report, noon):
    dice = random.Random(19)
    some = [LetterFactory(state=Letter.State.SENT) for _ in range(12)]
    reports = []
    for letter in some:
        for _ in range(5):
            state = dice.choice(list(State))
            mark = {State.BOUNCED: BOUNCED, State.COMPLAINED: COMPLAINED}.get(state, "")
            said = {"address": f"p{letter.pk}@example.org", "mark": mark, "reason": dice.choice("abc")}
            reports.append(report(letter, state, at=noon - timedelta(seconds=dice.randrange(9)), **said))
    ends = []
    for _ in range(3):
        Delivery.objects.all().delete()
        Suppression.objects.all().delete()
        ProviderReport.objects.all().delete()
        shuffled = reports * 2
        dice.shuffle(shuffled)
        while shuffled:
            size = dice.randrange(1, 9)
            ledger.record(shuffled[:size], now=noon)
            del shuffled[:size]
        ends.append(everything())
    assert ends[0] == ends[1] == ends[2]
    highest = {letter.pk: max(one.state for one in reports if one.letter == letter.pk) for letter in some}
    assert dict(Delivery.objects.values_list("letter", "state")) == highest


def test_a_higher_state_is_never_taken_back(report, noon):
    letter = LetterFactory(state=Letter.State.SENT)
    for state in (State.DELIVERED, State.COMPLAINED, State.DELIVERED, State.BOUNCED, State.DEFERRED):
        ledger.record([report(letter, state)], now=noon)
    assert Delivery.objects.get().state == State.COMPLAINED


@pytest.mark.parametrize("mark", [BOUNCED, COMPLAINED])
def test_an_address_that_bounced_or_complained_is_not_written_to(report, sample, in_line, noon, mark):
    seat = sample.seat("ben@example.org")
    letter = LetterFactory(seat=seat, state=Letter.State.SENT)
    ledger.record([report(letter, State.BOUNCED, address="ben@example.org", mark=mark)], now=noon)
    note = Suppression.objects.get()
    assert (note.address, note.reason, note.source, note.since) == (
        "ben@example.org",
        mark,
        "reported by mailgun",
        noon,
    )
    in_line([seat])
    assert postroom.send_due(noon) == 0


def test_a_letter_that_is_none_of_ours_is_left_out(report, noon):
    letter = LetterFactory(state=Letter.State.SENT)
    unknown = replace(report(letter, State.BOUNCED, address="a@example.org", mark=BOUNCED), letter=letter.pk + 1)
    assert ledger.record([unknown, report(letter, State.DELIVERED)], now=noon) == 1
    assert everything()[1] == []
    assert ledger.record([], now=noon) == 0


def test_how_many_came_how_far_and_who_got_none(report, noon):
    some = [LetterFactory(state=Letter.State.SENT) for _ in range(4)]
    states = [State.DELIVERED, State.DELIVERED, State.BOUNCED]
    ledger.record([report(letter, state, reason="x") for letter, state in zip(some, states, strict=False)], now=noon)
    assert ledger.counts("round:1") == {"sample.note": {State.DELIVERED: 2, State.BOUNCED: 1}}
    assert ledger.counts("round:2") == {}
    assert ledger.not_arrived(Letter.objects.all()) == [(some[2].seat, State.BOUNCED, "x")]


def test_many_reports_cost_as_few_queries_as_one(report, noon, django_assert_num_queries):
    some = [LetterFactory(state=Letter.State.SENT) for _ in range(20)]
    for number in (1, 20):
        with django_assert_num_queries(5):
            ledger.record([report(letter, State.DEFERRED) for letter in some[:number]], now=noon)
