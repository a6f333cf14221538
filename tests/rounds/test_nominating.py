"""What happens to nominations and to the candidacies they hold up."""

from datetime import date, timedelta

import pytest

from groups.models import Group
from journal.models import Entry
from mailings.models import Letter
from rounds import nominating
from rounds.models import Candidacy, Gate, LocalEndorsement, Nomination, Race, Round
from rounds.refusals import Refusal
from tests.factories.groups import GroupFactory, LeadershipFactory, UserFactory, district, state
from tests.factories.rounds import (
    START,
    CandidacyFactory,
    CycleFactory,
    NominationFactory,
    RaceFactory,
    RoundFactory,
)

pytestmark = pytest.mark.django_db

State = Nomination.State
NOW = START + timedelta(days=1)
ANSWERS = {
    "office": "house",
    "usps": "MA",
    "district": "7",
    "name": "Jane Rivera",
    "campaign_name": "Carl Campaign",
    "campaign_email": "carl@example.org",
    "method": "meeting",
    "decided_on": date(2026, 1, 20),
    "eligible": 120,
    "yes": 82,
    "no": 10,
    "stands_for": "Good schools.",
    "measures_up": "She fought for them.",
    "statement": "She listens.",
    "will_people": "Forty people on doors.",
    "media_name": "Mia Press",
    "media_email": "mia@example.org",
    "attested": ["lawful", "own_process"],
}


@pytest.fixture
def round(db):
    district("MA", 7)
    return RoundFactory(stage="nominating")


@pytest.fixture
def draft(group, ada, round):
    return nominating.start(group, cycle=round.cycle, by=ada, now=NOW)


def other_group(name="Lynn Group", **more):
    """Another group of the state, and its leader."""
    group = GroupFactory(name=name, places=[state("MA")], **more)
    return group, LeadershipFactory(group=group).user


def nominate(group, leader, round, **changes):
    nomination = nominating.start(group, cycle=round.cycle, by=leader, now=NOW)
    nominating.submit(nomination, answers=ANSWERS | changes, by=leader, now=NOW)
    return nomination


def letters(name=None):
    chosen = Letter.objects.filter(name=name) if name else Letter.objects.all()
    return sorted((letter.name, letter.subject, letter.seat) for letter in chosen)


# Sending


def test_sending_makes_race_candidacy_and_local_endorsement(draft, ada, round):
    for sent in (True, False):
        assert nominating.submit(draft, answers=ANSWERS, by=ada, now=NOW) is sent
    candidacy = Candidacy.objects.get()
    assert (draft.state, draft.candidacy, draft.race) == (State.SUBMITTED, candidacy, Race.objects.get())
    assert (candidacy.round, candidacy.state, candidacy.name_key) == (round, "nominated", "jane rivera")
    assert (draft.submitted_by, draft.submitted_at, draft.statement) == (ada, NOW, "She listens.")
    local = LocalEndorsement.objects.get()
    assert (local.candidate, local.yes, local.office) == ("Jane Rivera", 82, "U.S. House, Massachusetts 7th District")
    assert letters() == [("rounds.received", draft.pk, ada.pk)]
    assert Entry.objects.get(verb="nomination.attested").after == {"attested": ["lawful", "own_process"]}
    assert Gate.objects.count() == 0


def test_every_leader_of_the_group_gets_the_receipt(draft, group, ada):
    bea = LeadershipFactory(group=group).user
    LeadershipFactory(group=group, confirmed_at=None)
    gone = LeadershipFactory(group=group, user=UserFactory(is_active=False)).user
    unconfirmed_here = LeadershipFactory(group=group, confirmed_at=None).user
    LeadershipFactory(user=unconfirmed_here)  # leads another group, which counts for nothing here
    nominating.submit(draft, answers=ANSWERS, by=ada, now=NOW)
    assert [seat for _name, _subject, seat in letters()] == sorted([ada.pk, bea.pk])
    assert gone.pk not in Letter.objects.values_list("seat", flat=True)


