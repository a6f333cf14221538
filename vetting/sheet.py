"""A response read question by question: what was asked, what was answered, and what is right about it."""

from dataclasses import dataclass

from django.db.models import prefetch_related_objects

from vetting import questionnaires, scoring
from vetting.models import Answer, Question, Response, Section

MINUTES_A_QUESTION = 1.5  # about 45 minutes for 29 (ux.md 4)


@dataclass(frozen=True)
class Line:
    """One question with its answer, None where nothing was typed."""

    question: Question
    answer: Answer | None

    @property
    def value(self) -> str:
        return self.answer.value if self.answer else ""

    @property
    def words(self) -> str:
        """The answer in words, "" for a blank."""
        return self.question.words_of(self.value)

    @property
    def right(self) -> bool:
        return scoring.is_right(self.question, self.value)

    @property
    def baseline_missed(self) -> bool:
        return self.question.baseline and not self.right


@dataclass(frozen=True)
class Topic:
    """One section with its lines."""

    section: Section
    lines: list

    @property
    def answered(self) -> int:
        return sum(1 for line in self.lines if line.value)

    @property
    def done(self) -> bool:
        return self.answered == len(self.lines)

    @property
    def right(self) -> int:
        return sum(line.question.weight for line in self.lines if line.question.scored and line.right)

    @property
    def total(self) -> int:
        return sum(line.question.weight for line in self.lines if line.question.scored)


@dataclass(frozen=True)
class Sheet:
    """All a response answers and was asked; consent is the line that asks to publish, None where none does."""

    response: Response | None  # None: on a sheet that nobody answers
    topics: list
    consent: Line | None

    @property
    def lines(self) -> list:
        return [line for topic in self.topics for line in topic.lines]

    @property
    def asked(self) -> int:
        return len(self.lines)

    @property
    def minutes(self) -> int:
        """About how long the questions take, in quarters of an hour."""
        return max(15, -int(-self.asked * MINUTES_A_QUESTION // 15) * 15)

    @property
    def answered(self) -> int:
        return sum(topic.answered for topic in self.topics)

    @property
    def blank(self) -> list:
        return [line for line in self.lines if not line.value]

    @property
    def baseline_missed(self) -> list:
        return [line for line in self.lines if line.baseline_missed]

    @property
    def core_first(self) -> list:
        """The scored topics, core priorities before the others."""
        return sorted(
            (topic for topic in self.topics if topic.total), key=lambda topic: not topic.section.core_priority
        )


def sheet_of(response) -> Sheet:
    """The sheet of a response, for its candidate's office; the question of consent stands apart. Two queries."""
    return sheets_of([response])[response.pk]


def sheets_of(responses) -> dict:
    """{response's key: its sheet}: one query for all answers, and one for each version of the questions."""
    prefetch_related_objects(list(responses), "answers")
    versions = {one.questionnaire_id: one.questionnaire for one in responses}
    asked = {key: questionnaires.questions_of(version) for key, version in versions.items()}
    return {one.pk: put_together(one, asked[one.questionnaire_id]) for one in responses}


def put_together(response, questions) -> Sheet:
    office = response.candidacy.race.office
    answers = {answer.question_id: answer for answer in response.answers.all()}
    asked = [question for question in questions if scoring.applies(question, office)]
    return laid_out(response, [Line(question, answers.get(question.pk)) for question in asked])


def unanswered(questions) -> Sheet:
    """The questions as a sheet on which nobody has answered yet."""
    return laid_out(None, [Line(question, None) for question in questions])


def laid_out(response, lines) -> Sheet:
    by_question = {line.question.pk: line for line in lines}
    shown = [line.question for line in lines if not line.question.is_consent]
    return Sheet(
        response=response,
        topics=[
            Topic(section, [by_question[question.pk] for question in of_section])
            for section, of_section in questionnaires.topics(shown)
        ],
        consent=next((line for line in lines if line.question.is_consent), None),
    )
