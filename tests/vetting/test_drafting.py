"""Writing a version of the questionnaire: its parts, their order, its copy, and when it may not change."""

import pytest

from journal.models import Entry
from tests.factories.rounds import START, CycleFactory
from tests.factories.vetting import QuestionFactory, QuestionnaireFactory, ResponseFactory, SectionFactory
from vetting import drafting, exporting, questionnaires
from vetting.models import Question, Questionnaire, Section
from vetting.refusals import Refusal

pytestmark = pytest.mark.django_db

WHO = {"by": "test", "now": START}
QUESTION = {
    "text": "Will you?",
    "texts": {},
    "help_text": "",
    "helps": {},
    "kind": "yes_no",
    "offices": [],
    "scored": True,
    "right_answers": ["yes"],
    "weight": 1,
    "baseline": False,
    "is_consent": False,
}


@pytest.fixture
def draft():
    """Democracy 1–3, Economy 4–5, About you 6–7; nobody gets it."""
    return QuestionnaireFactory(questions=True, current=False)


def outline(version):
    """The version's order: [(position, section, [(number, the number it was made with)])]."""
    return [
        (section.position, section.title, [(one.number, one.text) for one in section.questions.order_by("number")])
        for section in version.sections.order_by("position")
    ]


def places(version):
    """Each section with the numbers its questions were made with, in order; all numbers run 1, 2, 3 …."""
    found = outline(version)
    assert [position for position, _title, _asked in found] == list(range(1, len(found) + 1))
    numbers = [number for _position, _title, asked in found for number, _text in asked]
    assert numbers == list(range(1, len(numbers) + 1))
    return {title: [made_with(text) for _number, text in asked] for _position, title, asked in found}


def made_with(text):
    return "7" if text.startswith("May we publish") else text.removeprefix("Will you vote for bill ").removesuffix("?")


def section_of(version, title):
    return version.sections.get(title=title)


def question_of(version, number):
    return Question.objects.get(section__questionnaire=version, number=number)


def test_a_version_is_begun_and_described():
    cycle = CycleFactory()

    drafted = drafting.start(cycle, version="v1", title="Questions", pass_share=8000, **WHO)
    changed = [
        drafting.describe(drafted, version="v1", title="Our questions", pass_share=7550, **WHO) for _twice in range(2)
    ]

    drafted.refresh_from_db()
    assert (drafted.title, drafted.pass_share, drafted.current, drafted.frozen_at) == (
        "Our questions",
        7550,
        False,
        None,
    )
    assert changed == [True, False]
    entry = Entry.objects.get(verb="questionnaire.changed")
    assert entry.before == {"version": "v1", "title": "Questions", "pass_share": 8000}
    assert entry.after == {"version": "v1", "title": "Our questions", "pass_share": 7550}


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"version": ""}, "1 to 20 characters"),
        ({"title": "x" * 121}, "1 to 120 characters"),
        ({"pass_share": 0}, "more than 0 %"),
        ({"pass_share": 10_001}, "at most 100 %"),
        ({"version": "taken"}, "There is a version “taken” already."),
    ],
)
def test_names_and_share_are_checked(draft, facts, sentence):
    QuestionnaireFactory(version="taken", current=False)
    good = {"version": "new", "title": "Questions", "pass_share": 8000}

    with pytest.raises(Refusal, match=sentence):
        drafting.start(draft.cycle, **good | facts, **WHO)
    with pytest.raises(Refusal, match=sentence):
        drafting.describe(draft, **good | facts, **WHO)


def test_a_question_is_added_at_the_end_of_its_section_and_all_are_numbered_anew(draft):
    added = drafting.write_question(section_of(draft, "Democracy"), **QUESTION, **WHO)

    assert added.number == 4
    assert places(draft) == {"Democracy": ["1", "2", "3", "Will you"], "Economy": ["4", "5"], "About you": ["6", "7"]}
    assert Entry.objects.get().after == {"question": 4, **QUESTION}


def test_a_question_is_changed_with_both_wordings_in_the_journal(draft):
    question = question_of(draft, 4)
    facts = QUESTION | {"texts": {"es": "¿Votará?"}, "kind": "likert5", "right_answers": ["agree"]}

    for _twice in range(2):
        drafting.write_question(question.section, question, **facts, **WHO)

    question.refresh_from_db()
    assert {name: getattr(question, name) for name in facts} == facts
    entry = Entry.objects.get()
    assert entry.before == {
        "question": 4,
        "text": "Will you vote for bill 4?",
        "texts": {},
        "right_answers": ["agree", "strongly_agree"],
    }
    assert entry.after == {
        "question": 4,
        "text": "Will you?",
        "texts": {"es": "¿Votará?"},
        "right_answers": ["agree"],
    }


