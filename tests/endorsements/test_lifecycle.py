from datetime import timedelta

import pytest

from endorsements import chores, lifecycle
from endorsements.models import Chore
from journal import clock
from journal.models import Entry
from mailings.models import Letter
from rounds.models import Candidacy, Nomination, Round
from tests.factories.groups import MemberFactory, district
from tests.factories.rounds import START, CandidacyFactory, NominationFactory, RoundFactory
from tests.factories.voting import polls, vote
from voting.models import Result

pytestmark = pytest.mark.django_db(transaction=True)

Stage = Round.Stage
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("stage", "field", "to"),
    [
        (Stage.DRAFT, "nominations_open_at", Stage.NOMINATING),
        (Stage.NOMINATING, "nominations_close_at", Stage.VETTING),
        (Stage.VETTING, "freeze_at", Stage.FROZEN),
        (Stage.FROZEN, "voting_opens_at", Stage.VOTING),
        (Stage.VOTING, "voting_closes_at", Stage.POLLS_CLOSED),
        (Stage.CERTIFIED, "announce_at", Stage.ANNOUNCED),
    ],
)
def test_each_stage_is_due_at_its_own_instant(stage, field, to):
    round = RoundFactory(stage=stage)
    instant = getattr(round, field)

    assert lifecycle.due(round, instant - SECOND) is None
    assert lifecycle.due(round, instant) == to


def test_a_round_is_archived_thirty_days_after_its_announcement():
    round = RoundFactory(stage=Stage.ANNOUNCED)

    assert lifecycle.due(round, round.announce_at + timedelta(days=30) - SECOND) is None
    assert lifecycle.due(round, round.announce_at + timedelta(days=30)) == Stage.ARCHIVED


def test_a_paused_vote_is_not_closed():
    round = RoundFactory(stage=Stage.VOTING, paused_since=START)

    assert lifecycle.due(round, round.voting_closes_at + timedelta(days=1)) is None


def test_ended_rounds_are_never_due():
    ended = [RoundFactory(stage=stage) for stage in Round.ENDED]

    assert [lifecycle.due(round, round.announce_at + timedelta(days=900)) for round in ended] == [None, None]


def test_a_tick_twice_changes_nothing():
    round = RoundFactory()

    steps = [lifecycle.advance_all(round.nominations_open_at) for _ in range(3)]

    assert steps == [1, 0, 0]
    assert Entry.objects.filter(verb="round.stage").count() == 1


def test_a_loser_of_the_race_does_nothing():
    round = RoundFactory()
    stale = Round.objects.get(pk=round.pk)

    assert lifecycle.step(round, Stage.NOMINATING, by=None, now=round.nominations_open_at) is True
    assert lifecycle.step(stale, Stage.NOMINATING, by=None, now=round.nominations_open_at) is False
    assert Chore.objects.filter(round=round).count() == 1


def test_after_an_outage_it_catches_up_stage_by_stage():
    round = RoundFactory()
    CandidacyFactory(round=round)

    assert lifecycle.advance_all(round.freeze_at - SECOND) == 2

    said = Entry.objects.filter(verb="round.stage").order_by("id").values_list("after", flat=True)
    assert [entry["stage"] for entry in said] == ["nominating", "vetting"]


def test_without_a_candidate_the_roll_is_not_frozen():
    round = RoundFactory(stage=Stage.VETTING)

    assert lifecycle.advance(round, round.freeze_at) is False
    assert [obstacle.blocking for obstacle in lifecycle.obstacles(round, round.freeze_at)] == [True]


def test_work_left_keeps_the_next_stage_away():
    round = RoundFactory(stage=Stage.FROZEN)
    Chore.objects.create(round=round, name=Chore.Name.MAKE_KEYS, position=4)

    sentences = [obstacle.sentence for obstacle in chores.obstacles(round)]

    assert sentences == ["Still at work: make and rehearse the keys."]
    assert [obstacle.blocking for obstacle in chores.obstacles(round)] == [True]


def test_work_left_never_keeps_a_vote_from_closing():
    round = RoundFactory(stage=Stage.VOTING)
    Chore.objects.create(round=round, name=Chore.Name.WRITE_REMINDERS, position=6)

    assert [obstacle.blocking for obstacle in chores.obstacles(round)] == [False]


def test_a_vote_closes_late_with_the_same_result_and_no_person_is_told(mailoutbox):
    round, [contest], entries = polls(voters=3)
    with clock.standing_at(round.voting_opens_at):
        for entry in entries:
            vote(entry, option=1)

    late = round.voting_closes_at + timedelta(hours=2)
    with clock.standing_at(late):
        lifecycle.advance_all(late)

    round.refresh_from_db()
    assert round.stage == Stage.COUNTED
    assert Result.objects.get(contest=contest).ballots == 3
    assert not Letter.objects.exclude(name__startswith="voting.").exists()


def test_an_automatic_round_certifies_itself_unless_something_needs_review():
    options = {"certification": Round.Certification.AUTOMATIC, "turnout_min_share": 0}
    plain, _contests, entries = polls(voters=3, turnout_min_votes=3, **options)
    floor, _contests, few = polls(voters=3, turnout_min_votes=4, **options)
    with clock.standing_at(plain.voting_opens_at):
        for entry in [*entries, *few]:
            vote(entry, option=1)

    with clock.standing_at(plain.voting_closes_at):
        lifecycle.advance_all(plain.voting_closes_at)

    plain.refresh_from_db()
    floor.refresh_from_db()
    assert (plain.stage, floor.stage) == (Stage.CERTIFIED, Stage.COUNTED)


def test_candidacies_that_wait_in_the_cycle_enter_a_round_that_nominates():
    round = RoundFactory(stage=Stage.NOMINATING)
    nomination = NominationFactory(candidacy__round=None, cycle=round.cycle, state=Nomination.State.SUBMITTED)

    lifecycle.advance_all(round.nominations_open_at + timedelta(days=1))

    nomination.candidacy.refresh_from_db()
    assert nomination.candidacy.round == round


def test_the_freeze_makes_contests_roll_and_keys_once():
    round = RoundFactory(stage=Stage.VETTING)
    nomination = NominationFactory(
        candidacy__round=round, candidacy__gates=3, candidacy__state=Candidacy.State.CLEARED, cycle=round.cycle
    )
    MemberFactory(district=district("MA", 7))

    for _ in range(2):
        lifecycle.advance_all(round.freeze_at)

    round.refresh_from_db()
    assert round.stage == Stage.FROZEN
    assert list(Chore.objects.filter(round=round, done_at=None)) == []
    contest = round.contests.get()
    assert [option.candidacy for option in contest.options.all()] == [None, nomination.candidacy, None]
    assert contest.roll.eligible == 1


def test_one_rounds_fault_does_not_halt_the_others(monkeypatch, caplog):
    broken, sound = RoundFactory(), RoundFactory()
    advance = lifecycle.advance

    def fail(round, now):
        if round == broken:
            raise RuntimeError("a fault")
        return advance(round, now)

    monkeypatch.setattr(lifecycle, "advance", fail)
    assert lifecycle.advance_all(sound.nominations_open_at) == 1

    assert [Round.objects.get(pk=round.pk).stage for round in (broken, sound)] == [Stage.DRAFT, Stage.NOMINATING]
    said = [record.getMessage().splitlines()[0] for record in caplog.records]
    assert said == [f"Round {broken.pk} could not be carried on"]
