"""The score, by table and by property."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetting.models import Response
from vetting.scoring import Score, rule_in_words, score, score_in_words


@dataclass(frozen=True)
class Asked:
    number: int
    offices: tuple = ()
    scored: bool = True
    baseline: bool = False
    right_answers: list = field(default_factory=lambda: ["yes"], hash=False)
    weight: int = 1


def form(scored, baseline=0):
    return [Asked(n, baseline=n <= baseline) for n in range(1, scored + 1)]


def answered(questions, right):
    """The last `right` questions answered right, the others wrong."""
    return {one.number: "yes" if one.number > len(questions) - right else "no" for one in questions}


@pytest.mark.parametrize(
    ("scored", "right", "passed"),
    [(25, 20, True), (25, 19, False), (21, 17, True), (21, 16, False), (5, 4, True), (4, 3, False), (1, 0, False)],
)
def test_eighty_percent_as_integers(scored, right, passed):
    questions = form(scored)

    found = score(questions, answered(questions, right), office="house", pass_share=8000)

    assert found == Score(right=right, total=scored, baseline_missed=(), passed=passed)


def test_a_baseline_question_missed_fails_whatever_the_share():
    questions = form(25, baseline=2)

    found = score(questions, answered(questions, 24), office="house", pass_share=8000)

    assert found == Score(right=24, total=25, baseline_missed=(1,), passed=False)


@pytest.mark.parametrize("answer", ["", None, "Yes", " yes", "no", "maybe"])
def test_what_is_not_a_right_answer_is_wrong(answer):
    assert score([Asked(1)], {1: answer}, office="house", pass_share=1) == Score(0, 1, (), False)


def test_a_missing_answer_is_wrong():
    assert score([Asked(1, baseline=True)], {}, office="house", pass_share=0) == Score(0, 1, (1,), False)


def test_a_reversed_question_wants_no():
    reversed_one = Asked(1, right_answers=["no"])

    assert score([reversed_one], {1: "no"}, office="house", pass_share=8000).right == 1
    assert score([reversed_one], {1: "yes"}, office="house", pass_share=8000).right == 0


@pytest.mark.parametrize(
    ("answer", "right"),
    [("agree", 1), ("strongly_agree", 1), ("neutral", 0), ("disagree", 0), ("agree|strongly_agree", 0)],
)
def test_steps_have_a_set_of_right_answers(answer, right):
    steps = Asked(1, right_answers=["agree", "strongly_agree"])

    assert score([steps], {1: answer}, office="house", pass_share=8000).right == right


def test_only_scored_questions_for_the_office_count():
    questions = [
        Asked(1),
        Asked(2, offices=("house", "senate")),
        Asked(3, offices=("governor",), baseline=True),
        Asked(4, scored=False, weight=0),
    ]

    assert score(questions, {1: "yes", 4: "yes"}, office="house", pass_share=8000) == Score(1, 2, (), False)
    assert score(questions, {1: "yes", 3: "yes"}, office="governor", pass_share=8000) == Score(2, 2, (), True)


def test_weights_count():
    questions = [Asked(1, weight=4), Asked(2)]

    assert score(questions, {1: "yes"}, office="house", pass_share=8000) == Score(4, 5, (), True)
    assert score(questions, {2: "yes"}, office="house", pass_share=8000) == Score(1, 5, (), False)


def test_nobody_passes_where_nothing_is_scored():
    assert score([Asked(1, scored=False)], {1: "yes"}, office="house", pass_share=0) == Score(0, 0, (), False)


@given(total=st.integers(1, 400), right=st.integers(0, 400), share=st.integers(0, 10_000))
def test_never_rounds_up(total, right, share):
    right = min(right, total)
    questions = form(total)

    passed = score(questions, answered(questions, right), office="house", pass_share=share).passed

    assert passed == (right * 10_000 >= share * total)
    assert not (passed and right / total < share / 10_000 - 1e-9)


asked = st.builds(
    Asked,
    number=st.integers(1, 60),
    offices=st.sampled_from([(), ("house",), ("governor",)]),
    scored=st.booleans(),
    baseline=st.booleans(),
    right_answers=st.sampled_from([["yes"], ["no"], ["agree", "strongly_agree"]]),
    weight=st.integers(1, 5),
)


@given(
    questions=st.lists(asked, unique_by=lambda one: one.number),
    answers=st.dictionaries(st.integers(1, 60), st.sampled_from(["yes", "no", "agree", ""])),
    random=st.randoms(),
)
def test_the_order_of_the_questions_changes_nothing(questions, answers, random):
    shuffled = list(questions)
    random.shuffle(shuffled)
    swapped = dict(random.sample(list(answers.items()), len(answers)))

    rule = {"office": "house", "pass_share": 8000}
    assert score(shuffled, swapped, **rule) == score(questions, answers, **rule)


def test_the_rule_in_words():
    assert rule_in_words(8000) == (
        "To pass, at least 80% of the scored answers must be right, and so must every baseline answer. "
        "Baseline questions are the ones we hold to be essential. A blank counts as wrong."
    )
    assert "at least 75.50% of" in rule_in_words(7550)


def test_a_score_in_words():
    assert score_in_words(Response(right=21, total=25, passed=True)) == "21 of 25 right, all baseline right"
    assert score_in_words(Response()) == ""