def test_a_question_goes_to_the_end_of_another_section(draft):
    question = question_of(draft, 2)
    kept = {name: getattr(question, name) for name in QUESTION}

    drafting.write_question(section_of(draft, "Economy"), question, **kept, **WHO)

    assert places(draft) == {"Democracy": ["1", "3"], "Economy": ["4", "5", "2"], "About you": ["6", "7"]}
    entry = Entry.objects.get()
    assert (entry.before, entry.after) == ({"question": 2}, {"question": 5})


@pytest.mark.parametrize(
    ("number", "up", "expected"),
    [
        (2, True, {"Democracy": ["2", "1", "3"], "Economy": ["4", "5"], "About you": ["6", "7"]}),
        (2, False, {"Democracy": ["1", "3", "2"], "Economy": ["4", "5"], "About you": ["6", "7"]}),
        (4, True, {"Democracy": ["1", "2", "3", "4"], "Economy": ["5"], "About you": ["6", "7"]}),
        (3, False, {"Democracy": ["1", "2"], "Economy": ["3", "4", "5"], "About you": ["6", "7"]}),
    ],
)
def test_a_question_moves_by_one_and_over_the_edge_of_its_section(draft, number, up, expected):
    assert drafting.move(question_of(draft, number), up=up, **WHO)

    assert places(draft) == expected


def test_a_section_moves_with_its_questions(draft):
    assert drafting.move(section_of(draft, "Economy"), up=True, **WHO)

    assert list(places(draft).items()) == [
        ("Economy", ["4", "5"]),
        ("Democracy", ["1", "2", "3"]),
        ("About you", ["6", "7"]),
    ]
    entry = Entry.objects.get()
    assert (entry.before, entry.after) == ({"section": 2}, {"section": 1})


def test_nothing_moves_at_the_edges(draft):
    first, last = question_of(draft, 1), question_of(draft, 7)
    parts = [
        (first, True),
        (last, False),
        (section_of(draft, "Democracy"), True),
        (section_of(draft, "About you"), False),
    ]

    assert [drafting.move(part, up=up, **WHO) for part, up in parts] == [False] * 4
    assert Entry.objects.count() == 0


def test_numbers_that_were_taken_in_with_gaps_run_without_after_a_move():
    version = QuestionnaireFactory(current=False)
    section = SectionFactory(questionnaire=version, position=7, title="A")
    for number in (10, 30, 9999):
        QuestionFactory(section=section, number=number)

    drafting.move(question_of(version, 30), up=True, **WHO)

    assert places(version) == {"A": ["30", "10", "9999"]}


def test_parts_are_removed_and_the_journal_keeps_their_words(draft):
    drafting.remove(question_of(draft, 2), **WHO)
    drafting.remove(section_of(draft, "Economy"), **WHO)

    assert places(draft) == {"Democracy": ["1", "3"], "About you": ["6", "7"]}
    gone = [(entry.before["removed"], entry.before) for entry in Entry.objects.order_by("id")]
    assert [[one["text"] for one in some] for some, _before in gone] == [
        ["Will you vote for bill 2?"],
        ["Will you vote for bill 4?", "Will you vote for bill 5?"],
    ]
    assert [{name: before.get(name) for name in ("question", "section")} for _some, before in gone] == [
        {"question": 2, "section": None},
        {"question": None, "section": 2},
    ]


def test_what_a_colleague_removed_is_refused_in_words(draft):
    question = question_of(draft, 2)
    drafting.remove(question_of(draft, 2), **WHO)

    for deed in [
        lambda: drafting.move(question, up=True, **WHO),
        lambda: drafting.remove(question, **WHO),
        lambda: drafting.write_question(question.section, question, **QUESTION, **WHO),
    ]:
        with pytest.raises(Refusal, match="A colleague has removed this meanwhile."):
            deed()


def test_a_part_of_another_version_is_not_taken(draft):
    stranger = SectionFactory(questionnaire=QuestionnaireFactory(current=False))

    with pytest.raises(Refusal, match="removed this meanwhile"):
        drafting.write_section(draft, stranger, title="X", titles={}, core_priority=False, **WHO)


