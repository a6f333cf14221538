"""Results: the figures and the rule kept, decisions with reasons, and one certification."""

from datetime import timedelta

import pytest

from journal.models import Entry
from mailings import suppression
from mailings.models import Letter, Suppression
from rounds import candidacies
from rounds.models import Candidacy, Contest, Gate, Round
from rounds.refusals import Refusal as RoundsRefusal
from tests.factories.groups import state
from tests.factories.results import counted, eligible
from tests.factories.rounds import ContestFactory, RaceFactory, RoundFactory
from voting import results
from voting.models import Result
from voting.refusals import Refusal

pytestmark = pytest.mark.django_db


def endorsed_of(result):
    """The candidacy behind the contest's Yes."""
    return Candidacy.objects.get(options__contest=result.contest, options__kind="yes")


def test_a_result_keeps_its_figures_and_its_rule(at):
    now = at("2026-03-12 00:05")
    result = counted({0: 3, 1: 60, 2: 40}, roll=500, now=now)

    assert (result.outcome, result.ballots, result.skipped, result.roll) == (Result.Outcome.ENDORSED, 100, 3, 500)
    assert result.leading.number == 1
    assert list(result.lines.values_list("option__number", "votes")) == [(1, 60), (2, 40)]
    assert result.rule == {
        "threshold": 6000,
        "comparison": "at_least",
        "turnout_min_votes": 25,
        "turnout_min_share": 100,
    }
    assert (result.counted_at, result.review_reason) == (now, "")


def test_the_round_s_own_rule_decides():
    assert counted({1: 60, 2: 40}, comparison=Round.Comparison.MORE_THAN).outcome == Result.Outcome.NOT_ENDORSED
    assert counted({1: 50, 2: 50}, threshold=5000).outcome == Result.Outcome.ENDORSED


def test_why_it_needs_review_stands_in_sentences():
    few = counted({1: 15, 2: 5}, roll=1250)
    small = counted({1: 26}, roll=500_000)
    nobody = counted({}, roll=0)

    assert few.review_reason == "20 votes were cast; at least 25 are needed."
    assert small.review_reason == "0% of the 500,000 people on the roll voted; at least 1% are needed."
    assert nobody.review_reason == "Nobody voted."
    assert {one.outcome for one in (few, small, nobody)} == {Result.Outcome.NEEDS_REVIEW}


def test_delivered_counts_letters_sent_to_addresses_that_do_not_bounce(at):
    round = RoundFactory(stage=Round.Stage.COUNTED)
    contest = ContestFactory(round=round)
    other = ContestFactory(round=round, race__office="senate", race__place=state("MA"))
    entries = [eligible(round, [contest]) for _ in range(4)]
    entries.append(eligible(round, [other]))
    now = at("2026-03-08 12:00")
    states = [Letter.State.SENT, Letter.State.SENT, Letter.State.FAILED, Letter.State.SKIPPED, Letter.State.SENT]
    for entry, sent in zip(entries, states, strict=True):
        Letter.objects.create(
            name="voting.ballot", topic=round.topic, subject=round.pk, seat=entry.pk, state=sent, not_before=now
        )
    assert results.delivered(round)[contest.pk] == 2

    suppression.suppress([entries[0].member.email_key], Suppression.Reason.BOUNCED, now=now)
    assert results.delivered(round)[contest.pk] == 1


# Deciding


@pytest.fixture
def low():
    """A result whose candidate has the share, while too few voted."""
    return counted({1: 20}, roll=1250)


def test_a_person_may_endorse_where_only_the_turnout_is_low(low, dee, at):
    now = at("2026-03-12 01:00")
    assert results.decide(low, endorse=True, by=dee, now=now, reason="A small place, and nobody against.") is True

    assert (low.outcome, low.decided_by, low.decided_reason) == (
        Result.Outcome.ENDORSED,
        dee,
        "A small place, and nobody against.",
    )
    assert list(results.undecided(low.contest.round)) == []


