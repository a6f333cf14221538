from datetime import timedelta

import pytest

from endorsements import certifying
from rounds.models import Candidacy, Contest, Gate, Nomination, Round
from tests.factories.results import counted
from tests.factories.rounds import START, CandidacyFactory, ContestFactory, NominationFactory, RoundFactory
from tests.factories.vetting import ALL_RIGHT, ResponseFactory, ReviewFactory
from voting.models import Turnout

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
    assert [step.state for step in response.context["steps"]] == ["done", "done", "now", "next", "next", "next", "next"]


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


def labels(response):
    return [(step.label, step.state) for step in response.context["steps"]]


def test_a_returned_nomination_says_what_is_missing_and_leads_there(client, ada, nomination):
    Nomination.objects.update(state=Nomination.State.RETURNED, decision_reason="Which day was the vote?")

    text = page(client, ada).content.decode()

    assert "Which day was the vote?" in text
    assert f'href="/lead/nominations/{nomination.pk}/"' in text


@pytest.mark.parametrize("state", [Nomination.State.REFUSED, Nomination.State.WITHDRAWN])
def test_a_nomination_that_ended_promises_nothing_more(client, ada, nomination, state):
    Nomination.objects.update(state=state, decision_reason="Not her office.")

    response = page(client, ada)

    assert labels(response) == [("Received", "done"), (state.label, "done")]
    assert response.context["coming"] is None
    assert "Not her office." in response.content.decode()


def test_a_declined_candidate_and_until_when_to_ask_again(client, ada, nomination):
    Candidacy.objects.update(state=Candidacy.State.DECLINED)
    ReviewFactory(candidacy=nomination.candidacy, decision="decline", reason="Votes against.", decided_at=START)

    response = page(client, ada)

    assert labels(response)[-1] == ("Vetting", "done")
    assert "Until Saturday, February 7, 2026 you may ask us to look again" in response.content.decode()


def test_a_candidate_who_left_ends_the_way(client, ada, nomination):
    Candidacy.objects.update(state=Candidacy.State.WITHDRAWN)

    response = page(client, ada)

    assert labels(response)[-1] == ("The candidate no longer stands", "done")
    assert response.context["coming"] is None


@pytest.fixture
def vote(group, ada):
    """The nomination's contest, open to the members."""
    contest = ContestFactory(round=RoundFactory(stage=Round.Stage.VOTING, name="Spring", slug="spring"))
    NominationFactory(group=group, candidacy=contest.options.get(number=1).candidacy, reference="N-4F7K")
    return contest


@pytest.mark.parametrize(
    ("ballots", "said"), [(None, "Too few votes so far"), (10, "Too few votes so far"), (20, "So far 20 votes or more")]
)
def test_turnout_is_rounded_and_hidden_under_twenty(client, ada, vote, ballots, said):
    if ballots is not None:
        Turnout.objects.create(contest=vote, ballots=ballots, refreshed_at=START)

    assert said in page(client, ada).content.decode()


def test_a_stopped_vote_says_why(client, ada, vote):
    Contest.objects.update(state=Contest.State.STOPPED, state_reason="A candidate left.")

    assert "stopped: A candidate left." in page(client, ada).content.decode()


@pytest.mark.parametrize(
    ("stage", "states"),
    [
        (Round.Stage.FROZEN, ["now", "next", "next"]),
        (Round.Stage.VOTING, ["done", "now", "next"]),
        (Round.Stage.POLLS_CLOSED, ["done", "done", "now"]),
        (Round.Stage.CERTIFIED, ["done", "done", "done"]),
    ],
)
def test_ballot_vote_and_result_follow_the_round(client, ada, vote, stage, states):
    Round.objects.update(stage=stage)
    if stage == Round.Stage.CERTIFIED:
        Candidacy.objects.update(state=Candidacy.State.ENDORSED)

    assert [step.state for step in page(client, ada).context["steps"]][-3:] == states


@pytest.mark.parametrize(
    ("day", "label"),
    [(2, "The ballot is made"), (33.7, "Voting opens"), (35, "Voting closes"), (38, "The result is announced")],
)
def test_the_next_date(client, ada, vote, set_clock, day, label):
    set_clock(START + timedelta(days=day))

    assert page(client, ada).context["coming"].label == label


def test_the_campaigns_deadline_comes_first(client, ada, nomination, set_clock):
    set_clock(START)
    ResponseFactory(candidacy=nomination.candidacy, due_at=START + timedelta(days=7))

    assert page(client, ada).context["coming"].at == START + timedelta(days=7)


def test_a_waiting_nomination_names_the_next_round(client, ada, group, set_clock):
    set_clock(START)
    RoundFactory(name="Round 9", starts_at=START + timedelta(days=3))
    NominationFactory(group=group, candidacy__round=None, reference="N-4F7K")

    assert "It enters Round 9, which opens on Thursday, February 5, 2026" in page(client, ada).content.decode()


def test_other_groups_and_the_calendar_are_named(client, ada, nomination):
    other = NominationFactory(candidacy=nomination.candidacy, group__name="Lynn Group").group

    response = page(client, ada)

    assert response.context["behind"] == [other]
    assert response.context["calendar"].endswith(f"/rounds/{nomination.candidacy.round.slug}/dates.ics")


def test_the_page_asks_the_database_the_same_however_many_name_her(client, ada, nomination, django_assert_num_queries):
    client.force_login(ada)
    for _ in range(3):
        NominationFactory(candidacy=nomination.candidacy)
    with django_assert_num_queries(9):
        client.get("/lead/nominations/N-4F7K/follow/")
