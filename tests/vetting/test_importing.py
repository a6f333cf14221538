"""Taking in a questionnaire: the real layout, its counts, and what is wrong with bad files."""

import pytest
from django.core.management import CommandError, call_command
from django.forms import model_to_dict
from django.utils import translation

from journal.models import Entry
from tests.data import shared
from tests.factories.rounds import START, CycleFactory
from tests.factories.vetting import QuestionnaireFactory
from vetting import exporting, importing, questionnaires
from vetting.models import Question, Questionnaire, Section
from vetting.refusals import Refusal

pytestmark = pytest.mark.django_db

HEADER = "number,section,question,answer_type,applies_to,scored,baseline,correct_answer,weight,topic_source"
GOOD = f"{HEADER}\n1,Democracy,Will you?,yes_no,all,yes,yes,yes,1,ours\n"


def take_in(content, *, version="v1", **options):
    content = content.encode() if isinstance(content, str) else content
    cycle = options.pop("cycle", None) or CycleFactory()
    return importing.take_in(content, cycle=cycle, version=version, title="Questions", by="test", now=START, **options)


def sample(**options):
    return take_in(shared("questionnaire_sample.csv").read_bytes(), **options)


def test_the_sample_counts_as_its_readme_says():
    taken = sample()

    asked = questionnaires.questions_of(taken)
    federal = questionnaires.questions_of(taken, "senate")
    governor = questionnaires.questions_of(taken, "governor")
    assert len(asked) == 33
    assert questionnaires.questions_of(taken, "house") == federal
    assert [sum(one.scored for one in some) for some in (federal, governor)] == [25, 21]
    assert [sum(one.baseline for one in some) for some in (federal, governor)] == [8, 6]
    assert sum(not one.scored for one in asked) == 5
    assert [one.number for one in asked if one.reversed] == [12, 18]
    assert [one.number for one in asked if one.is_consent] == [33]
    assert asked[14].right_answers == ["agree", "strongly_agree"]


def test_core_sections_are_marked_and_the_rest_not():
    taken = sample(core=["Democracy", "Climate"])

    marked = taken.sections.filter(core_priority=True).values_list("title", flat=True)
    assert list(marked) == ["Democracy", "Climate"]


def test_a_core_section_the_file_lacks_is_refused():
    with pytest.raises(Refusal, match="no section “Space”"):
        take_in(GOOD, core=["Space"])
    assert not Questionnaire.objects.exists()


def test_a_file_holds_other_languages_core_sections_and_help():
    header = f"{HEADER},help,core,section_es,question_es,help_es"
    first = "1,Democracy,Will you?,yes_no,all,yes,no,yes,1,,The House bill.,yes,Democracia,¿Lo hará?,El proyecto."
    second = "2,Democracy,And you?,yes_no,all,yes,no,yes,1,,,,,,"

    taken = take_in(f"{header}\n{first}\n{second}\n")

    section = taken.sections.get()
    asked, other = questionnaires.questions_of(taken)
    assert (section.core_priority, section.titles) == (True, {"es": "Democracia"})
    assert (asked.texts, asked.helps) == ({"es": "¿Lo hará?"}, {"es": "El proyecto."})
    with translation.override("es"):
        assert [section.name, asked.words, asked.help] == ["Democracia", "¿Lo hará?", "El proyecto."]
        assert [other.words, other.help] == ["And you?", ""]
    with translation.override("en"):
        assert [section.name, asked.words, asked.help] == ["Democracy", "Will you?", "The House bill."]


def test_what_is_written_out_comes_in_the_same():
    first = sample(core=["Democracy"])
    formula = questionnaires.questions_of(first)[0]
    formula.text, formula.texts, formula.helps = "=1+1, “quoted”\nand two lines", {"es": "-¿Sí?"}, {"es": "'así'"}
    formula.save()

    written = exporting.csv_of(first)
    again = take_in(written, version="v2", cycle=first.cycle)

    assert "'=1+1" in written
    assert exporting.csv_of(again) == written
    assert [facts(one) for one in questionnaires.questions_of(again)] == [
        facts(one) for one in questionnaires.questions_of(first)
    ]


def facts(question):
    """All of a question and its section but the keys."""
    section = question.section
    of_section = {"position": section.position, "title": section.title, "core_priority": section.core_priority}
    return of_section | {"titles": section.titles} | model_to_dict(question, exclude=["id", "section"])


def test_current_takes_the_place_of_the_version_before():
    cycle = CycleFactory()
    before = QuestionnaireFactory(cycle=cycle, current=True)

    taken = take_in(GOOD, cycle=cycle, current=True)

    before.refresh_from_db()
    assert (before.current, taken.current) == (False, True)
    assert questionnaires.current(cycle) == taken


def test_a_version_that_was_never_sent_is_replaced():
    take_in(GOOD)
    again = take_in(GOOD.replace("Will you?", "Would you?"))

    assert Questionnaire.objects.count() == 1
    assert [one.text for one in questionnaires.questions_of(again)] == ["Would you?"]


def test_a_version_that_is_sent_from_now_on_is_not_replaced_by_one_that_could_not_be():
    taken = take_in(GOOD, current=True)

    with pytest.raises(Refusal, match="nobody could pass"):
        take_in(f"{HEADER}\n1,About you,Why?,long_text,all,no,no,,0,\n", cycle=taken.cycle)
    assert Question.objects.get().text == "Will you?"


def test_a_version_that_was_sent_is_refused():
    questionnaires.freeze(take_in(GOOD), now=START)

    with pytest.raises(Refusal, match="Make a new version instead"):
        take_in(GOOD.replace("Will you?", "Would you?"))
    assert Question.objects.get().text == "Will you?"


