"""What would be left off at the freeze, and why."""

from datetime import timedelta

import pytest

from tests.factories.groups import UserFactory
from tests.factories.rounds import START, CandidacyFactory, NominationFactory, RoundFactory
from tests.factories.vetting import QuestionnaireFactory, ResponseFactory
from vetting import correcting
from vetting.models import Correction
from vetting.obstacles import obstacles

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
DUE = "Monday, February 9, 2026, 9:00 a.m. Eastern (6:00 a.m. Pacific)"


@pytest.fixture
def round():
    return RoundFactory(stage="nominating")


def said(round, now=START + DAY):
    return [one.sentence for one in obstacles(round, now)]


@pytest.mark.parametrize(
    ("state", "response", "now", "sentence"),
    [
        ("held", {}, 1, "Jane Rivera, MA-07 is on hold."),
        (
            "nominated",
            {"sent_at": None, "due_at": None},
            1,
            "The questionnaire for Jane Rivera, MA-07 has not gone out yet.",
        ),
        ("nominated", {}, 1, f"Jane Rivera, MA-07 has not sent answers yet; they are due {DUE}."),
        ("nominated", {}, 8, f"Jane Rivera, MA-07 sent no answers; they were due {DUE}."),
        ("nominated", {"submitted_at": START}, 1, "Jane Rivera, MA-07 answered after the deadline: kept, not scored."),
        (
            "nominated",
            {"submitted_at": START, "right": 3, "total": 4, "passed": False, "baseline_missed": [1]},
            1,
            "Jane Rivera, MA-07 did not pass: 3 of 4 right, baseline missed: 1.",
        ),
        (
            "nominated",
            {"submitted_at": START, "right": 4, "total": 4, "passed": True},
            1,
            "Jane Rivera, MA-07 passed the questionnaire and waits for a decision.",
        ),
        (
            "nominated",
            {"sent_at": START + 15 * DAY},
            16,
            "Jane Rivera, MA-07 has not sent answers yet; they are due Tuesday, February 24, 2026, 9:00 a.m. Eastern "
            "(6:00 a.m. Pacific).",
        ),
    ],
)
def test_each_candidacy_left_off_is_named_with_its_reason(round, state, response, now, sentence):
    candidacy = CandidacyFactory(name="Jane Rivera", round=round, state=state)
    ResponseFactory(candidacy=candidacy, **response)

    [obstacle] = obstacles(round, START + now * DAY)

    assert obstacle.sentence == sentence
    assert not obstacle.blocking
    assert obstacle.url == f"/desk/vetting/vettingfile/{candidacy.pk}/change/"


def test_a_deadline_after_the_freeze_is_named(round):
    candidacy = CandidacyFactory(name="Jane Rivera", round=round)
    ResponseFactory(candidacy=candidacy, due_at=round.freeze_at + DAY)

    assert said(round)[0].startswith("Jane Rivera, MA-07 may answer after the roll is frozen: due ")


def test_who_was_not_asked_and_why(round):
    candidacy = CandidacyFactory(name="Jane Rivera", round=round)
    NominationFactory(candidacy=candidacy, state="submitted")
    asked = "Jane Rivera, MA-07 has not been sent a questionnaire: no nomination is accepted yet."

    assert said(round) == [
        "No version of the questionnaire is current for 2026 elections, so no campaign is asked.",
        asked,
    ]
    QuestionnaireFactory()
    assert said(round) == [asked]


@pytest.mark.parametrize("state", ["cleared", "on_ballot", "declined", "withdrawn"])
def test_who_is_cleared_or_out_is_not_named(round, state):
    CandidacyFactory(round=round, state=state)

    assert said(round) == []


@pytest.mark.parametrize("stage", ["frozen", "voting", "announced"])
def test_after_the_freeze_nothing_is_said(round, stage):
    CandidacyFactory(round=round)
    round.stage = stage

    assert said(round) == []


@pytest.mark.parametrize("rows", [1, 3])
def test_the_same_queries_however_many(round, rows, django_assert_num_queries):
    for _ in range(rows):
        ResponseFactory(candidacy=CandidacyFactory(round=round))

    with django_assert_num_queries(1):
        assert len(said(round)) == rows


@pytest.mark.parametrize("state", ["cleared", "nominated"])
def test_a_disputed_fact_is_named_until_somebody_answers(round, state, django_assert_num_queries):
    jane = CandidacyFactory(name="Jane Rivera", round=round, state=state)
    response = ResponseFactory(candidacy=jane, submitted_at=START, right=4, total=4, passed=True)
    before = said(round)
    sentence = "Jane Rivera, MA-07: the campaign says that a fact on the ballot is wrong, and waits for an answer."
    correction = correcting.ask_about_ballot(response, words="It is Rivera-Lopez.", now=START)
    with django_assert_num_queries(1):
        assert said(round) == [sentence, *before]
    assert not any(one.blocking for one in obstacles(round, START))

    correcting.make(correction, by=UserFactory(is_staff=True), now=START, reason="Mended.")

    assert said(round) == before
    assert not Correction.objects.filter(state="open").exists()
