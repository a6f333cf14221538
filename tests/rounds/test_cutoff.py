"""Which vote somebody is in time for, on both sides of the instant its roll is frozen at."""

from datetime import timedelta

import pytest

from rounds import cutoff
from rounds.cutoff import CutOff
from tests.factories.rounds import START, RoundFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def spring():
    return RoundFactory(stage="vetting", starts_at=START)


@pytest.fixture
def summer(spring):
    return RoundFactory(stage="draft", starts_at=START + timedelta(weeks=6))


def test_the_instant_of_the_freeze_is_in_time_and_a_moment_later_is_not(spring, summer):
    assert cutoff.for_list(spring.freeze_at) == CutOff(None, spring)
    assert cutoff.for_list(spring.freeze_at + timedelta(microseconds=1)) == CutOff(spring, summer)


@pytest.mark.parametrize("stage", ["frozen", "voting"])
def test_a_vote_under_way_is_missed_until_it_closes(spring, summer, stage):
    type(spring).objects.filter(pk=spring.pk).update(stage=stage)
    late = spring.voting_closes_at - timedelta(microseconds=1)
    assert cutoff.for_list(late).missed == spring
    assert cutoff.for_list(spring.voting_closes_at).missed is None


def test_who_was_confirmed_before_the_freeze_is_on_that_roll(spring, summer):
    later = spring.freeze_at + timedelta(days=1)
    assert cutoff.for_list(later, since=spring.freeze_at) == CutOff(None, spring)
    assert cutoff.for_list(later, since=later) == CutOff(spring, summer)


@pytest.mark.parametrize("stage", ["cancelled", "counted", "announced"])
def test_a_round_that_is_over_is_neither(spring, summer, stage):
    type(spring).objects.filter(pk=spring.pk).update(stage=stage)
    assert cutoff.for_list(START) == CutOff(None, summer)
    assert cutoff.for_list(spring.freeze_at + timedelta(hours=1)) == CutOff(None, summer)


def test_a_rehearsal_and_a_plan_that_lapsed_are_nobodys_vote(spring, summer):
    type(spring).objects.filter(pk=spring.pk).update(rehearsal=True)
    assert cutoff.for_list(START) == CutOff(None, summer)
    assert cutoff.for_list(summer.freeze_at + timedelta(hours=1)) == CutOff(None, None)


def test_it_takes_one_query_however_many_rounds(spring, summer, django_assert_num_queries):
    with django_assert_num_queries(1):
        cutoff.for_list(START)


def test_the_rolls_closed_to_who_moves_now(spring, summer):
    assert cutoff.closed_rolls(spring.freeze_at) == []
    assert cutoff.closed_rolls(spring.freeze_at + timedelta(microseconds=1)) == [spring]
    assert cutoff.closed_rolls(spring.voting_closes_at) == []
