"""The fewest more votes that could change an outcome, at both sides of each edge and against brute force."""

import itertools

import pytest

from voting.margin import could_change, margin
from voting.tally import Option, Rule, tally

SIXTY = Rule(threshold=6000, comparison="at_least", turnout_min_votes=0, turnout_min_share=0)
OVER_HALF = Rule(threshold=5000, comparison="more_than", turnout_min_votes=0, turnout_min_share=0)
ALL = Rule(threshold=10_000, comparison="at_least", turnout_min_votes=0, turnout_min_share=0)
YES_NO = [Option(1, "yes"), Option(2, "no")]
TWO = [Option(1, "candidate"), Option(2, "candidate"), Option(3, "none")]


def close(votes, options=YES_NO, rule=SIXTY):
    names = [option.number for option in options if option.kind in ("yes", "candidate")]
    return margin(tally(votes, options, roll=1000, rule=rule), rule, names)


@pytest.mark.parametrize(
    ("yes", "no", "votes"),
    [
        (60, 40, 1),  # 60 of 101 is less than 60%
        (61, 40, 1),
        (600, 300, 101),
        (59, 40, 1),  # 60 of 100 carries
        (59, 41, 3),  # 62 of 103
        (0, 1, 2),  # 2 of 3 carry, 1 of 2 does not
        (0, 0, 1),
    ],
)
def test_yes_and_no(yes, no, votes):
    assert close({1: yes, 2: no}) == votes


def test_a_share_that_no_votes_can_reach():
    assert close({1: 5, 2: 1}, rule=ALL) is None
    assert close({1: 5}, rule=ALL) == 1


def test_a_tie_and_a_rival_who_draws_level():
    assert close({1: 50, 2: 50}, TWO, OVER_HALF) == 1
    assert close({1: 60, 2: 30, 3: 10}, TWO, OVER_HALF) == 20


def outcomes(votes, options, rule, more):
    """Whom each way of casting so many more votes would carry."""
    for ways in itertools.combinations_with_replacement([option.number for option in options], more):
        counts = {number: votes.get(number, 0) + ways.count(number) for number in (1, 2, 3)[: len(options)]}
        yield tally(counts, options, roll=1000, rule=rule).carried


@pytest.mark.parametrize("rule", [SIXTY, OVER_HALF])
@pytest.mark.parametrize("options", [YES_NO, TWO])
def test_against_every_way_to_cast_them(options, rule):
    names = [option.number for option in options if option.kind in ("yes", "candidate")]
    for counts in itertools.product(range(4), repeat=len(options)):
        votes = dict(enumerate(counts, start=1))
        figures = tally(votes, options, roll=1000, rule=rule)
        for more in range(1, 5):
            changed = any(carried != figures.carried for carried in outcomes(votes, options, rule, more))
            assert could_change(figures, rule, names, more) is changed, (votes, more)
