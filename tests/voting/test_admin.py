"""The desk: results are tellers' until they are certified, and nothing here leads to a ballot."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.urls import reverse

from journal.models import Entry
from rounds.models import Round
from tests.factories.groups import UserFactory, state
from tests.factories.results import counted
from tests.factories.rounds import ContestFactory, RaceFactory, RoundFactory
from voting import results
from voting.models import Count, Result

pytestmark = pytest.mark.django_db


def user_with(*codenames):
    """Staff with exactly these permissions."""
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    assert user.user_permissions.count() == len(codenames)
    return user


@pytest.fixture
def teller(client):
    user = user_with("see_uncertified", "certify_round", "view_result")
    client.force_login(user)
    return user


@pytest.fixture
def manager(client):
    """Somebody who steers rounds and may read results once they are certified."""
    user = user_with("steer_round", "view_round", "view_result", "view_entry")
    client.force_login(user)
    return user


def page_of(result):
    return reverse("admin:voting_result_change", args=[result.pk])


def text_of(response):
    return response.content.decode()


def test_ballots_have_no_admin():
    shown = {model.__name__ for model in admin.site._registry if model._meta.app_label == "voting"}

    assert shown == {"Result", "ContestRoll", "Count", "KeyTest", "VoidedEnvelope"}


def test_a_teller_sees_figures_rule_turnout_and_why(client, teller):
    result = counted({0: 2, 1: 14, 2: 6}, roll=1250)
    Result.objects.filter(pk=result.pk).update(delivered=1000)
    said = text_of(client.get(page_of(result)))

    for text in (
        "needs review",
        "20 votes were cast; at least 25 are needed.",
        "at least 60%",
        "70%",
        "30%",
        "1.60% voted",
        "1,250",
        "1,000",
        "2% voted",
        "reached",
    ):
        assert text in said
    assert 'name="reason"' in said


def test_a_teller_sees_turnout_and_not_the_split_of_a_tiny_contest(client, teller):
    said = text_of(client.get(page_of(counted({1: 7, 2: 1}, roll=20))))

    assert "Votes by option" not in said
    assert "40% voted" in said
    assert "Not shown in full: fewer than 10 ballots." in said


@pytest.mark.parametrize("name", ["changelist", "change"])
def test_before_the_certification_others_see_nothing(client, manager, name):
    result = counted({1: 613, 2: 387})
    url = page_of(result) if name == "change" else reverse("admin:voting_result_changelist")
    response = client.get(url, follow=True)

    assert response.status_code == 200
    said = text_of(response)
    assert "613" not in said and "61.30" not in said
    assert not response.context["cl"].result_count if name == "changelist" else response.redirect_chain


def test_after_the_certification_others_read_what_groups_may(client, manager, at):
    result = counted({1: 613, 2: 387})
    results.certify(result.contest.round, by=None, now=at("2026-03-12 09:00"))

    said = text_of(client.get(page_of(result)))
    assert "613" in said and "61.30%" in said
    assert 'name="reason"' not in said


def test_who_opens_a_result_before_its_certification_is_written_down_once_an_hour(client, teller, set_clock, at):
    result = counted({1: 613, 2: 387})
    set_clock(at("2026-03-12 08:00"))
    for _again in range(2):
        client.get(page_of(result))
        client.get(reverse("admin:voting_result_history", args=[result.pk]))

    [entry] = Entry.objects.filter(verb__startswith="read.")
    assert (entry.verb, entry.subject, entry.actor) == ("read.opened", f"result:{result.pk}", f"user:{teller.pk}")
    assert not (entry.before or entry.after or entry.reason)
    set_clock(at("2026-03-12 09:00"))
    client.get(page_of(result))
    assert Entry.objects.filter(verb="read.opened").count() == 2

    results.certify(result.contest.round, by=None, now=at("2026-03-12 10:00"))
    set_clock(at("2026-03-12 12:00"))
    client.get(page_of(result))
    assert Entry.objects.filter(verb="read.opened").count() == 2


def test_who_may_not_see_a_result_yet_leaves_no_line(client, manager):
    client.get(page_of(counted({1: 613, 2: 387})))

    assert not Entry.objects.filter(verb="read.opened").exists()


def test_others_can_not_decide(client, manager):
    result = counted({1: 20}, roll=1250)
    response = client.post(reverse("admin:voting_result_decide", args=[result.pk]), {"endorse": "yes", "reason": "x"})

    assert response.status_code == 403
    assert Result.objects.get().outcome == Result.Outcome.NEEDS_REVIEW


def test_somebody_who_is_not_staff_is_sent_away(client, ada):
    client.force_login(ada)
    result = counted({1: 20}, roll=1250)

    for url in (page_of(result), reverse("admin:voting_result_decide", args=[result.pk])):
        assert client.get(url).status_code in (302, 403)


def test_deciding(client, teller):
    result = counted({1: 16, 2: 4}, roll=1250)
    url = reverse("admin:voting_result_decide", args=[result.pk])

    said = {"endorse": "yes", "reason": "A small place.", "typed": "Another round"}

    assert "That is not its name." in text_of(client.post(url, said))
    assert Result.objects.get().outcome == Result.Outcome.NEEDS_REVIEW
    response = client.post(url, said | {"typed": result.contest.round.name}, follow=True)

    result.refresh_from_db()
    assert (result.outcome, result.decided_by, result.decided_reason) == ("endorsed", teller, "A small place.")
    assert "Decided: endorsed." in text_of(response)


def test_looking_decides_nothing(client, teller):
    result = counted({1: 16, 2: 4}, roll=1250)

    response = client.get(reverse("admin:voting_result_decide", args=[result.pk]))

    assert response.status_code == 302
    assert Result.objects.get().outcome == Result.Outcome.NEEDS_REVIEW


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({}, "Choose one of the two."),
        ({"endorse": "yes"}, "Say why: the reason is kept with the result."),
        ({"endorse": "yes", "reason": "   "}, "Say why: the reason is kept with the result."),
        ({"endorse": "perhaps", "reason": "kept text"}, "kept text"),
        ({"endorse": "yes", "reason": "kept\x00text"}, "Null characters are not allowed."),
        ({"endorse": "yes", "reason": "long" * 501}, "at most 2000 characters"),
    ],
)
def test_a_decision_that_is_not_whole_keeps_what_was_typed(client, teller, typed, says):
    result = counted({1: 16, 2: 4}, roll=1250)
    response = client.post(reverse("admin:voting_result_decide", args=[result.pk]), typed)

    assert response.status_code == 400
    assert says in text_of(response)
    assert Result.objects.get().outcome == Result.Outcome.NEEDS_REVIEW


def test_nobody_can_be_endorsed_below_the_share(client, teller):
    result = counted({1: 11, 2: 9}, roll=1250)
    assert 'value="yes"' not in text_of(client.get(page_of(result)))

    response = client.post(
        reverse("admin:voting_result_decide", args=[result.pk]), {"endorse": "yes", "reason": "We like her."}
    )
    assert response.status_code == 400
    assert "We like her." in text_of(response)
    assert Result.objects.get().outcome == Result.Outcome.NEEDS_REVIEW


def test_a_decision_after_the_certification_is_refused_in_words(client, teller):
    result = counted({1: 16, 2: 4}, roll=1250)
    Round.objects.filter(pk=result.contest.round_id).update(stage=Round.Stage.CERTIFIED)

    response = client.post(
        reverse("admin:voting_result_decide", args=[result.pk]),
        {"endorse": "yes", "reason": "Late but fair.", "typed": result.contest.round.name},
    )
    assert response.status_code == 400
    assert "between the count and the certification" in text_of(response)
    assert "Late but fair." in text_of(response)


@pytest.mark.parametrize("name", ["voting_result_decide", "voting_count_retry"])
def test_an_unknown_number_is_no_error(client, teller, name):
    assert client.post(reverse(f"admin:{name}", args=[987654321]), {}).status_code == 302


def test_results_and_counts_are_listed_in_as_many_queries_for_one_as_for_three(
    client, teller, django_assert_num_queries
):
    round = RoundFactory(stage=Round.Stage.COUNTED)
    races = [RaceFactory(), *(RaceFactory(office=office, place=state("MA")) for office in ("senate", "governor"))]
    counted({1: 60, 2: 40}, round=round, contest__race=races[0])
    urls = [reverse("admin:voting_result_changelist"), reverse("admin:voting_count_changelist")]
    for url in urls:
        client.get(url)
    queries = 7
    for url in urls:
        with django_assert_num_queries(queries):
            client.get(url)
    for race in races[1:]:
        counted({1: 60, 2: 40}, round=round, contest__race=race)
    for url in urls:
        with django_assert_num_queries(queries):
            assert client.get(url).context["cl"].result_count == 3


def test_a_stopped_contest_is_looked_at_again_with_a_reason(client, teller):
    contest = ContestFactory(round__stage=Round.Stage.POLLS_CLOSED)
    count = Count.objects.create(
        contest=contest, state=Count.State.IRREGULAR, irregularity="It was changed.", commitment="c" * 64
    )
    url = reverse("admin:voting_count_retry", args=[count.pk])
    assert "It was changed." in text_of(client.get(reverse("admin:voting_count_change", args=[count.pk])))

    assert client.post(url, {"reason": ""}).status_code == 400
    assert client.post(url, {"reason": "The backup was restored."}).status_code == 302
    count.refresh_from_db()
    assert (count.state, count.irregularity) == (Count.State.COMMITTED, "")


def test_a_manager_reads_counts_and_can_not_retry(client, manager):
    contest = ContestFactory(round__stage=Round.Stage.POLLS_CLOSED)
    count = Count.objects.create(contest=contest, state=Count.State.IRREGULAR, irregularity="It was changed.")

    said = text_of(client.get(reverse("admin:voting_count_change", args=[count.pk])))
    assert "It was changed." in said and 'name="reason"' not in said
    assert client.post(reverse("admin:voting_count_retry", args=[count.pk]), {"reason": "x"}).status_code == 403
