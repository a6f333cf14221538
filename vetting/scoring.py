"""The score of a questionnaire, in integers (process.md 4.4). Pure.

A question is anything with number, offices, scored, baseline, right_answers and weight; answers are a mapping
from a question's number to what was answered.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from rounds.rule import percent

WHOLE = 10_000  # shares are in hundredths of a percent


@dataclass(frozen=True)
class Score:
    """Points got and points possible, the numbers of the baseline questions missed, and whether that is a pass."""

    right: int
    total: int
    baseline_missed: tuple
    passed: bool


def applies(question, office) -> bool:
    """Whether a question is asked of candidates for this office; one without offices is asked of all."""
    return not question.offices or office in question.offices


def is_right(question, answer) -> bool:
    """Whether an answer is among the right ones; blank is wrong, an explanation changes nothing."""
    return bool(answer) and answer in question.right_answers


def score(questions, answers, *, office, pass_share) -> Score:
    """Count the scored questions that apply to the office.

    Passed: right / total >= pass_share (hundredths of a percent), compared as integers and never rounded, and
    every baseline question right. Where nothing is scored, nobody passes.
    """
    counted = [question for question in questions if question.scored and applies(question, office)]
    hit = {question.number for question in counted if is_right(question, answers.get(question.number, ""))}
    right = sum(question.weight for question in counted if question.number in hit)
    total = sum(question.weight for question in counted)
    missed = tuple(sorted(one.number for one in counted if one.baseline and one.number not in hit))
    enough = total > 0 and right * WHOLE >= pass_share * total
    return Score(right=right, total=total, baseline_missed=missed, passed=enough and not missed)


def rule_in_words(pass_share) -> str:
    """What a pass is, for the campaign, its groups and the public: one wording everywhere (process.md 4.4)."""
    return _(
        "To pass, at least %(share)s of the scored answers must be right, and so must every baseline answer. "
        "Baseline questions are the ones we hold to be essential. A blank counts as wrong."
    ) % {"share": percent(pass_share)}


def score_in_words(response) -> str:
    """A score as people say it: "21 of 25 right, all baseline right"; "" before there is one."""
    if response.passed is None:
        return ""
    if response.baseline_missed:
        missed = ", ".join(map(str, response.baseline_missed))
        return _("%(right)d of %(total)d right, baseline missed: %(missed)s") % {
            "right": response.right,
            "total": response.total,
            "missed": missed,
        }
    return _("%(right)d of %(total)d right, all baseline right") % {"right": response.right, "total": response.total}
