"""What happens to nominations and to the candidacies they hold up."""

from datetime import date, timedelta

import pytest

from groups.models import Group
from journal.models import Entry
from mailings.models import Letter
from rounds import nominating
from rounds.models import Candidacy, Gate, LocalEndorsement, Nomination, Race
from rounds.refusals import Refusal
from tests.factories.groups import LeadershipFactory, UserFactory, district
from tests.factories.rounds import (
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
