"""The desk's page of all results of a round: the tellers' before the certification, and whose after it."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from journal.models import Entry
from rounds.models import Contest, Round
from tests.factories.groups import UserFactory, district, state
from tests.factories.results import counted
from tests.factories.rounds import START, ContestFactory, RaceFactory, RoundFactory
from voting import contest_table, results
from voting.models import Result
from voting.publication import Audience

pytestmark = pytest.mark.django_db

Stage = Round.Stage


def user_with(*codenames):
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


@pytest.fixture
def teller(client):
    user = user_with("see_uncertified", "certify_round", "view_round")
    client.force_login(user)
    return user


@pytest.fixture
def auditor(client):
    user = user_with("view_round", "view_result", "view_entry")
    client.force_login(user)
    return user


@pytest.fixture
def round():
    return RoundFactory(stage=Stage.COUNTED)


def page_of(round):
    return reverse("admin:rounds_round_results", args=[round.pk])


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def in_state(office, usps="MA"):
    return {"contest__race": RaceFactory(office=office, place=state(usps))}


def row(round, result, audience=Audience.TELLERS):
    rows = contest_table.of_round(round, audience).rows
    return next(one for one in rows if one.contest.pk == result.contest_id)


def stage_to(round, stage):
    Round.objects.filter(pk=round.pk).update(stage=stage)
    round.refresh_from_db()


def test_what_needs_a_decision_stands_first_then_the_ballots_order(client, teller, round):
    carried = counted({1: 613, 2: 387}, round=round)
    lost = counted({1: 40, 2: 60}, round=round, **in_state("senate"))
    low = counted({1: 16, 2: 4}, round=round, roll=1250, contest__race=RaceFactory(place=district("NH", 2)))

    response = client.get(page_of(round))
    rows = response.context["table"].rows

    assert [one.contest.pk for one in rows] == [low.contest_id, carried.contest_id, lost.contest_id]
    assert response.context["table"].sums == "1 endorsed, 1 not endorsed, 1 needs a decision, 0 void."
    said = text_of(response)
    for words in (
        "613 (61.30%)",
        "at least 60% needed",
        "1,000",
        "100% of 1,000 on the roll",
        "If fewer do, our staff",
    ):
        assert words in said
    assert reverse("admin:voting_result_change", args=[low.pk]) + "#decide" in response.content.decode()


@pytest.mark.parametrize(
    ("votes", "fields", "outcome", "front", "why"),
    [
        ({1: 60, 2: 40}, {}, "endorsed", "Yes (Jane): 60%", "Met: Jane has 60%, at least 60% needed."),
        ({1: 59, 2: 41}, {}, "not_endorsed", "Yes (Jane): 59%", "Not met: Jane has 59%, at least 60% needed."),
        ({1: 41, 2: 59}, {}, "not_endorsed", "No: 59%", "Not met: Jane has 41%, at least 60% needed."),
        (
            {2: 90},
            {"roll": 100},
            "not_endorsed",
            "No: 97% or more",
            "The rule carries no candidate, at least 60% needed.",
        ),
        (
            {1: 16, 2: 8},
            {"roll": 100},
            "needs_review",
            "Yes (Jane): 66.66%",
            "Under the turnout floor: 24 votes were cast; at least 25 are needed. "
            "Met: Jane has 66.66%, at least 60% needed.",
        ),
        (
            {1: 7, 2: 1},
            {"roll": 20},
            "needs_review",
            "",
            "Under the turnout floor: 8 votes were cast; at least 25 are needed. "
            "The support needed, at least 60%, was reached.",
        ),
        ({}, {"roll": 20}, "needs_review", "", None),
    ],
)
def test_outcome_share_in_front_and_why(round, votes, fields, outcome, front, why):
    result = counted(votes, round=round, **fields)
    result.contest.options.get(number=1).candidacy.__class__.objects.update(name="Jane")

    one = row(round, result)

    assert (one.outcome, one.front) == (outcome, front)
    if why:
        assert one.why == why


@pytest.mark.parametrize(("votes", "reached"), [({1: 15, 2: 10}, True), ({1: 15, 2: 9}, False)])
def test_both_sides_of_the_turnout_floor(round, votes, reached):
    one = row(round, counted(votes, round=round, roll=1000))

    assert (one.floor, one.floor_reached) == ("25 votes and 1% of the roll", reached)
    assert one.ballots == str(sum(votes.values()))


def test_a_tie_is_called_one(round):
    Round.objects.update(threshold=4000)
    round.refresh_from_db()
    result = counted({1: 45, 2: 45, 3: 10}, round=round, candidates=2)
    names = [option.candidacy.name for option in result.contest.options.filter(kind="candidate")]

    one = row(round, result)

    assert (one.outcome, one.why) == ("not_endorsed", f"A tie: {names[0]} and {names[1]} have 45% each.")
    assert one.front == f"{names[0]} and {names[1]}: 45%"


def test_void_and_decided_contests_say_why_and_by_whom(round, teller):
    gone = ContestFactory(
        round=round, state=Contest.State.VOID, state_reason="She left.", race=in_state("senate")["contest__race"]
    )
    results.settle_void(gone, now=START)
    low = counted({1: 16, 2: 4}, round=round, roll=1250)
    results.decide(low, endorse=True, by=teller, now=START, reason="A small place.")

    table = contest_table.of_round(round, Audience.TELLERS)

    assert {one.outcome: one.why for one in table.rows} == {
        "void": "Taken out of the vote: She left.",
        "endorsed": f"Under the turnout floor. Decided by {teller}: “A small place.”",
    }
    assert table.sums == "1 endorsed, 0 not endorsed, 0 need a decision, 1 void."
    assert [one.turnout for one in table.rows if one.outcome == "void"] == [""]


def test_a_rule_that_is_not_the_rounds_stands_in_its_row(round):
    result = counted({1: 60, 2: 40}, round=round)
    assert row(round, result).rule == ""
    Result.objects.update(rule={**result.rule, "threshold": 5500})

    assert "at least 55% of the votes" in row(round, result).rule


@pytest.mark.parametrize("stage", [Stage.POLLS_CLOSED, Stage.COUNTED, Stage.CANCELLED])
def test_before_the_certification_it_is_the_tellers_alone(client, auditor, round, stage):
    counted({1: 613, 2: 387}, round=round)
    stage_to(round, stage)

    assert client.get(page_of(round)).status_code == 403
    assert "/results/" not in client.get(f"/desk/rounds/round/{round.pk}/change/").content.decode()
    client.force_login(user_with("see_uncertified"))
    assert client.get(page_of(round)).status_code == 200


@pytest.mark.parametrize("stage", [Stage.CERTIFIED, Stage.ANNOUNCED, Stage.ARCHIVED])
def test_from_the_certification_on_it_is_for_who_may_read_results(client, auditor, round, stage):
    result = counted({1: 613, 2: 387}, round=round)
    results.certify(round, by=None, now=START)
    stage_to(round, stage)

    assert "613 (61.30%)" in text_of(client.get(page_of(round)))
    assert page_of(round) in client.get(f"/desk/rounds/round/{round.pk}/change/").content.decode()
    assert page_of(round) in client.get(reverse("admin:voting_result_change", args=[result.pk])).content.decode()
    client.force_login(user_with("view_round"))
    assert client.get(page_of(round)).status_code == 403


def test_small_cells_stay_closed_after_the_certification(client, auditor, round):
    low = counted({1: 7, 2: 1}, round=round, roll=20)
    alike = counted({1: 99, 2: 1}, round=round, **in_state("senate"))
    results.decide(low, endorse=False, by=None, now=START, reason="Too few.")
    results.certify(round, by=None, now=START)
    stage_to(round, Stage.CERTIFIED)

    rows = {one.contest.pk: one for one in client.get(page_of(round)).context["table"].rows}
    few, many = rows[low.contest_id], rows[alike.contest_id]

    assert (few.ballots, few.front, few.turnout, few.floor_reached) == ("", "", "20 on the roll", None)
    assert [votes for one in (few, many) for _name, votes, _share in one.options] == [""] * 4
    assert (many.ballots, many.floor_reached) == ("at least 100", None)
    assert many.front.endswith(": 97% or more")


def test_a_contest_that_is_not_counted_says_so(client, teller, round):
    ContestFactory(round=round)

    response = client.get(page_of(round))

    assert response.context["table"].sums.endswith("0 void, 1 not counted yet.")
    assert "not counted yet" in text_of(response)


@pytest.mark.parametrize("stage", [Stage.DRAFT, Stage.VOTING])
def test_a_round_without_results_has_a_page_without_them(client, teller, stage):
    round = RoundFactory(stage=stage)

    assert "no contests yet" in text_of(client.get(page_of(round)))
    assert page_of(round) not in client.get(f"/desk/rounds/round/{round.pk}/change/").content.decode()


def test_reading_it_before_the_certification_is_written_down_once_an_hour(client, teller, round):
    counted({1: 613, 2: 387}, round=round)
    for _ in range(2):
        client.get(page_of(round))

    [entry] = Entry.objects.filter(verb="read.opened")
    assert (entry.subject, entry.actor) == (f"results:{round.pk}", f"user:{teller.pk}")

    results.certify(round, by=None, now=START)
    stage_to(round, Stage.CERTIFIED)
    client.force_login(user_with("see_uncertified"))
    client.get(page_of(round))
    assert Entry.objects.filter(verb="read.opened").count() == 1


def test_an_unknown_round_is_not_found_and_strangers_go_to_the_door(client, teller, ada, round):
    assert client.get("/desk/rounds/round/987654321/results/").status_code == 404
    client.force_login(ada)
    assert client.get(page_of(round)).status_code == 302


def test_as_many_queries_for_one_contest_as_for_four(client, teller, round):
    results.decide(counted({1: 16, 2: 4}, round=round, roll=1250), endorse=True, by=teller, now=START, reason="So.")
    client.get(page_of(round))
    with CaptureQueriesContext(connection) as one:
        client.get(page_of(round))
    counted({1: 60, 2: 40}, round=round, candidates=2, **in_state("senate"))
    counted({1: 60, 2: 40}, round=round, **in_state("governor"))
    second = counted({1: 16, 2: 4}, round=round, roll=1250, **in_state("senate", "NH"))
    results.decide(second, endorse=True, by=UserFactory(), now=START, reason="So.")
    with CaptureQueriesContext(connection) as four:
        assert len(client.get(page_of(round)).context["table"].rows) == 4
    assert len(one) == len(four) <= 12
