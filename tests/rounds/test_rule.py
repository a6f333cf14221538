import pytest
from hypothesis import given
from hypothesis import strategies as st

from rounds.rule import in_words, rule_of, share_words
from tests.factories.rounds import RoundFactory

RULE = {"threshold": 6000, "comparison": "at_least", "turnout_min_votes": 25, "turnout_min_share": 100}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {},
            "To be endorsed, a candidate needs at least 60% of the votes in that race. At least 25 people, and 1% of "
            "those who can, must vote in it. If fewer do, our staff review the result.",
        ),
        (
            {"comparison": "more_than", "threshold": 6667},
            "To be endorsed, a candidate needs more than 66.67% of the votes in that race. At least 25 people, and 1% "
            "of those who can, must vote in it. If fewer do, our staff review the result.",
        ),
        (
            {"turnout_min_share": 0, "turnout_min_votes": 1},
            "To be endorsed, a candidate needs at least 60% of the votes in that race. At least 1 person must vote in "
            "it. If fewer do, our staff review the result.",
        ),
        (
            {"turnout_min_votes": 0, "turnout_min_share": 50},
            "To be endorsed, a candidate needs at least 60% of the votes in that race. At least 0.50% of those who can "
            "must vote in it. If fewer do, our staff review the result.",
        ),
        (
            {"turnout_min_votes": 0, "turnout_min_share": 0},
            "To be endorsed, a candidate needs at least 60% of the votes in that race.",
        ),
    ],
)
def test_rule_in_words(changes, words):
    assert in_words(RULE | changes) == words


@pytest.mark.django_db
def test_rule_of_a_new_round_is_the_default():
    assert rule_of(RoundFactory()) == RULE


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (60, 100, "60%"),
        (5996, 10_000, "59.96%"),
        (59_996, 100_000, "59.99%"),
        (312, 520, "60%"),
        (311, 520, "59.80%"),
        (520, 2000, "26%"),
        (0, 7, "0%"),
        (7, 7, "100%"),
        (0, 0, ""),
    ],
)
def test_share_in_words(part, whole, words):
    assert share_words(part, whole) == words


@given(st.integers(0, 10**7), st.integers(1, 10**7))
def test_printed_share_is_cut_and_never_reaches_what_was_missed(part, whole):
    part %= whole + 1
    printed = share_words(part, whole).removesuffix("%")
    whole_part, _dot, decimals = printed.partition(".")
    hundredths = int(whole_part) * 100 + int(decimals or 0)
    assert hundredths * whole <= part * 10_000 < (hundredths + 1) * whole
    assert decimals != "00"
    assert len(decimals) in (0, 2)