def test_a_version_of_another_cycle_is_refused():
    take_in(GOOD)

    with pytest.raises(Refusal, match="belongs to 2026 elections"):
        take_in(GOOD, cycle=CycleFactory(year=2028))


def test_header_names_count_not_their_order_or_case():
    header = "Weight,CORRECT_ANSWER,baseline,scored,applies_to,answer_type,question,section,number"

    taken = take_in(f"\ufeff{header}\r\n2,no,no,yes,federal,yes_no,Cut it?,Economy,7\r\n")

    question = questionnaires.questions_of(taken)[0]
    assert (question.number, question.weight, question.reversed) == (7, 2, True)
    assert question.offices == ["house", "senate"]


def row(**cells):
    names = HEADER.split(",")
    good = dict(zip(names, ["2", "Democracy", "Will you?", "yes_no", "all", "yes", "no", "yes", "1", ""], strict=True))
    return GOOD + ",".join({**good, **cells}.values()) + "\n"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "Row 1: the columns number, section, question, answer_type"),
        (HEADER, "The file has no questions."),
        (GOOD.replace(",weight", ",heavy"), "Row 1: the columns weight are missing."),
        (row(number="1"), "Row 3: number 1 stands there twice."),
        (row(number=""), "Row 3: number is “”, not a number we can use."),
        (row(number="-1"), "Row 3: number is “-1”, not a number we can use."),
        (row(number="٣"), "Row 3: number is “٣”, not a number we can use."),
        (row(number="99999999999999999999"), "Row 3: number is"),
        (row(section=""), "Row 3: the section is missing or too long."),
        (row(section="x" * 200), "Row 3: the section is missing or too long."),
        (row(question=""), "Row 3: the question is missing."),
        (row(answer_type="essay"), "Row 3: answer type “essay” is none of yes_no,"),
        (row(applies_to="mayor"), "Row 3: “mayor” is not an office we know."),
        (row(scored="perhaps"), "Row 3: scored is “perhaps”, not yes or no."),
        (row(correct_answer=""), "Row 3: a scored question needs a correct answer."),
        (row(correct_answer="agree"), "Row 3: “agree” is not an answer to choose."),
        (row(answer_type="long_text"), "Row 3: a text can’t be scored."),
        (row(weight="0"), "Row 3: a scored question needs a weight of 1 or more."),
        (row(scored="no", baseline="yes"), "Row 3: a baseline question must be scored."),
        (GOOD + "2,Democracy\n", "Row 3: answer type"),
        (GOOD.encode() + b"2,Caf\xe9\n", "Row 3: this is not UTF-8 text."),
        (GOOD + "2,\0\n", "Row 3: a NUL byte."),
        (GOOD + "x" * 1_000_001, "too large"),
        (GOOD + '2,"' + "x" * 140_000 + '"\n', "can’t be read"),
        (b"\xff\xfe\x00\x01", "Row 1: this is not UTF-8 text."),
    ],
)
def test_a_bad_file_is_refused_whole_with_its_rows(content, sentence):
    with pytest.raises(importing.BadFile) as refused:
        take_in(content)

    assert sentence in str(refused.value)
    assert (Questionnaire.objects.count(), Section.objects.count()) == (0, 0)


def test_every_row_at_fault_is_named():
    with pytest.raises(importing.BadFile) as refused:
        take_in(row(weight="x") + "3,Democracy,Will you?,essay,all,yes,no,yes,1,\n")

    assert [error.partition(":")[0] for error in refused.value.errors] == ["Row 3", "Row 4"]


@pytest.mark.parametrize("names", [{"version": ""}, {"version": "v" * 21}])
def test_a_version_needs_a_name_that_fits(names):
    with pytest.raises(Refusal, match="1 to 20 characters"):
        take_in(GOOD, **names)


def test_a_version_without_scored_questions_can_not_be_current():
    with pytest.raises(Refusal, match="nobody could pass"):
        take_in(f"{HEADER}\n1,About you,Why?,long_text,all,no,no,,0,\n", current=True)
    assert not Questionnaire.objects.exists()


def test_freezing_twice_keeps_the_first_instant(at):
    taken = take_in(GOOD)

    assert questionnaires.freeze(taken, now=START)
    assert not questionnaires.freeze(taken, now=at("2027-01-01"))
    assert taken.frozen_at == START
    assert Entry.objects.filter(verb="questionnaire.frozen").count() == 1


def test_the_command(tmp_path, capsys):
    CycleFactory(year=2026)
    file = tmp_path / "questions.csv"
    file.write_text(GOOD)

    options = ["--cycle", "2026", "--version", "v1", "--title", "Our questions", "--core", "Democracy", "--current"]
    call_command("import_questionnaire", str(file), *options)

    assert capsys.readouterr().out == "Our questions (v1): 1 questions.\n"
    assert Questionnaire.objects.get().sections.get().core_priority


@pytest.mark.parametrize(
    ("file", "year", "sentence"),
    [("absent.csv", "2026", "No such file"), ("good.csv", "2030", "no cycle 2030"), ("bad.csv", "2026", "Row 1")],
)
def test_the_command_refuses_in_words(tmp_path, file, year, sentence):
    CycleFactory(year=2026)
    (tmp_path / "good.csv").write_text(GOOD)
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")

    with pytest.raises(CommandError, match=sentence):
        call_command("import_questionnaire", str(tmp_path / file), "--cycle", year, "--version", "v1", "--title", "T")
