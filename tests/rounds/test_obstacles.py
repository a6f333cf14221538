from datetime import date, timedelta

import pytest

from rounds.models import Round
from rounds.obstacles import obstacles
from tests.factories.groups import district
from tests.factories.rounds import START, CandidacyFactory, ContestFactory, NominationFactory, RaceFactory, RoundFactory

pytestmark = pytest.mark.django_db


def said(round):
    return [(obstacle.sentence, obstacle.blocking) for obstacle in obstacles(round, START)]


def test_a_good_round_has_none():
    assert said(RoundFactory(stage="nominating")) == []


@pytest.mark.parametrize("stage", ["draft", "nominating", "vetting"])
def test_refused_dates_block(stage):
    round = RoundFactory(stage=stage, questionnaire_days=6)
    assert ("Each campaign has at least 7 days to answer the questionnaire.", True) in said(round)


@pytest.mark.parametrize(("waiting", "sentence"), [
    (1, "1 nomination waits to be accepted or returned."),
    (2, "2 nominations wait to be accepted or returned."),
])  # fmt: skip
def test_waiting_nominations_are_told_and_block_nothing(waiting, sentence, client, dee):
    round = RoundFactory(stage="nominating")
    candidacy = CandidacyFactory(round=round)
    for _ in range(waiting):
        NominationFactory(candidacy=candidacy, state="submitted")
    assert said(round) == [(sentence, False)]
    client.force_login(dee)
    assert client.get(obstacles(round, START)[0].url).status_code == 200


def test_conflicts_name_the_race_and_the_people():
    round = RoundFactory(stage="nominating")
    for name in ("Jane Rivera", "Ann Other"):
        NominationFactory(candidacy=CandidacyFactory(round=round, name=name))
    sentence = (
        "U.S. House, Massachusetts 7th District: groups named different people (Ann Other, Jane Rivera). "
        "Talk with both groups."
    )
    assert said(round) == [(sentence, False)]


@pytest.mark.parametrize(("days", "told"), [(29, True), (30, False)])
def test_a_primary_soon_after_the_announcement_is_told(days, told):
    round = RoundFactory(stage="nominating")
    race = RaceFactory(primary_on=date(2026, 3, 14) + timedelta(days=days))
    CandidacyFactory(round=round, race=race)
    expected = [
        (
            "U.S. House, Massachusetts 7th District: the primary is on April 12, 2026, less than 30 days after the "
            "announcement on March 14, 2026.",
            False,
        )
    ]
    assert said(round) == (expected if told else [])


def test_nobody_cleared_blocks_the_freeze(client, dee):
    round = RoundFactory(stage="vetting", name="Round 1")
    CandidacyFactory(round=round)
    assert said(round) == [("There is no contest: no candidate in Round 1 is cleared.", True)]
    client.force_login(dee)
    assert client.get(obstacles(round, START)[0].url).status_code == 200
    CandidacyFactory(round=round, state="cleared", gates=3)
    assert said(round) == []


def test_the_freeze_waits_for_its_contests():
    round = RoundFactory(stage="frozen", name="Round 1")
    sentence = (
        "There is no contest: nobody was cleared before the roll was frozen. Cancel Round 1; its candidates enter "
        "the next round."
    )
    assert said(round) == [(sentence, True)]
    for number in (1, 2):
        CandidacyFactory(round=round, state="cleared", race=RaceFactory(place=district("MA", number)))
    assert said(round) == [("The ballots of 2 races are not made yet.", True)]
    ContestFactory(round=round)
    round.candidacies.filter(state="cleared").delete()
    assert said(round) == []


@pytest.mark.parametrize(
    "stage", [stage for stage in Round.Stage if stage not in Round.BEFORE_FREEZE and stage != "frozen"]
)
def test_later_stages_are_others_business(stage):
    assert said(RoundFactory(stage=stage)) == []


def test_what_blocks_stands_first():
    round = RoundFactory(stage="vetting", name="Round 1")
    NominationFactory(candidacy=CandidacyFactory(round=round), state="submitted")
    assert [blocking for _sentence, blocking in said(round)] == [True, False]
