import pytest

from endorsements import certifying
from rounds.models import Candidacy, Gate, Nomination, Round
from tests.factories.results import counted
from tests.factories.rounds import START, CandidacyFactory, NominationFactory, RoundFactory
from tests.factories.vetting import ALL_RIGHT, ResponseFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def nomination(group, ada):
    """Ada's group has named somebody for MA-07 in a round that takes nominations."""
    candidacy = CandidacyFactory(name="Ayo Santos", round=RoundFactory(stage=Round.Stage.NOMINATING))
    return NominationFactory(group=group, candidacy=candidacy, submitted_by=ada, reference="N-4F7K")


def page(client, user, reference="N-4F7K"):
    client.force_login(user)
    return client.get(f"/lead/nominations/{reference}/follow/")


def test_a_leader_sees_where_her_nomination_is(client, ada, nomination):
    response = page(client, ada)

    assert response.status_code == 200
    assert [step.state for step in response.context["steps"]] == ["done", "done", "now", "next", "next", "next"]


def test_it_is_nobody_elses_business(client, nomination, cem):
    assert client.get("/lead/nominations/N-4F7K/follow/").status_code == 302
    assert page(client, cem).status_code == 404


@pytest.mark.parametrize("reference", ["N-XXXX", "12", "-"])
def test_an_unknown_reference_is_not_found(client, ada, nomination, reference):
    assert page(client, ada, reference).status_code == 404


def test_answers_can_be_read_once_they_are_sent(client, ada, nomination):
    link = f"/lead/candidates/{nomination.candidacy_id}/answers/"
    response = ResponseFactory(candidacy=nomination.candidacy, answers=ALL_RIGHT)
    assert link not in page(client, ada).content.decode()

    response.submitted_at = START
    response.save()

    assert link in page(client, ada).content.decode()


def test_the_result_is_shown_once_it_is_certified_and_not_before(client, ada, group, dee):
    result = counted({1: 66, 2: 34})
    candidacy = Candidacy.objects.get()
    NominationFactory(group=group, candidacy=candidacy, reference="N-4F7K")
    assert "66 of 100" not in page(client, ada).content.decode()

    certifying.certify(result.contest.round, by=dee, now=START)

    text = page(client, ada).content.decode()
    assert "66 of 100 votes (66%)" in text
    assert "Please do not share this before" in text
    assert Gate.objects.get(kind=Gate.Kind.CARRIED).candidacy == candidacy


def test_a_nomination_that_waits_says_so(client, ada, group):
    candidacy = CandidacyFactory(round=None)
    NominationFactory(group=group, candidacy=candidacy, reference="N-4F7K", state=Nomination.State.SUBMITTED)

    assert "waits for the next round" in page(client, ada).content.decode()