def test_sections_are_written(draft):
    facts = {"title": "Climate", "titles": {"es": "Clima"}, "core_priority": True}

    section = drafting.write_section(draft, **facts, **WHO)
    drafting.write_section(draft, section, **facts | {"title": "The climate"}, **WHO)

    section.refresh_from_db()
    assert (section.position, section.title, section.titles, section.core_priority) == (
        4,
        "The climate",
        {"es": "Clima"},
        True,
    )
    assert Entry.objects.order_by("-id").first().before == {"section": 4, "title": "Climate"}


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"right_answers": []}, "needs a correct answer"),
        ({"right_answers": ["agree"]}, "“agree” is not an answer to choose"),
        ({"right_answers": ["yes", "no"]}, "nothing is asked"),
        ({"kind": "long_text"}, "a text can’t be scored"),
        ({"weight": 0}, "needs a weight of 1 or more"),
        ({"scored": False, "baseline": True}, "a baseline question must be scored"),
        ({"is_consent": True}, "a question that asks consent"),
    ],
)
def test_a_question_that_can_not_be_scored_is_refused(draft, facts, sentence):
    for question in (None, question_of(draft, 1)):
        with pytest.raises(Refusal, match=sentence):
            drafting.write_question(section_of(draft, "Democracy"), question, **QUESTION | facts, **WHO)
    assert Question.objects.count() == 7


def test_there_is_an_end_to_sections_and_questions(draft, monkeypatch):
    monkeypatch.setattr(drafting, "MOST_SECTIONS", 3)
    monkeypatch.setattr(drafting, "MOST_QUESTIONS", 7)

    with pytest.raises(Refusal, match="at most 3 sections"):
        drafting.write_section(draft, title="X", titles={}, core_priority=False, **WHO)
    with pytest.raises(Refusal, match="at most 7 questions"):
        drafting.write_question(section_of(draft, "Economy"), **QUESTION, **WHO)


def test_the_next_version_begins_as_a_copy_and_leaves_the_first_as_it_is(draft):
    questionnaires.make_current(draft, **WHO)
    questionnaires.freeze(draft, now=START)
    before = exporting.csv_of(draft)

    copied = drafting.copy(draft, version="2026-b", title="Questions II", **WHO)

    assert exporting.csv_of(copied) == exporting.csv_of(draft) == before
    assert (copied.cycle, copied.pass_share, copied.current, copied.frozen_at) == (draft.cycle, 8000, False, None)
    drafting.remove(question_of(copied, 1), **WHO)
    assert exporting.csv_of(draft) == before
    assert Entry.objects.get(verb="questionnaire.started").after == {
        "version": "2026-b",
        "copied_from": draft.version,
    }


def test_nothing_changes_once_a_campaign_has_it(draft):
    question, before = question_of(draft, 1), exporting.csv_of(draft)
    questionnaires.freeze(draft, now=START)
    section = {"title": "X", "titles": {}, "core_priority": False}

    for deed in [
        lambda: drafting.describe(draft, version="w", title="W", pass_share=1, **WHO),
        lambda: drafting.write_section(draft, **section, **WHO),
        lambda: drafting.write_section(draft, question.section, **section, **WHO),
        lambda: drafting.write_question(question.section, **QUESTION, **WHO),
        lambda: drafting.write_question(question.section, question, **QUESTION, **WHO),
        lambda: drafting.move(question, up=False, **WHO),
        lambda: drafting.move(question.section, up=False, **WHO),
        lambda: drafting.remove(question, **WHO),
        lambda: drafting.remove(question.section, **WHO),
        lambda: drafting.discard(draft, reason="Why not.", **WHO),
    ]:
        with pytest.raises(Refusal, match="was sent to a campaign and can’t change any more"):
            deed()
    assert exporting.csv_of(draft) == before


def test_a_version_that_is_sent_from_now_on_stays_fit_to_be_sent():
    version = QuestionnaireFactory(current=True)
    section = SectionFactory(questionnaire=version, position=1)
    only = QuestionFactory(section=section, number=1)

    with pytest.raises(Refusal, match="no scored question, so nobody could pass"):
        drafting.remove(only, **WHO)
    with pytest.raises(Refusal, match="no scored question, so nobody could pass"):
        drafting.remove(section, **WHO)
    assert (Question.objects.count(), Section.objects.count(), Entry.objects.count()) == (1, 1, 0)
    drafting.write_question(section, **QUESTION, **WHO)
    drafting.remove(only, **WHO)
    assert Question.objects.count() == 1


def test_a_draft_is_thrown_away_and_a_version_in_use_is_not(draft):
    used = QuestionnaireFactory(cycle=draft.cycle, questions=True)
    ResponseFactory(questionnaire=used)

    drafting.discard(draft, reason="A slip.", **WHO)

    assert list(Questionnaire.objects.all()) == [used]
    entry = Entry.objects.get()
    assert (entry.verb, entry.reason) == ("questionnaire.discarded", "A slip.")
    with pytest.raises(Refusal, match="New candidacies get this version"):
        drafting.discard(used, reason="x", **WHO)
    with pytest.raises(Refusal, match="thrown away meanwhile"):
        drafting.discard(draft, reason="x", **WHO)