def test_two_groups_naming_one_person_make_one_candidacy(draft, group, ada, round):
    nominating.submit(draft, answers=ANSWERS, by=ada, now=NOW)
    lynn, lea = other_group()
    second = nominate(lynn, lea, round, name="JANE RIVÉRA", party="Independent", campaign_email="wrong@example.org")
    candidacy = Candidacy.objects.get()
    assert second.candidacy == candidacy
    assert (candidacy.name, candidacy.party, candidacy.campaign_email) == (
        "Jane Rivera",
        "Independent",
        "carl@example.org",
    )
    assert letters("rounds.joined") == [("rounds.joined", draft.pk, ada.pk)]
    assert letters("rounds.rival") == []
    assert letters("rounds.received") == [("rounds.received", draft.pk, ada.pk), ("rounds.received", second.pk, lea.pk)]


def test_a_rival_is_told_to_both_sides_once(draft, ada, round):
    nominating.submit(draft, answers=ANSWERS, by=ada, now=NOW)
    lynn, lea = other_group()
    rival = nominate(lynn, lea, round, name="Ann Other")
    both = [("rounds.rival", draft.pk, ada.pk), ("rounds.rival", rival.pk, lea.pk)]
    assert letters("rounds.rival") == both
    salem, sol = other_group("Salem Group")
    third = nominate(salem, sol, round, name="Ann Other")
    assert letters("rounds.rival") == [*both, ("rounds.rival", third.pk, sol.pk)]
    assert {nomination.candidacy.state for nomination in (draft, rival)} == {"nominated"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"office": "mayor"}, "U.S. House, U.S. Senate and governor only"),
        ({"office": "senate", "usps": "DC"}, "does not elect this office"),
        ({"usps": "TX"}, "is listed in Massachusetts 7th District, and this race is in Texas 7th District"),
        ({"district": "99"}, "no district 99"),
        ({"decided_on": date(2026, 2, 4)}, "lies in the future"),
        ({"eligible": 91}, "92 votes were cast, and only 91 people could vote"),
        ({"method": "dice"}, "Choose how your group decided"),
    ],
)
def test_refused_nomination_loses_nothing(draft, ada, changes, sentence):
    district("TX", 7)
    nominating.save_draft(draft, data={"name": "Jane"}, by=ada, now=NOW)
    with pytest.raises(Refusal, match=sentence):
        nominating.submit(draft, answers=ANSWERS | changes, by=ada, now=NOW)
    draft = Nomination.objects.get()
    assert (draft.state, draft.draft) == (State.DRAFT, {"name": "Jane"})
    assert (Race.objects.count(), Candidacy.objects.count(), Letter.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize(("eligible", "abstain", "good"), [(92, 0, True), (92, 1, False), (None, 9999, True)])
def test_votes_within_those_who_could_vote(draft, ada, eligible, abstain, good):
    answers = ANSWERS | {"eligible": eligible, "abstain": abstain}
    if good:
        assert nominating.submit(draft, answers=answers, by=ada, now=NOW) is True
        return
    with pytest.raises(Refusal):
        nominating.submit(draft, answers=answers, by=ada, now=NOW)


def test_one_nominee_a_race(draft, group, ada, round):
    nominating.submit(draft, answers=ANSWERS, by=ada, now=NOW)
    second = nominating.start(group, cycle=round.cycle, by=ada, now=NOW)
    with pytest.raises(Refusal, match=r"has already nominated Jane Rivera in this race \(N-....\)"):
        nominating.submit(second, answers=ANSWERS | {"name": "Ann Other"}, by=ada, now=NOW)
    nominating.withdraw(draft, by=ada, now=NOW)
    assert nominating.submit(second, answers=ANSWERS | {"name": "Ann Other"}, by=ada, now=NOW) is True


def test_statewide_and_district_race_do_not_disturb_each_other(draft, group, ada, round):
    nominating.submit(draft, answers=ANSWERS, by=ada, now=NOW)
    governor = nominating.start(group, cycle=round.cycle, by=ada, now=NOW)
    answers = ANSWERS | {"office": "governor", "district": "7", "name": "Gus Gov"}
    assert nominating.submit(governor, answers=answers, by=ada, now=NOW) is True
    assert governor.race.label == "MA-Gov"


@pytest.mark.parametrize("form", [Group.LegalForm.C3, Group.LegalForm.UNKNOWN])
def test_group_that_may_not_or_is_not_known_can_not_begin(group, ada, round, form):
    Group.objects.update(legal_form=form)
    group.refresh_from_db()
    with pytest.raises(Refusal):
        nominating.start(group, cycle=round.cycle, by=ada, now=NOW)
    assert Nomination.objects.count() == 0


def test_strangers_do_nothing(draft, cem, ada):
    for act in (
        lambda: nominating.start(draft.group, cycle=draft.cycle, by=cem, now=NOW),
        lambda: nominating.save_draft(draft, data={"name": "x"}, by=cem, now=NOW),
        lambda: nominating.submit(draft, answers=ANSWERS, by=cem, now=NOW),
        lambda: nominating.withdraw(draft, by=cem, now=NOW),
        lambda: nominating.state_legal_form(draft.group, "527", by=cem, now=NOW),
    ):
        with pytest.raises(Refusal, match="Only a leader of Boston Common Group"):
            act()
    assert Nomination.objects.get().state == State.DRAFT


# Drafts


def test_draft_is_saved_and_says_by_whom(draft, ada):
    assert nominating.save_draft(draft, data={"name": " Jané "}, by=ada, now=NOW) is True
    later = NOW + timedelta(hours=1)
    assert nominating.save_draft(draft, data={"party": ""}, by=ada, now=later) is True
    assert draft.draft == {"name": " Jané ", "party": ""}
    assert (draft.draft_saved_at, draft.draft_saved_by) == (later, ada)


def test_save_over_changed_text_keeps_nothing(draft, ada):
    shown = nominating.fingerprint({"name": ""})
    assert nominating.save_draft(draft, data={"name": "theirs"}, by=ada, now=NOW, seen=shown) is True
    assert nominating.save_draft(draft, data={"name": "mine"}, by=ada, now=NOW, seen=shown) is False
    assert draft.draft == {"name": "theirs"}
    assert nominating.save_draft(draft, data={"name": "theirs"}, by=ada, now=NOW, seen=shown) is True
    assert nominating.save_draft(draft, data={"party": "x"}, by=ada, now=NOW, seen=fingerprint_of(party="")) is True


def fingerprint_of(**fields):
    return nominating.fingerprint(fields)


@pytest.mark.parametrize(("length", "good"), [(20_000, True), (20_001, False)])
def test_draft_has_a_longest_answer(draft, ada, length, good):
    if good:
        assert nominating.save_draft(draft, data={"name": "x" * length}, by=ada, now=NOW) is True
        return
    with pytest.raises(Refusal, match="longer than 20000"):
        nominating.save_draft(draft, data={"name": "x" * length}, by=ada, now=NOW)


def test_sent_nomination_is_not_edited(draft, ada):
    nominating.submit(draft, answers=ANSWERS, by=ada, now=NOW)
    with pytest.raises(Refusal, match="has been sent"):
        nominating.save_draft(draft, data={"name": "x"}, by=ada, now=NOW)


def test_legal_form_is_answered_once(group, ada):
    Group.objects.update(legal_form=Group.LegalForm.UNKNOWN)
    for known in (True, False):
        assert nominating.state_legal_form(group, "527", by=ada, now=NOW) is known
    assert nominating.state_legal_form(group, "501c3", by=ada, now=NOW) is False
    assert Group.objects.get().legal_form == "527"


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
