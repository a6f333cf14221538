"""What staff decide, and what they can't."""

from datetime import timedelta

import pytest

from journal.models import Entry
from mailings.models import Letter
from rounds.models import Candidacy, Gate
from rounds.refusals import Refusal
from tests.factories.rounds import START, CandidacyFactory, NominationFactory
from tests.factories.vetting import ResponseFactory
from vetting import reviewing
from vetting.models import Review

pytestmark = pytest.mark.django_db

NOW = START + timedelta(days=8)
PASSED = {"submitted_at": START, "right": 4, "total": 4, "passed": True}
VERBS = {
    "clear": (reviewing.clear, "cleared"),
    "hold": (reviewing.hold, "held"),
    "decline": (reviewing.decline, "declined"),
}


def ready(group=None, *, gates=2, response=PASSED):
    candidacy = CandidacyFactory(name="Jane Rivera", gates=gates)
    NominationFactory(candidacy=candidacy, **({"group": group} if group else {}))
    if response is not None:
        ResponseFactory(candidacy=candidacy, **response)
    return candidacy


def act(decision, candidacy, by, **rest):
    said = {"reason": "We read it all.", "call_with_groups": "Monday, with Ada."} | rest
    return VERBS[decision][0](candidacy, by=by, now=NOW, **said)


@pytest.mark.parametrize("decision", VERBS)
def test_a_decision_moves_the_candidacy_and_tells_the_leaders(decision, group, ada, cem, dee):
    candidacy = ready(group)

    review = act(decision, candidacy, dee, sources="votes")

    assert candidacy.state == VERBS[decision][1]
    assert (review.decision, review.reason, review.decided_by) == (decision, "We read it all.", dee)
    assert (review.call_with_groups, review.sources, review.decided_at) == ("Monday, with Ada.", "votes", NOW)
    told = [("vetting.outcome", review.pk, ada.pk), ("vetting.decided", review.pk, candidacy.response.pk)]
    assert (
        list(Letter.objects.order_by("pk").values_list("name", "subject", "seat")) == told[: 1 + (decision != "hold")]
    )
    assert sorted(Entry.objects.values_list("verb", flat=True)) == sorted([f"review.{decision}", "candidacy.state"])


@pytest.mark.parametrize("decision", VERBS)
def test_deciding_twice_does_no_harm(decision, group, ada, dee):
    candidacy = ready(group)
    first = act(decision, candidacy, dee)
    before = (Letter.objects.count(), Entry.objects.count(), Gate.objects.count())

    assert act(decision, candidacy, dee) == first

    assert (Letter.objects.count(), Entry.objects.count(), Gate.objects.count()) == before
    assert Review.objects.count() == 1


def test_clearing_passes_the_third_gate_with_its_evidence(dee):
    candidacy = ready()

    act("clear", candidacy, dee)

    gate = candidacy.gates.get(kind=Gate.Kind.CLEARED)
    assert gate.evidence == "4 of 4 right, all baseline right; cleared by Dee Dorn: We read it all."
    assert gate.passed_at == NOW


def test_a_long_reason_still_fits_the_evidence(dee):
    candidacy = ready()

    act("clear", candidacy, dee, reason="x" * 5000)

    assert len(candidacy.gates.get(kind=Gate.Kind.CLEARED).evidence) == 300


@pytest.mark.parametrize(
    ("gates", "response", "sentence"),
    [
        (0, PASSED, "has not passed the gate “Endorsed by a local group”"),
        (1, PASSED, "has not passed the gate “Recommended by its group”"),
        (2, None, "has not sent its answers yet"),
        (2, {}, "has not sent its answers yet"),
        (2, {"submitted_at": NOW}, "came after the deadline"),
        (2, PASSED | {"right": 3, "passed": False}, "did not pass: 3 of 4 right"),
        (2, PASSED | {"passed": False, "baseline_missed": [1, 9]}, "4 of 4 right, baseline missed: 1, 9"),
    ],
)
def test_what_must_stand_before_clearing(gates, response, sentence, dee):
    candidacy = ready(gates=gates, response=response)

    with pytest.raises(Refusal, match=sentence):
        act("clear", candidacy, dee)
    assert (Review.objects.count(), Entry.objects.count(), candidacy.gates.count()) == (0, 0, gates)


def test_declining_needs_a_talk_with_the_groups(dee):
    candidacy = ready()

    with pytest.raises(Refusal, match="talk with the groups"):
        act("decline", candidacy, dee, call_with_groups="  ")
    assert candidacy.state == Candidacy.State.NOMINATED


@pytest.mark.parametrize("decision", VERBS)
@pytest.mark.parametrize("reason", ["", " \n", "a\0b", "x" * 10_001])
def test_every_decision_needs_a_reason(decision, reason, dee):
    with pytest.raises(Refusal):
        act(decision, ready(), dee, reason=reason)
    assert not Review.objects.exists()


def test_a_hold_may_be_given_a_new_reason(group, ada, dee):
    candidacy = ready(group)
    act("hold", candidacy, dee, reason="We wait for a source.")

    act("hold", candidacy, dee, reason="The source came; we wait for a call.")

    assert candidacy.reviews.first().reason == "The source came; we wait for a call."
    assert (Review.objects.count(), Letter.objects.count()) == (2, 2)


@pytest.mark.parametrize("decision", ["hold", "decline"])
def test_a_later_decision_takes_the_gate_back_and_clearing_again_passes_it_anew(decision, dee):
    candidacy = ready()
    act("clear", candidacy, dee)

    act(decision, candidacy, dee, reason="A new finding.")
    assert not candidacy.gates.filter(kind=Gate.Kind.CLEARED).exists()
    act("clear", candidacy, dee, reason="The finding was wrong.")

    assert candidacy.gates.get(kind=Gate.Kind.CLEARED).evidence.endswith("The finding was wrong.")
    assert candidacy.state == Candidacy.State.CLEARED


@pytest.mark.parametrize("state", ["on_ballot", "endorsed", "not_endorsed", "withdrawn"])
@pytest.mark.parametrize("decision", VERBS)
def test_what_is_past_vetting_is_not_decided_here(decision, state, dee):
    candidacy = ready()
    Candidacy.objects.update(state=state)
    candidacy.refresh_from_db()

    with pytest.raises(Refusal, match="vetting is over"):
        act(decision, candidacy, dee)
    candidacy.refresh_from_db()
    assert candidacy.state == state
    assert not Review.objects.exists()
