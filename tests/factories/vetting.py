"""Questionnaires, responses and answers; what reviewers keep in a file."""

import factory

from tests.factories.groups import UserFactory
from tests.factories.rounds import START, CandidacyFactory, CycleFactory
from vetting.models import (
    Answer,
    Assignment,
    Note,
    PartnerEndorsement,
    Question,
    Questionnaire,
    Recusal,
    Response,
    Review,
    Section,
    Verdict,
)


class QuestionnaireFactory(factory.django.DjangoModelFactory):
    """The current version of 2026; questions=True fills it with six questions, see fill."""

    class Meta:
        model = Questionnaire
        django_get_or_create = ["version"]
        skip_postgeneration_save = True

    title = "Questions for candidates"
    version = factory.Sequence(lambda n: f"2026-{n}")
    cycle = factory.SubFactory(CycleFactory)
    current = True

    @factory.post_generation
    def questions(self, create, given, **rest):
        if given and not self.sections.exists():
            fill(self)


def fill(questionnaire):
    """Democracy (core): 1 baseline, 2, 3 reversed; Economy: 4 in steps, 5 for governors; About you: 6, 7 consent."""
    democracy = SectionFactory(questionnaire=questionnaire, position=1, title="Democracy", core_priority=True)
    economy = SectionFactory(questionnaire=questionnaire, position=2, title="Economy")
    about = SectionFactory(questionnaire=questionnaire, position=3, title="About you")
    QuestionFactory(section=democracy, number=1, baseline=True)
    QuestionFactory(section=democracy, number=2)
    QuestionFactory(section=democracy, number=3, right_answers=["no"])
    QuestionFactory(section=economy, number=4, kind="likert5", right_answers=["agree", "strongly_agree"])
    QuestionFactory(section=economy, number=5, offices=["governor"])
    unscored = {"section": about, "scored": False, "right_answers": [], "weight": 0}
    QuestionFactory(number=6, kind="long_text", **unscored)
    QuestionFactory(number=7, text="May we publish these answers?", is_consent=True, **unscored)


# Every scored question of fill answered right.
ALL_RIGHT = {1: "yes", 2: "yes", 3: "no", 4: "agree", 5: "yes"}


class SectionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Section

    questionnaire = factory.SubFactory(QuestionnaireFactory)
    position = factory.Sequence(lambda n: n + 1)
    title = factory.Sequence(lambda n: f"Topic {n}")


class QuestionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Question

    section = factory.SubFactory(SectionFactory)
    number = factory.Sequence(lambda n: n + 1)
    text = factory.LazyAttribute(lambda question: f"Will you vote for bill {question.number}?")
    kind = Question.Kind.YES_NO
    offices = factory.LazyFunction(list)
    right_answers = factory.LazyFunction(lambda: ["yes"])


class ResponseFactory(factory.django.DjangoModelFactory):
    """Asked and mailed at START, seven days to answer; answers={1: "yes"} by question number.

    All responses of a year answer one version, as fill makes it.
    """

    class Meta:
        model = Response
        skip_postgeneration_save = True

    candidacy = factory.SubFactory(CandidacyFactory)
    questionnaire = factory.SubFactory(
        QuestionnaireFactory,
        questions=True,
        frozen_at=START,
        cycle=factory.SelfAttribute("..candidacy.race.cycle"),
        version=factory.LazyAttribute(lambda version: f"sent in {version.cycle.year}"),
    )
    invited_at = START
    sent_at = START
    due_at = factory.LazyAttribute(
        lambda response: response.sent_at and response.sent_at.replace(day=response.sent_at.day + 7)
    )

    @factory.post_generation
    def answers(self, create, given, **rest):
        if given:
            by_number = {one.number: one for one in Question.objects.filter(section__questionnaire=self.questionnaire)}
            for number, value in given.items():
                AnswerFactory(response=self, question=by_number[number], value=value)


class AnswerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Answer

    response = factory.SubFactory(ResponseFactory)
    value = "yes"
    edited_by = "Maria"
    edited_at = START


class PartnerEndorsementFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PartnerEndorsement

    candidacy = factory.SubFactory(CandidacyFactory)
    organisation = factory.Sequence(lambda n: f"Partner {n}")


class ReviewFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Review

    candidacy = factory.SubFactory(CandidacyFactory)
    decision = Review.Decision.HOLD
    reason = "We wait for a source."
    decided_by = factory.SubFactory(UserFactory, is_staff=True)
    decided_at = START


class AssignmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Assignment

    candidacy = factory.SubFactory(CandidacyFactory)
    owner = factory.SubFactory(UserFactory, is_staff=True)
    assigned_at = START


class VerdictFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Verdict

    candidacy = factory.SubFactory(CandidacyFactory)
    reviewer = factory.SubFactory(UserFactory, is_staff=True)
    recommendation = Verdict.Recommendation.CLEAR
    reason = "A steady record."
    given_at = START


class RecusalFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Recusal

    candidacy = factory.SubFactory(CandidacyFactory)
    person = factory.SubFactory(UserFactory, is_staff=True)
    reason = "My sister works for them."
    at = START


class NoteFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Note

    candidacy = factory.SubFactory(CandidacyFactory)
    kind = Note.Kind.FACT
    text = "Voted for the river bill."
    author = factory.SubFactory(UserFactory, is_staff=True)
    written_at = START
