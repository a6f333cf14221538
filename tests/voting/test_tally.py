"""60 % of what? The table of process.md 7 and the properties behind it."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rounds.rule import percent, share_words
from voting import tally as tally_module
from voting.tally import Doubt, Option, Outcome, Rule, tally

YES_NO = [Option(0, "skip"), Option(1, "yes"), Option(2, "no")]
TWO = [Option(0, "skip"), Option(1, "candidate"), Option(2, "candidate"), Option(3, "none")]
AT_LEAST = Rule(6000, "at_least", 25, 100)
MORE_THAN = Rule(6000, "more_than", 25, 100)

rules = st.builds(
    Rule,
    threshold=st.integers(0, 10_000),
    comparison=st.sampled_from(["at_least", "more_than"]),
    turnout_min_votes=st.integers(0, 100),
    turnout_min_share=st.integers(0, 10_000),
)
counts_of_two = st.fixed_dictionaries({number: st.integers(0, 3000) for number in (0, 1, 2, 3)})


def test_sixty_of_a_hundred_is_enough_under_at_least():
    result = tally({1: 60, 2: 40}, YES_NO, roll=1000, rule=AT_LEAST)

    assert result.outcome == Outcome.ENDORSED
    assert result.carried == 1
    assert result.share(1) == 6000


def test_sixty_of_a_hundred_is_not_enough_under_more_than():
    result = tally({1: 60, 2: 40}, YES_NO, roll=1000, rule=MORE_THAN)

    assert result.outcome == Outcome.NOT_ENDORSED
    assert result.carried is None
    assert result.leading == 1


def test_sixty_one_of_a_hundred_is_enough_under_more_than():
    assert tally({1: 61, 2: 39}, YES_NO, roll=1000, rule=MORE_THAN).outcome == Outcome.ENDORSED


@pytest.mark.parametrize(
    ("yes", "whole", "printed"), [(5996, 10_000, "59.96%"), (1199, 1999, "59.97%"), (59_996, 100_000, "59.99%")]
)
def test_a_share_below_the_rule_never_prints_as_the_rule(yes, whole, printed):
    result = tally({1: yes, 2: whole - yes}, YES_NO, roll=whole, rule=AT_LEAST)

    assert result.outcome == Outcome.NOT_ENDORSED
    assert share_words(yes, whole) == printed
    assert percent(result.share(1)) == printed


def test_no_votes_have_no_share_and_need_review():
    result = tally({}, YES_NO, roll=1000, rule=AT_LEAST)

    assert (result.share(1), result.share(2)) == (None, None)
    assert share_words(0, 0) == ""
    assert result.outcome == Outcome.NEEDS_REVIEW
    assert result.doubts == (Doubt.NOBODY, Doubt.SMALL_SHARE)
    assert (result.leading, result.carried) == (None, None)


def test_no_votes_endorse_nobody_where_no_floor_is_set():
    assert tally({}, YES_NO, roll=0, rule=Rule(0, "at_least", 0, 0)).outcome == Outcome.NOT_ENDORSED


def test_twenty_votes_of_1250_need_review():
    result = tally({1: 20}, YES_NO, roll=1250, rule=AT_LEAST)

    assert result.outcome == Outcome.NEEDS_REVIEW
    assert result.doubts == (Doubt.FEW_VOTES,)
    assert result.carried == 1


def test_26_votes_of_half_a_million_need_review():
    result = tally({1: 26}, YES_NO, roll=500_000, rule=AT_LEAST)

    assert result.outcome == Outcome.NEEDS_REVIEW
    assert result.doubts == (Doubt.SMALL_SHARE,)


@pytest.mark.parametrize(
    ("ballots", "roll", "doubts"),
    [
        (24, 2400, (Doubt.FEW_VOTES,)),
        (25, 2500, ()),
        (25, 2501, (Doubt.SMALL_SHARE,)),
        (26, 2501, ()),
    ],
)
def test_both_sides_of_the_floor(ballots, roll, doubts):
    assert tally({1: ballots}, YES_NO, roll=roll, rule=AT_LEAST).doubts == doubts


def test_a_turnout_floor_missed_is_never_silent_even_when_the_share_is_missed_too():
    assert tally({1: 5, 2: 15}, YES_NO, roll=1000, rule=AT_LEAST).outcome == Outcome.NEEDS_REVIEW


def test_choose_one_counts_no_endorsement_in_the_denominator():
    result = tally({0: 40, 1: 312, 2: 168, 3: 40}, TWO, roll=2000, rule=AT_LEAST)

    assert result.carried == 1
    assert result.share(1) == 6000
    assert result.ballots == 520
    assert share_words(result.ballots, result.roll) == "26%"
    assert result.skipped == 40
    assert result.outcome == Outcome.ENDORSED


def test_one_vote_fewer_endorses_nobody():
    result = tally({1: 311, 2: 169, 3: 40}, TWO, roll=2000, rule=AT_LEAST)

    assert result.outcome == Outcome.NOT_ENDORSED
    assert result.carried is None
    assert result.leading == 1


def test_a_tie_for_first_endorses_nobody_even_under_a_low_rule():
    result = tally({1: 200, 2: 200, 3: 10}, TWO, roll=1000, rule=Rule(4000, "at_least", 25, 100))

    assert (result.leading, result.carried) == (None, None)
    assert result.outcome == Outcome.NOT_ENDORSED


def test_a_vote_for_an_option_off_the_ballot_is_an_error():
    with pytest.raises(ValueError, match="not on the ballot"):
        tally({7: 1}, YES_NO, roll=10, rule=AT_LEAST)


@given(counts=counts_of_two, roll=st.integers(0, 20_000), rule=rules)
def test_the_count_adds_up_and_endorses_at_most_the_leader(counts, roll, rule):
    result = tally(counts, TWO, roll=roll, rule=rule)

    assert result.ballots + result.skipped == sum(counts.values())
    assert result.ballots == sum(result.votes.values())
    if result.outcome == Outcome.ENDORSED:
        assert result.carried in (1, 2)
        assert result.votes[result.carried] > result.votes[3 - result.carried]
        assert not result.doubts
    assert (result.outcome == Outcome.NEEDS_REVIEW) == bool(result.doubts)


@given(counts=counts_of_two, roll=st.integers(0, 20_000), rule=rules)
def test_the_printed_share_agrees_with_the_verdict(counts, roll, rule):
    """A share that is not enough never prints as one that is; one that is enough never prints below the rule."""
    result = tally(counts, TWO, roll=roll, rule=rule)

    for number in (1, 2):
        if not result.ballots:
            assert result.share(number) is None
        elif rule.comparison == "at_least":
            assert rule.carries(result.votes[number], result.ballots) == (result.share(number) >= rule.threshold)
        elif rule.carries(result.votes[number], result.ballots):
            assert result.share(number) >= rule.threshold


@given(counts=counts_of_two, more=st.integers(1, 500), roll=st.integers(0, 20_000), rule=rules)
def test_skips_change_nothing_but_their_own_number(counts, more, roll, rule):
    before = tally(counts, TWO, roll=roll, rule=rule)
    after = tally({**counts, 0: counts[0] + more}, TWO, roll=roll, rule=rule)

    assert (after.votes, after.doubts, after.outcome) == (before.votes, before.doubts, before.outcome)
    assert after.skipped == before.skipped + more


@given(counts=counts_of_two, roll=st.integers(0, 20_000), rule=rules)
def test_another_vote_for_the_endorsed_keeps_her_endorsed(counts, roll, rule):
    before = tally(counts, TWO, roll=roll, rule=rule)
    if before.outcome != Outcome.ENDORSED:
        return
    more = {**counts, before.carried: counts[before.carried] + 1}

    after = tally(more, TWO, roll=roll, rule=rule)

    # With every vote for her already a strict rule of 100 % can't be met, before or after.
    assert after.carried == before.carried
    assert after.outcome == Outcome.ENDORSED


@given(counts=counts_of_two, roll=st.integers(0, 20_000), rule=rules)
def test_the_order_of_the_candidates_does_not_matter(counts, roll, rule):
    turned = {**counts, 1: counts[2], 2: counts[1]}

    one, other = (tally(votes, TWO, roll=roll, rule=rule) for votes in (counts, turned))

    assert one.outcome == other.outcome
    assert {1: 2, 2: 1, None: None}[one.carried] == other.carried


def test_the_tally_is_pure():
    tree = ast.parse(Path(tally_module.__file__).read_text())
    imported = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]

    assert imported == ["collections.abc", "dataclasses", "enum"]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
