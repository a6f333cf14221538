import pytest
from django.contrib.auth.models import Permission

from endorsements.desk import today
from rounds.models import Nomination, Round
from tests.factories.groups import UserFactory
from tests.factories.results import counted
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


@pytest.mark.parametrize(("right", "told"), [("see_uncertified", 1), ("view_result", 0)])
def test_results_that_need_a_decision_are_counted_for_tellers_alone(right, told):
    counted({1: 6, 2: 4})
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename=right))

    assert len([one for one in today.waiting(user, START) if "need a decision" in one.label]) == told
