"""The gate of a candidacy's state, its way onto a ballot, and off it."""

import pytest

from journal.models import Entry
from mailings.models import Letter
from rounds import candidacies
from rounds.models import Candidacy, Contest, Race, Round
from rounds.refusals import Refusal
from tests.factories.groups import LeadershipFactory, district, state
from tests.factories.rounds import START, CandidacyFactory, ContestFactory, NominationFactory, RaceFactory, RoundFactory

pytestmark = pytest.mark.django_db

State = Candidacy.State
MOVES = {
    ("nominated", "cleared"),
    ("nominated", "held"),
    ("nominated", "declined"),
    ("nominated", "withdrawn"),
    ("cleared", "on_ballot"),
    ("cleared", "held"),
    ("cleared", "declined"),
    ("cleared", "withdrawn"),
    ("held", "cleared"),
    ("held", "declined"),
    ("held", "withdrawn"),
    ("declined", "cleared"),
    ("declined", "held"),
    ("declined", "withdrawn"),
    ("on_ballot", "endorsed"),
    ("on_ballot", "not_endorsed"),
    ("on_ballot", "cleared"),
    ("on_ballot", "withdrawn"),
    ("not_endorsed", "nominated"),
    ("withdrawn", "nominated"),
}


@pytest.mark.parametrize("before", State.values)
@pytest.mark.parametrize("after", State.values)
def test_every_move_is_allowed_or_refused(before, after):
    candidacy = CandidacyFactory(state=before, gates=4)
    if before == after:
        assert candidacies.move(candidacy, after, by=None, now=START) is False
    elif (before, after) in MOVES:
        assert candidacies.move(candidacy, after, by=None, now=START) is True
        entry = Entry.objects.get()
        assert (entry.verb, entry.before, entry.after) == ("candidacy.state", {"state": before}, {"state": after})
    else:
        with pytest.raises(Refusal):
            candidacies.move(candidacy, after, by=None, now=START)
        assert Candidacy.objects.get().state == before


@pytest.mark.parametrize(("before", "after", "needed"), [
    ("nominated", "cleared", 2),
    ("cleared", "on_ballot", 3),
    ("on_ballot", "endorsed", 4),
])  # fmt: skip
def test_no_ballot_and_no_endorsement_without_the_gates(before, after, needed):
    short = CandidacyFactory(state=before, gates=needed - 1)
    with pytest.raises(Refusal, match="has not passed the gate"):
        candidacies.move(short, after, by=None, now=START)
    assert candidacies.move(CandidacyFactory(state=before, gates=needed), after, by=None, now=START) is True


def test_who_comes_second_changes_nothing():
    candidacy = CandidacyFactory(gates=2)
    slow = Candidacy.objects.get()
    candidacies.move(candidacy, State.HELD, by=None, now=START)
    assert candidacies.move(slow, State.DECLINED, by=None, now=START) is False
    assert slow.state == State.HELD


def test_roll_over_tells_the_leaders_why(group, ada):
    round = RoundFactory(stage="frozen")
    candidacy = CandidacyFactory(round=round)
    nomination = NominationFactory(group=group, candidacy=candidacy)
    NominationFactory(candidacy=candidacy, state="refused")
    for moved in (True, False):
        assert candidacies.roll_over(candidacy, now=START, reason="Too late.") is moved
    assert candidacy.round is None
    letter = Letter.objects.get()
    assert (letter.name, letter.subject, letter.seat, letter.wave) == (
        "rounds.moved",
        nomination.pk,
        ada.pk,
        round.pk,
    )
    candidacies.enter(candidacy, RoundFactory(cycle=round.cycle), now=START)
    candidacies.roll_over(candidacy, now=START, reason="Too late again.")
    assert Letter.objects.count() == 2


def test_candidate_on_a_ballot_does_not_roll_over():
    contest = ContestFactory()
    candidacy = Candidacy.objects.get()
    assert candidacies.roll_over(candidacy, now=START, reason="x") is False
    assert candidacy.round == contest.round


# Contests


def frozen():
    return RoundFactory(stage="frozen")


def cleared(round, race, **more):
    return CandidacyFactory(round=round, race=race, state="cleared", gates=3, **more)


def test_contests_are_made_of_cleared_candidates_and_the_rest_waits(ada, group):
    round = frozen()
    house = RaceFactory()
    senate = RaceFactory(office=Race.Office.SENATE, place=state("MA"))
    governor = RaceFactory(office=Race.Office.GOVERNOR, place=state("WY"))
    jane = cleared(round, house)
    zoe, ann = (cleared(round, senate, name=name) for name in ("Zoe", "ann"))
    held = CandidacyFactory(round=round, race=house, state="held")
    late = CandidacyFactory(round=round, race=governor)
    NominationFactory(group=group, candidacy=late)
    declined = CandidacyFactory(round=round, race=house, state="declined")
    assert candidacies.contests_left(round) == 3
    for made in (2, 0):
        assert candidacies.make_contests(round, now=START) == made
        assert candidacies.contests_left(round) == 0
    options = [
        [(option.number, option.kind, option.candidacy) for option in contest.options.all()]
        for contest in Contest.objects.order_by("pk")
    ]
    assert options == [
        [(0, "skip", None), (1, "yes", jane), (2, "no", None)],
        [(0, "skip", None), (1, "candidate", ann), (2, "candidate", zoe), (3, "none", None)],
    ]
    assert [contest.ballot for contest in Contest.objects.order_by("pk")] == ["yes_no", "choose_one"]
    for one in (jane, zoe, ann):
        one.refresh_from_db()
        assert (one.state, one.round) == ("on_ballot", round)
    for one, standing in ((held, "held"), (late, "nominated")):
        one.refresh_from_db()
        assert (one.state, one.round) == (standing, None)
    declined.refresh_from_db()
    assert (declined.state, declined.round) == ("declined", round)
    assert [(letter.name, letter.seat) for letter in Letter.objects.all()] == [("rounds.moved", ada.pk)]
    assert Entry.objects.filter(verb="contest.made").count() == 2


