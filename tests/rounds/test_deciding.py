"""What staff decide of a nomination, and how its candidacy enters a round."""

from datetime import timedelta

import pytest

from journal.models import Entry
from rounds import nominating
from rounds.models import Candidacy, LocalEndorsement, Nomination, Round
from rounds.refusals import Refusal
from tests.factories.groups import district
from tests.factories.rounds import (
    CandidacyFactory,
    CycleFactory,
    NominationFactory,
    RaceFactory,
    RoundFactory,
)
from tests.rounds.filling import ANSWERS, NOW, letters, nominate, other_group

pytestmark = pytest.mark.django_db

State = Nomination.State


@pytest.fixture
def round(db):
    district("MA", 7)
    return RoundFactory(stage="nominating")


@pytest.fixture
def draft(group, ada, round):
    return nominating.start(group, cycle=round.cycle, by=ada, now=NOW)


# Deciding


def test_acceptance_passes_two_gates_with_evidence(draft, ada, dee):
    nominating.submit(draft, answers=ANSWERS, by=ada, now=NOW)
    for done in (True, False):
        assert nominating.accept(draft, by=dee, now=NOW) is done
    assert [(gate.kind, gate.evidence) for gate in draft.candidacy.gates.order_by("id")] == [
        ("local", "Boston Common Group: A vote at a meeting on Jan. 20, 2026, 82 yes, 10 no"),
        ("recommended", f"Boston Common Group asked for it on Feb. 3, 2026 ({draft.reference})"),
    ]
    assert letters("rounds.accepted") == [("rounds.accepted", draft.pk, ada.pk)]
    assert draft.decided_at == NOW


def test_second_acceptance_of_a_candidate_keeps_the_first_evidence(round):
    candidacy = CandidacyFactory(round=round)
    first, second = (NominationFactory(candidacy=candidacy, state="submitted") for _ in range(2))
    nominating.accept(first, by=None, now=NOW)
    nominating.accept(second, by=None, now=NOW)
    assert candidacy.gates.count() == 2
    assert first.group.name in candidacy.gates.get(kind="local").evidence


@pytest.mark.parametrize("verb", [nominating.return_for_correction, nominating.refuse])
def test_deciding_against_needs_a_reason(draft, ada, dee, verb):
    nominating.submit(draft, answers=ANSWERS, by=ada, now=NOW)
    with pytest.raises(Refusal, match="Say why"):
        verb(draft, by=dee, now=NOW, reason=" ")
    assert Nomination.objects.get().state == State.SUBMITTED


def test_returned_nomination_is_sent_again_under_its_number(draft, ada, dee):
    nominating.submit(draft, answers=ANSWERS, by=ada, now=NOW)
    reference, candidacy = draft.reference, draft.candidacy
    for number, day in enumerate((1, 2), 1):
        now = NOW + timedelta(days=day)
        for done in (True, False):
            assert nominating.return_for_correction(draft, by=dee, now=now, reason="How many could vote?") is done
        assert draft.decision_reason == "How many could vote?"
        assert nominating.submit(draft, answers=ANSWERS | {"eligible": 130 + day}, by=ada, now=now) is True
        assert (draft.reference, draft.candidacy, draft.decision_reason) == (reference, candidacy, "")
        assert LocalEndorsement.objects.get().eligible == 130 + day
        assert len(letters("rounds.returned")) == number
        assert len(letters("rounds.received")) == number + 1


def test_refusing_the_last_nomination_removes_the_candidacy(draft, ada, dee):
    nominating.submit(draft, answers=ANSWERS, by=ada, now=NOW)
    for done in (True, False):
        assert nominating.refuse(draft, by=dee, now=NOW, reason="Not the group’s vote.") is done
    assert Candidacy.objects.get().state == "withdrawn"
    assert letters("rounds.refused") == [("rounds.refused", draft.pk, ada.pk)]


def test_others_keep_a_candidacy_alive(draft, ada, round):
    nominating.submit(draft, answers=ANSWERS, by=ada, now=NOW)
    second = nominate(*other_group(), round)
    for done in (True, False):
        assert nominating.withdraw(draft, by=ada, now=NOW) is done
    assert Candidacy.objects.get().state == "nominated"
    nominating.withdraw(second, by=second.submitted_by, now=NOW)
    assert Candidacy.objects.get().state == "withdrawn"


def test_withdrawn_candidate_named_anew_stands_again(draft, ada, round):
    nominating.submit(draft, answers=ANSWERS, by=ada, now=NOW)
    nominating.withdraw(draft, by=ada, now=NOW)
    again = nominate(draft.group, ada, round)
    assert (again.candidacy, again.candidacy.state, again.candidacy.round) == (draft.candidacy, "nominated", round)