def test_the_journal_tells_a_decision_s_outcome_with_the_certification(low, dee, at):
    results.decide(low, endorse=True, by=dee, now=at("2026-03-12 01:00"), reason="A small place, and nobody against.")
    decided = Entry.objects.get(verb="result.decided")
    assert (decided.actor, decided.reason, decided.before, decided.after) == (f"user:{dee.pk}", "", None, None)

    results.certify(low.contest.round, by=dee, now=at("2026-03-12 09:00"))
    certified = Entry.objects.get(verb="result.certified")
    assert (certified.reason, certified.after) == ("A small place, and nobody against.", {"outcome": "endorsed"})


def test_deciding_the_same_twice_is_once_and_another_way_is_refused(low, dee, at):
    now = at("2026-03-12 01:00")
    results.decide(low, endorse=False, by=dee, now=now, reason="Too few.")

    assert results.decide(low, endorse=False, by=dee, now=now, reason="Too few, again.") is False
    assert low.decided_reason == "Too few."
    with pytest.raises(Refusal, match="does not wait for a decision"):
        results.decide(low, endorse=True, by=dee, now=now, reason="No, rather yes.")
    assert Entry.objects.filter(verb="result.decided").count() == 1


def test_nobody_is_endorsed_below_the_rule_s_share(dee, at):
    result = counted({1: 11, 2: 9}, roll=1250)

    with pytest.raises(Refusal, match="No candidate has the share"):
        results.decide(result, endorse=True, by=dee, now=at("2026-03-12 01:00"), reason="We like her.")

    result.refresh_from_db()
    assert result.outcome == Result.Outcome.NEEDS_REVIEW


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_decision_needs_a_reason(low, dee, at, reason):
    with pytest.raises(Refusal, match="Say why"):
        results.decide(low, endorse=True, by=dee, now=at("2026-03-12 01:00"), reason=reason)


def test_a_result_that_needs_no_review_takes_no_decision(dee, at):
    result = counted({1: 60, 2: 40})

    for endorse in (True, False):
        with pytest.raises(Refusal, match="does not wait"):
            results.decide(result, endorse=endorse, by=dee, now=at("2026-03-12 01:00"), reason="Because.")


def test_nothing_is_decided_after_the_certification(low, dee, at):
    Round.objects.filter(pk=low.contest.round_id).update(stage=Round.Stage.CERTIFIED)

    with pytest.raises(Refusal, match="between the count and the certification"):
        results.decide(low, endorse=True, by=dee, now=at("2026-03-13 01:00"), reason="Late.")


# Certifying


def test_certifying_passes_the_last_gate_with_the_figures(dee, at):
    result = counted({1: 312, 2: 168, 3: 40}, roll=2000, candidates=2)
    winner, loser = [option.candidacy for option in result.contest.options.filter(kind="candidate")]
    now = at("2026-03-12 09:00")

    assert results.certify(result.contest.round, by=dee, now=now) == 1

    winner.refresh_from_db()
    loser.refresh_from_db()
    result.refresh_from_db()
    assert (winner.state, loser.state) == (Candidacy.State.ENDORSED, Candidacy.State.NOT_ENDORSED)
    gate = Gate.objects.get(candidacy=winner, kind=Gate.Kind.CARRIED)
    assert (gate.evidence, gate.passed_at) == ("312 of 520 votes (60%), turnout 26%", now)
    assert not Gate.objects.filter(candidacy=loser, kind=Gate.Kind.CARRIED).exists()
    assert result.certified_at == now


def test_certifying_twice_does_nothing(dee, at):
    result = counted({1: 60, 2: 40})
    results.certify(result.contest.round, by=dee, now=at("2026-03-12 09:00"))
    before = Entry.objects.count()

    assert results.certify(result.contest.round, by=dee, now=at("2026-03-12 09:01")) == 0
    result.refresh_from_db()
    assert (result.certified_at, Entry.objects.count()) == (at("2026-03-12 09:00"), before)