def test_contests_are_made_at_the_freeze_only():
    for stage in set(Round.Stage) - {Round.Stage.FROZEN}:
        with pytest.raises(Refusal, match="when the roll is frozen"):
            candidacies.make_contests(RoundFactory(stage=stage), now=START)


def test_cleared_without_its_gate_stops_the_contest_whole():
    round = frozen()
    CandidacyFactory(round=round, state="cleared", gates=2)
    with pytest.raises(Refusal, match="Cleared in vetting"):
        candidacies.make_contests(round, now=START)
    assert Contest.objects.count() == 0
    assert candidacies.contests_left(round) == 1


def test_who_clears_after_the_ballot_was_made_waits():
    round = frozen()
    race = RaceFactory()
    cleared(round, race)
    candidacies.make_contests(round, now=START)
    late = cleared(round, race)
    assert candidacies.make_contests(round, now=START) == 0
    late.refresh_from_db()
    assert (late.state, late.round) == ("cleared", None)
    assert Contest.objects.get().options.count() == 3


# Withdrawal


def test_withdrawing_before_the_freeze_tells_the_groups(ada, group):
    candidacy = CandidacyFactory(round=RoundFactory(stage="vetting"))
    nomination = NominationFactory(group=group, candidacy=candidacy)
    for done in (True, False):
        assert candidacies.withdraw(candidacy, by=None, now=START, reason="A new job.") is done
    assert candidacy.state == State.WITHDRAWN
    assert [(letter.name, letter.subject, letter.seat) for letter in Letter.objects.all()] == [
        ("rounds.withdrawn", nomination.pk, ada.pk)
    ]


def test_withdrawing_needs_a_reason():
    with pytest.raises(Refusal, match="Say why"):
        candidacies.withdraw(CandidacyFactory(), by=None, now=START, reason="")


@pytest.mark.parametrize(
    ("stage", "candidates", "contest_state", "kinds"),
    [
        ("frozen", 1, "void", ["skip", "yes", "no"]),
        ("frozen", 2, "open", ["skip", "yes", "no"]),
        ("frozen", 3, "open", ["skip", "candidate", "candidate", "none"]),
        ("voting", 1, "void", ["skip", "yes", "no"]),
        ("voting", 2, "stopped", ["skip", "candidate", "candidate", "none"]),
    ],
)
def test_a_contest_that_loses_a_candidate(stage, candidates, contest_state, kinds):
    contest = ContestFactory(round__stage=stage, candidates=candidates)
    leaver = Candidacy.objects.order_by("pk").first()
    for done in (True, False):
        assert candidacies.withdraw(leaver, by=None, now=START, reason="Ill.") is done
    contest.refresh_from_db()
    assert contest.state == contest_state
    assert [option.kind for option in contest.options.all()] == kinds
    if contest_state != "open":
        assert contest.state_reason == "Ill."
        assert Entry.objects.get(verb="contest.state").after == {"state": contest_state}


@pytest.mark.parametrize("stage", ["polls_closed", "counted", "certified"])
def test_after_the_polls_nobody_withdraws(stage):
    ContestFactory(round__stage=stage)
    with pytest.raises(Refusal, match="The polls have closed"):
        candidacies.withdraw(Candidacy.objects.get(), by=None, now=START, reason="x")
    assert Candidacy.objects.get().state == State.ON_BALLOT


# Conflicts


def test_two_people_in_a_race_are_a_conflict(django_assert_num_queries):
    round = RoundFactory(stage="nominating")
    race = RaceFactory()
    jane, ann = (CandidacyFactory(race=race, round=round, name=name) for name in ("Jane", "Ann"))
    gone = CandidacyFactory(race=race, round=round, state="withdrawn")
    alone = CandidacyFactory(race=RaceFactory(place=district("MA", 8)), round=round)
    for candidacy in (jane, jane, ann, gone, alone):
        NominationFactory(candidacy=candidacy)
    with django_assert_num_queries(1):
        found = candidacies.conflicts(round)
    assert [(conflict.race, conflict.candidacies) for conflict in found] == [(race, [ann, jane])]
    assert [conflict.candidacies for conflict in candidacies.conflicts(race)] == [[ann, jane]]
    assert candidacies.conflicts(alone.race) == []


def test_leaders_of_one_group_get_one_letter_each(group, ada):
    bea = LeadershipFactory(group=group).user
    candidacy = CandidacyFactory(round=frozen())
    NominationFactory(group=group, candidacy=candidacy)
    candidacies.roll_over(candidacy, now=START, reason="x")
    assert sorted(Letter.objects.values_list("seat", flat=True)) == sorted([ada.pk, bea.pk])


def test_correcting_is_refused_once_on_a_ballot(dee):
    ContestFactory()
    candidacy = Candidacy.objects.get()
    with pytest.raises(Refusal, match="nothing written there can be changed now"):
        candidacies.correct(candidacy, by=dee, now=START, party="Independent")
    standing = CandidacyFactory(race=RaceFactory(place=district("MA", 8)))
    for changed in (True, False):
        assert candidacies.correct(standing, by=dee, now=START, party="Independent") is changed
    assert Entry.objects.get(verb="candidacy.corrected").after == {"party": "Independent"}