@pytest.mark.parametrize(
    ("stage", "state"), [("frozen", "withdrawn"), ("voting", "on_ballot"), ("counted", "on_ballot")]
)
def test_once_voting_has_opened_the_candidacy_stays(ada, group, stage, state):
    round = RoundFactory(stage=stage)
    candidacy = CandidacyFactory(round=round, state="on_ballot", gates=3)
    nomination = NominationFactory(group=group, candidacy=candidacy)
    nominating.withdraw(nomination, by=ada, now=NOW)
    candidacy.refresh_from_db()
    assert (nomination.state, candidacy.state) == (State.WITHDRAWN, state)


def test_declined_candidate_is_not_named_again(round):
    race = RaceFactory(cycle=round.cycle)
    CandidacyFactory(race=race, name="Jane Rivera", name_key="jane rivera", state="declined")
    with pytest.raises(Refusal, match="We take no more nominations of Jane Rivera in this cycle"):
        nominate(*other_group(), round)


@pytest.mark.parametrize(
    ("stage", "state"), [("certified", "not_endorsed"), ("announced", "nominated"), ("archived", "nominated")]
)
def test_not_endorsed_candidate_may_be_renominated_once_announced(round, stage, state):
    old = RoundFactory(cycle=round.cycle, stage=stage)
    race = RaceFactory(cycle=round.cycle)
    CandidacyFactory(race=race, name="Jane Rivera", name_key="jane rivera", state="not_endorsed", round=old)
    candidacy = nominate(*other_group(), round).candidacy
    candidacy.refresh_from_db()
    assert (candidacy.state, candidacy.round) == (state, round if state == "nominated" else old)


MOVES = {
    ("draft", "submitted"),
    ("draft", "withdrawn"),
    ("submitted", "accepted"),
    ("submitted", "returned"),
    ("submitted", "refused"),
    ("submitted", "withdrawn"),
    ("returned", "submitted"),
    ("returned", "refused"),
    ("returned", "withdrawn"),
    ("accepted", "withdrawn"),
}


@pytest.mark.parametrize("before", State.values)
@pytest.mark.parametrize("after", State.values)
def test_every_move_is_allowed_or_refused(before, after):
    nomination = NominationFactory(state=before)
    if before == after:
        assert nominating.move(nomination, after, by=None, now=NOW) is False
    elif (before, after) in MOVES:
        assert nominating.move(nomination, after, by=None, now=NOW) is True
        assert Entry.objects.get().after == {"state": after}
    else:
        with pytest.raises(Refusal):
            nominating.move(nomination, after, by=None, now=NOW)
        assert Nomination.objects.get().state == before


# Rounds


def test_nomination_between_rounds_waits_and_is_taken_in(group, ada):
    district("MA", 7)
    cycle = CycleFactory()
    nomination = nominate(group, ada, RoundFactory(cycle=cycle, stage="vetting"))
    assert nomination.candidacy.round is None
    round = RoundFactory(cycle=cycle, stage=Round.Stage.NOMINATING)
    for taken in (1, 0):
        assert nominating.take_in(round, now=NOW) == taken
    assert Candidacy.objects.get().round == round
    assert Entry.objects.filter(verb="candidacy.entered").count() == 1


@pytest.mark.parametrize(("ahead", "entered"), [(-1, True), (0, False)])
def test_both_sides_of_the_end_of_nominations(group, ada, ahead, entered):
    district("MA", 7)
    round = RoundFactory(stage="nominating")
    now = round.nominations_close_at + timedelta(minutes=ahead)
    nomination = nominating.start(group, cycle=round.cycle, by=ada, now=now)
    nominating.submit(nomination, answers=ANSWERS, by=ada, now=now)
    assert (nomination.candidacy.round == round) is entered


def test_take_in_takes_only_what_may_still_stand():
    round = RoundFactory(stage="nominating")
    race = RaceFactory(cycle=round.cycle)
    for state_, nomination_state in [
        ("nominated", "submitted"),
        ("cleared", "accepted"),
        ("held", "accepted"),
        ("declined", "accepted"),
        ("withdrawn", "accepted"),
        ("nominated", "refused"),
    ]:
        NominationFactory(candidacy=CandidacyFactory(race=race, state=state_), state=nomination_state)
    CandidacyFactory(race=race)  # nobody nominates her
    NominationFactory(candidacy=CandidacyFactory(race=RaceFactory(cycle=CycleFactory(year=2028))))
    assert nominating.take_in(RoundFactory(cycle=round.cycle, rehearsal=True, stage="nominating"), now=NOW) == 0
    assert nominating.take_in(RoundFactory(cycle=round.cycle, stage="frozen"), now=NOW) == 0
    assert nominating.take_in(round, now=NOW) == 3
    assert set(round.candidacies.values_list("state", flat=True)) == {"nominated", "cleared", "held"}
