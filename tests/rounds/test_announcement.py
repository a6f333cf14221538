"""The announcement moved by itself: in which stages, to which instants, and with what in the journal."""

from datetime import timedelta

import pytest

from journal.models import Entry
from journal.wording import in_zone
from rounds import announcement, moved, planning
from rounds.models import Round
from rounds.refusals import Refusal
from tests.factories.rounds import RoundFactory

pytestmark = pytest.mark.django_db

Stage = Round.Stage
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
MOVED = [Stage.VOTING, Stage.POLLS_CLOSED, Stage.COUNTED, Stage.CERTIFIED]


def move(round, at, *, now=None, reason="The mayor speaks on Friday.", by=None):
    return announcement.move(round, announce_at=at, by=by, now=now or round.voting_closes_at + DAY, reason=reason)


@pytest.mark.parametrize("stage", MOVED)
@pytest.mark.parametrize("by_how_much", [DAY, timedelta(hours=-5)])
def test_it_is_moved_later_and_sooner_with_a_reason(stage, by_how_much, dee):
    round = RoundFactory(stage=stage)
    before = round.announce_at

    assert move(round, before + by_how_much, by=dee) is True

    assert (round.announce_at, round.schedule_version) == (before + by_how_much, 1)
    entry = Entry.objects.get(verb="round.rescheduled")
    assert (entry.actor, entry.reason) == (f"user:{dee.pk}", "The mayor speaks on Friday.")
    assert [list(said) for said in (entry.before, entry.after)] == [["announce_at"], ["announce_at"]]


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage not in MOVED])
def test_in_other_stages_it_is_not_moved_by_itself(stage):
    round = RoundFactory(stage=stage)

    with pytest.raises(Refusal, match="from the opening of the vote until it is made"):
        move(round, round.announce_at + DAY)
    assert Round.objects.get().schedule_version == 0


def test_never_into_the_past():
    round = RoundFactory(stage=Stage.CERTIFIED)
    now = round.voting_closes_at + DAY

    for at in (now, now - SECOND):
        with pytest.raises(Refusal, match="“announcement” must lie in the future"):
            move(round, at, now=now)
    assert move(round, now + SECOND, now=now) is True


def test_never_before_the_end_of_the_vote():
    round = RoundFactory(stage=Stage.VOTING)
    ends = round.voting_closes_at

    for at in (ends, ends - SECOND):
        with pytest.raises(Refusal, match="“announcement” must come after “voting closes”"):
            move(round, at, now=round.voting_opens_at)
    assert move(round, ends + SECOND, now=round.voting_opens_at) is True


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_reason_is_asked(reason):
    round = RoundFactory(stage=Stage.COUNTED)

    with pytest.raises(Refusal, match="Say why"):
        move(round, round.announce_at + DAY, reason=reason)


def test_to_the_same_instant_changes_nothing():
    round = RoundFactory(stage=Stage.COUNTED)

    assert move(round, round.announce_at) is False
    assert not Entry.objects.exists()


def test_one_that_is_due_and_not_made_yet_can_be_put_off():
    round = RoundFactory(stage=Stage.CERTIFIED)
    now = round.announce_at + timedelta(hours=1)

    assert move(round, now + DAY, now=now) is True


def test_the_other_dates_still_only_move_before_the_vote():
    round = RoundFactory(stage=Stage.VOTING)

    with pytest.raises(Refusal, match="only be extended, and its announcement changed"):
        planning.reschedule(
            round, by=None, now=round.voting_opens_at, reason="So.", announce_at=round.announce_at + DAY
        )


@pytest.mark.parametrize(("hours", "moves"), [(23, True), (24, False)])
def test_an_extension_takes_it_along_where_no_day_would_be_left(hours, moves):
    round = RoundFactory(stage=Stage.VOTING)
    now, later = round.voting_opens_at, round.voting_closes_at + timedelta(hours=6)
    move(round, later + timedelta(hours=hours), now=now)

    planning.extend(round, voting_closes_at=later, by=None, now=now, reason="Late mail.")

    assert round.announce_at == later + timedelta(hours=hours + (6 if moves else 0))


def test_where_it_was_moved_from_is_said_until_it_is_made():
    round = RoundFactory(stage=Round.Stage.VOTING)
    first = round.announce_at
    assert moved.in_words(round) == ""

    move(round, first + DAY)
    move(round, first + 2 * DAY)
    assert moved.in_words(round) == f"This has changed: it was to be {in_zone(first, round.time_zone)}."
    move(round, first)
    assert moved.in_words(round) == ""

    move(round, first + DAY)
    for stage in Round.Stage.values:
        round.stage = stage
        assert bool(moved.in_words(round)) is (stage in announcement.STAGES)
