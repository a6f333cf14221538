"""What a version of the questionnaire lacks."""

import pytest

from rounds.models import Race
from tests.factories.rounds import START
from tests.factories.vetting import QuestionFactory, QuestionnaireFactory, SectionFactory
from vetting import gaps, questionnaires
from vetting.refusals import Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    """One section with one question, nothing missing."""
    version = QuestionnaireFactory(current=False)
    section = SectionFactory(questionnaire=version, position=1, title="Democracy", titles={"es": "Democracia"})
    QuestionFactory(section=section, number=1, texts={"es": "¿Votará?"})
    return version


def found(version):
    return [(gap.sentence, gap.stops) for gap in questionnaires.gaps_of(version)]


def test_a_whole_version_lacks_nothing(version):
    assert found(version) == []
    assert questionnaires.make_current(version, by="test", now=START) is True
    assert questionnaires.make_current(version, by="test", now=START) is False


def test_what_stops_a_version_comes_first_and_stops_it(version):
    section = version.sections.get()
    SectionFactory(questionnaire=version, position=2, title="Economy", titles={"es": "Economía"})
    QuestionFactory(section=section, number=2, texts={"es": "¿Y?"}, right_answers=[])

    assert found(version) == [
        ("Question 2: a scored question needs a correct answer.", True),
        ("“Economy” has no question.", False),
    ]
    with pytest.raises(Refusal, match="Question 2: a scored question needs a correct answer."):
        questionnaires.make_current(version, by="test", now=START)


def test_a_number_that_stands_twice_and_a_second_consent(version):
    other = SectionFactory(questionnaire=version, position=2, titles={"es": "Otra"})
    consent = {"scored": False, "right_answers": [], "weight": 0, "is_consent": True, "texts": {"es": "¿Sí?"}}
    QuestionFactory(section=other, number=1, **consent)
    QuestionFactory(section=other, number=2, **consent)

    assert found(version) == [
        ("2 questions have the number 1. Move one: all are numbered anew.", True),
        ("More than one question asks consent to publish.", True),
    ]


@pytest.mark.parametrize("questions", [2, 3])
def test_a_section_holds_so_many_questions_and_a_version_too(version, monkeypatch, questions):
    monkeypatch.setattr(gaps, "MOST_IN_SECTION", 2)
    monkeypatch.setattr(gaps, "MOST_QUESTIONS", 2)
    section = version.sections.get()
    for number in range(2, questions + 1):
        QuestionFactory(section=section, number=number, texts={"es": "¿Y?"})

    assert (
        found(version)
        == [
            ("“Democracy” has 3 questions. A section is one page and holds at most 2.", True),
            ("There are 3 questions. A questionnaire has at most 2.", True),
        ][: 2 * (questions - 2)]
    )


def test_an_office_by_which_nobody_could_pass_is_named(version):
    question = version.sections.get().questions.get()
    question.offices = [office for office in Race.Office.values if office != "governor"]
    question.save()

    assert found(version) == [
        ("No scored question is asked of candidates for Governor: none of them could pass.", False)
    ]


def test_without_a_scored_question_nobody_passes(version):
    version.sections.get().questions.all().delete()

    assert found(version)[0] == ("This version has no scored question, so nobody could pass.", True)


def test_what_is_not_translated_is_listed_and_the_list_ends(version):
    section = version.sections.get()
    for number in range(2, 17):
        QuestionFactory(section=section, number=number)
    QuestionFactory(section=section, number=17, texts={"es": "¿Y?"}, help_text="The bill.")
    section.titles = {}
    section.save()

    assert found(version) == [
        ("Without a title in Spanish: Democracy.", False),
        ("Not in Spanish yet: question 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 and 4 more.", False),
    ]