def test_the_gate_of_a_nearly_unanimous_contest_tells_no_exact_figures(dee, at):
    result = counted({1: 100, 2: 1}, roll=1000)
    results.certify(result.contest.round, by=dee, now=at("2026-03-12 09:00"))

    gate = Gate.objects.get(candidacy=endorsed_of(result), kind=Gate.Kind.CARRIED)
    assert gate.evidence == "97% or more of at least 100 votes, turnout at least 10%"


def test_the_gate_of_a_tiny_contest_tells_no_figures(dee, at):
    result = counted({1: 9}, roll=20, turnout_min_votes=5)
    results.certify(result.contest.round, by=dee, now=at("2026-03-12 09:00"))

    gate = Gate.objects.get(candidacy=endorsed_of(result), kind=Gate.Kind.CARRIED)
    assert gate.evidence == "Carried by the members’ vote"


def test_nothing_is_certified_while_a_contest_needs_review(low, dee, at):
    with pytest.raises(Refusal, match="needs review"):
        results.certify(low.contest.round, by=dee, now=at("2026-03-12 09:00"))

    assert Result.objects.filter(certified_at=None).count() == 1


def test_nothing_is_certified_while_a_contest_has_no_result(dee, at):
    result = counted({1: 60, 2: 40})
    ContestFactory(round=result.contest.round, race__office="senate", race__place=state("MA"))

    with pytest.raises(Refusal, match="has no result yet"):
        results.certify(result.contest.round, by=dee, now=at("2026-03-12 09:00"))


@pytest.mark.parametrize("missing", [Gate.Kind.LOCAL, Gate.Kind.RECOMMENDED, Gate.Kind.CLEARED])
def test_nobody_is_endorsed_without_the_gates_before(dee, at, missing):
    result = counted({1: 60, 2: 40})
    Gate.objects.filter(kind=missing).delete()

    with pytest.raises(RoundsRefusal, match="has not passed the gate"):
        results.certify(result.contest.round, by=dee, now=at("2026-03-12 09:00"))


def test_who_stood_in_a_stopped_contest_waits_for_the_next_round(dee, at):
    round = RoundFactory(stage=Round.Stage.POLLS_CLOSED)
    contest = ContestFactory(round=round, candidates=2)
    gone, rest = Candidacy.objects.filter(round=round).order_by("pk")
    candidacies.move(gone, Candidacy.State.WITHDRAWN, by=dee, now=at("2026-03-09 09:00"))
    candidacies.move_contest(contest, Contest.State.STOPPED, by=dee, now=at("2026-03-09 09:00"), reason="One withdrew.")
    results.settle_void(contest, now=at("2026-03-12 00:05"))
    results.certify(round, by=dee, now=at("2026-03-12 09:00"))

    gone.refresh_from_db()
    rest.refresh_from_db()
    assert (gone.state, rest.state, rest.round) == (Candidacy.State.WITHDRAWN, Candidacy.State.CLEARED, None)
    assert Entry.objects.filter(verb="candidacy.rolled_over", reason="One withdrew.").count() == 1


def test_settling_a_void_contest_twice_is_once(at):
    round = RoundFactory(stage=Round.Stage.POLLS_CLOSED)
    contest = ContestFactory(round=round, state=Contest.State.VOID)

    answers = [results.settle_void(contest, now=at("2026-03-12 00:05") + timedelta(minutes=n)) for n in (0, 1)]
    assert answers == [True, False]


def test_undecided_results_are_asked_for_in_one_query(django_assert_num_queries):
    round = RoundFactory(stage=Round.Stage.COUNTED)
    places = [
        {},
        *({"contest__race": RaceFactory(office=office, place=state("MA"))} for office in ("senate", "governor")),
    ]
    counted({1: 3}, round=round, **places[0])
    with django_assert_num_queries(1):
        assert len([str(one.contest.race) for one in results.undecided(round)]) == 1
    for place in places[1:]:
        counted({1: 3}, round=round, **place)
    with django_assert_num_queries(1):
        assert len([str(one.contest.race) for one in results.undecided(round)]) == 3
