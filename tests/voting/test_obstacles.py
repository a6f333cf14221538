"""What keeps a round: roll, keys, unopened and irregular contests, results that need review."""

from datetime import timedelta

import pytest
from django.urls import reverse

from groups import redistricting
from keys import files
from rounds.models import Round
from rounds.obstacles import Obstacle
from tests.factories.groups import MapVersionFactory, state
from tests.factories.results import counted
from tests.factories.rounds import ContestFactory, RaceFactory, RoundFactory
from tests.factories.voting import keys_of, polls
from voting import ceremony, records
from voting.models import ContestRoll, Count
from voting.obstacles import obstacles

pytestmark = pytest.mark.django_db


def of(round):
    return obstacles(round, round.freeze_at)


def sentences(round):
    return [obstacle.sentence for obstacle in of(round)]


def test_a_frozen_round_waits_for_roll_and_keys():
    round = RoundFactory(stage=Round.Stage.FROZEN, slug="spring")
    contest = ContestFactory(round=round)

    found = of(round)
    assert [obstacle.sentence for obstacle in found] == [
        "The roll of 1 contest is not built yet.",
        *ceremony.ready(round),
    ]
    assert len(found) == 4
    assert all(obstacle.blocking for obstacle in found)
    assert found[1].sentence.endswith("Run: manage.py round_keys make spring")

    ContestRoll.objects.create(contest=contest, frozen_at=round.freeze_at, eligible=1, not_mailed=0)
    ceremony.make_ready(round, now=round.freeze_at)
    assert of(round) == []


@pytest.mark.parametrize("holder", ["host", "escrow"])
def test_the_vote_does_not_open_before_both_have_opened_a_test_envelope(holder):
    round = RoundFactory(stage=Round.Stage.FROZEN)
    ceremony.make_ready(round, now=round.freeze_at)
    round.key_tests.filter(holder=holder).delete()

    [obstacle] = of(round)
    assert obstacle.blocking
    assert "opened a test envelope" in obstacle.sentence


def test_while_candidates_are_vetted_missing_keys_are_only_said(settings):
    settings.EMBEDDED = False
    round = RoundFactory(stage=Round.Stage.VETTING)

    assert [obstacle.blocking for obstacle in of(round)] == [False, False, False]


def test_the_embedded_default_says_nothing_of_keys_it_makes_itself():
    assert of(RoundFactory(stage=Round.Stage.VETTING)) == []


def test_an_open_vote_ends_whatever_happens():
    round, _contests, _entries = polls()

    assert of(round) == []


def test_after_the_close_unopened_contests_keep_the_round():
    round, _contests, _entries = polls(contests=2, stage=Round.Stage.POLLS_CLOSED)

    assert of(round) == [Obstacle("2 contests are not counted yet.")]


def test_a_host_without_the_seal_key_says_so():
    round, _contests, _entries = polls(stage=Round.Stage.POLLS_CLOSED)
    files.destroy(files.SEAL, records.key_name(round.pk))

    assert sentences(round) == [
        "1 contest waits to be opened, and this host can’t read the seal key. The tally service opens it."
    ]


def test_an_irregular_contest_is_named():
    round = RoundFactory(stage=Round.Stage.POLLS_CLOSED)
    keys_of(round)
    count = Count.objects.create(
        contest=ContestFactory(round=round), state=Count.State.IRREGULAR, irregularity="MA-07: an envelope was changed."
    )

    assert of(round) == [
        Obstacle(
            "Stopped: MA-07: an envelope was changed. Nothing of this contest was counted.",
            url=reverse("admin:voting_count_change", args=[count.pk]),
        )
    ]


@pytest.mark.parametrize(("n", "words"), [(1, "1 result waits for a teller."), (2, "2 results wait for a teller.")])
def test_of_results_that_need_review_everybody_reads_only_how_many(n, words):
    round = counted({1: 20}, roll=1250).contest.round
    if n == 2:
        counted({1: 20}, roll=1250, round=round, contest__race=RaceFactory(office="senate", place=state("MA")))

    assert of(round) == [Obstacle(words)]


@pytest.mark.parametrize(
    "stage", [Round.Stage.DRAFT, Round.Stage.NOMINATING, Round.Stage.CERTIFIED, Round.Stage.ARCHIVED]
)
def test_other_stages_are_not_this_wing_s_business(stage):
    round = RoundFactory(stage=stage)

    assert obstacles(round, round.voting_closes_at + timedelta(days=1)) == []


@pytest.mark.parametrize("stage", [Round.Stage.CERTIFIED, Round.Stage.ANNOUNCED, Round.Stage.ARCHIVED])
def test_keys_that_outlive_their_round_are_named(stage):
    round = RoundFactory(stage=stage, slug="spring")
    keys_of(round)
    name = records.key_name(round.pk)

    assert of(round) == [
        Obstacle(
            f"Keys of this certified round still stand on this host (seal/{name}, cast/{name}). "
            "Run: manage.py round_keys destroy spring",
            blocking=False,
        )
    ]
    ceremony.destroy_keys(round, by=None, now=round.freeze_at)
    assert of(round) == []


def test_no_roll_is_frozen_by_an_old_map(settings):
    settings.EMBEDDED = True
    round = RoundFactory(stage=Round.Stage.VETTING)
    new = MapVersionFactory(name="cd120", settled_at=None)
    [obstacle] = of(round)
    assert (obstacle.sentence, obstacle.blocking) == ("Members are still being placed on the new map cd120.", True)
    redistricting.settle(round.freeze_at)
    new.refresh_from_db()
    assert (new.settled_at, of(round)) == (round.freeze_at, [])
