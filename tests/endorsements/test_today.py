import pytest

from endorsements import today
from rounds.models import Nomination, Round
from tests.factories.rounds import START, CandidacyFactory, NominationFactory, RoundFactory
from tests.factories.vetting import ResponseFactory
from vetting import answering

pytestmark = pytest.mark.django_db


def test_what_waits_is_counted_and_what_does_not_is_left_out(dee):
    NominationFactory(state=Nomination.State.SUBMITTED)
    NominationFactory(state=Nomination.State.ACCEPTED)

    assert [(one.number, one.label) for one in today.waiting(dee, START)] == [(1, "Nominations to accept or return")]


def test_campaigns_that_ask_for_time_wait_until_they_have_it_or_a_score(client, dee):
    response = ResponseFactory()
    ResponseFactory(candidacy=CandidacyFactory(race=response.candidacy.race, name="Bo Stone"))
    answering.ask_for_time(response, reason="Illness.", now=START)
    client.force_login(dee)

    [row] = [one for one in today.waiting(dee, START) if "more time" in one.label]
    page = client.get(row.url).content.decode()

    assert row.number == 1
    assert response.candidacy.name in page
    assert "Bo Stone" not in page
    answering.submit(response, name="Jane", role="Candidate", may_publish=True, now=START)
    assert not [one for one in today.waiting(dee, START) if "more time" in one.label]


def test_rounds_under_way_say_what_comes_next():
    round = RoundFactory(stage=Round.Stage.NOMINATING)
    RoundFactory(stage=Round.Stage.ANNOUNCED)
    RoundFactory(stage=Round.Stage.CANCELLED)
    CandidacyFactory(round=round)

    [shown] = today.under_way(START)

    assert (shown["round"], shown["next"], shown["when"]) == (round, "Vetting", round.nominations_close_at)
    assert [obstacle.blocking for obstacle in shown["obstacles"]] == [False] * len(shown["obstacles"])
