"""The pages on which a lead writes the questionnaire, and others read it."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from journal.models import Entry
from tests.factories.groups import UserFactory
from tests.factories.rounds import START, CycleFactory
from tests.factories.vetting import QuestionnaireFactory, ResponseFactory
from vetting import exporting, questionnaires
from vetting.models import Question, Questionnaire, Section

pytestmark = pytest.mark.django_db

QUESTION = {
    "text": "Will you?",
    "text_es": "¿Lo hará?",
    "kind": "yes_no",
    "offices": ["house"],
    "scored": "on",
    "right_answers": ["no"],
    "weight": "2",
}


@pytest.fixture
def desk(client, dee):
    client.force_login(dee)
    return client


@pytest.fixture
def draft():
    return QuestionnaireFactory(questions=True, current=False)


def address(name, *args):
    return reverse(f"admin:vetting_questionnaire_{name}", args=args)


def text_of(page):
    return " ".join(page.content.decode().split())


def question_of(version, number):
    return Question.objects.get(section__questionnaire=version, number=number)


def test_a_version_on_one_page(desk, draft):
    text = text_of(desk.get(address("change", draft.pk)))

    assert "A draft: nobody gets it before you say so." in text
    assert "7 in all, 5 of them scored, 1 baseline" in text
    assert "Not in Spanish yet: question 1, 2, 3, 4, 5, 6, 7." in text
    assert "<dt>Governor</dt><dd>6 questions, 5 points</dd>" in text
    assert "<dt>U.S. Senate</dt><dd>5 questions, 4 points</dd>" in text
    assert "right: Agree or Strongly agree" in text
    assert text.count('<span class="desk-tag">reversed</span>') == 1
    assert text.count('<span class="desk-tag wait">no Spanish</span>') == 7


def test_a_question_is_written_changed_and_removed(desk, draft):
    section = draft.sections.get(title="Democracy")
    at = address("add_question", draft.pk, section.pk)

    page = desk.post(at, QUESTION | {"section": section.pk, "then": "more"})
    assert page.url == at
    question = question_of(draft, 4)
    assert (question.text, question.texts, question.offices, question.weight, question.reversed) == (
        "Will you?",
        {"es": "¿Lo hará?"},
        ["house"],
        2,
        True,
    )
    at = address("question", draft.pk, question.pk)
    assert "¿Lo hará?" in text_of(desk.get(at))
    page = desk.post(at, QUESTION | {"section": section.pk, "text": "Would you?"})
    assert page.url == f"{address('change', draft.pk)}#question-{question.pk}"
    assert question_of(draft, 4).text == "Would you?"
    at = address("remove_question", draft.pk, question.pk)
    assert "“Would you?” goes." in text_of(desk.get(at))
    assert "Removed." in text_of(desk.post(at, follow=True))
    assert not Question.objects.filter(pk=question.pk).exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"right_answers": ["agree"]}, "Tick only answers of this kind: Yes, No."),
        ({"right_answers": []}, "Tick what is right."),
        ({"kind": "long_text"}, "Texts and lists can’t be scored.</li>"),
        ({"weight": "0"}, "A scored question has 1 point or more."),
        ({"weight": "x"}, "Enter a whole number"),
        ({"offices": ["mayor"]}, "Select a valid choice"),
        ({"text": ""}, "This field is required."),
        ({"text": "a\0b"}, "Null characters are not allowed."),
        ({"text_es": "x" * 2001}, "Please keep it under 2000 characters."),
        ({"section": "999999"}, "Select a valid choice"),
    ],
)
def test_a_bad_question_comes_back_as_it_was_typed(desk, draft, fields, sentence):
    section = draft.sections.first()
    typed = {"section": section.pk, "help_text": "I typed this."} | QUESTION | fields

    page = desk.post(address("add_question", draft.pk, section.pk), typed)

    assert page.status_code == 400
    assert sentence in text_of(page)
    assert "I typed this.</textarea>" in text_of(page)
    assert Question.objects.count() == 7


def test_a_section_is_written_and_removed_with_its_questions(desk, draft):
    desk.post(address("add_section", draft.pk), {"title": "Climate", "title_es": "Clima", "core_priority": "on"})

    section = Section.objects.get(title="Climate")
    assert (section.titles, section.core_priority, section.position) == ({"es": "Clima"}, True, 4)
    page = desk.post(address("section", draft.pk, section.pk), {"title": "The climate"})
    section.refresh_from_db()
    assert page.url == f"{address('change', draft.pk)}#section-{section.pk}"
    assert (section.title, section.titles, section.core_priority) == ("The climate", {}, False)
    democracy = draft.sections.get(title="Democracy")
    at = address("remove_section", draft.pk, democracy.pk)
    assert "So do its questions: 3." in text_of(desk.get(at))
    desk.post(at)
    assert [one.title for one in draft.sections.all()] == ["Economy", "About you", "The climate"]
    assert Question.objects.count() == 4


def test_parts_move_by_their_buttons(desk, draft):
    at, question = address("change", draft.pk), question_of(draft, 2)

    page = desk.post(at, {"move": f"question-{question.pk}-up"})

    question.refresh_from_db()
    assert page.url == f"{at}#question-{question.pk}"
    assert question.number == 1
    for odd in ["", "question", "question-x-up", f"question-{question.pk}-left", "page-1-up", "question-²-up"]:
        assert desk.post(at, {"move": odd}).status_code == 403
    assert desk.post(at, {"move": f"question-{'9' * 40}-up"}).status_code == 404


def test_of_two_who_change_a_question_the_second_is_told(desk, draft):
    question = question_of(draft, 1)
    at = address("question", draft.pk, question.pk)
    opened = re.search(r'name="stood" value="(\w+)"', text_of(desk.get(at)))[1]
    typed = QUESTION | {"section": question.section_id}
    desk.post(at, typed | {"text": "The first.", "stood": opened})

    page = desk.post(at, typed | {"text": "The second.", "stood": opened})

    text = text_of(page)
    assert page.status_code == 400
    assert "A colleague has changed this meanwhile." in text
    assert "The second.</textarea>" in text
    assert question_of(draft, 1).text == "The first."
    again = re.search(r'name="stood" value="(\w+)"', text)[1]
    desk.post(at, typed | {"text": "The second.", "stood": again})
    assert question_of(draft, 1).text == "The second."


@pytest.mark.parametrize("name", ["names", "section"])
def test_of_two_who_change_a_title_the_second_is_told(desk, draft, name):
    section = draft.sections.first()
    at = address(name, draft.pk, *([section.pk] if name == "section" else []))
    opened = re.search(r'name="stood" value="(\w+)"', text_of(desk.get(at)))[1]
    typed = {"version": draft.version, "pass_percent": "80", "stood": opened}
    assert desk.post(at, typed | {"title": "The first"}).status_code == 302

    page = desk.post(at, typed | {"title": "The second"})

    assert "A colleague has changed this meanwhile." in text_of(page)
    for part in (draft, section):
        part.refresh_from_db()
    assert "The first" in (draft.title, section.title)


def test_a_part_of_another_version_is_not_found(desk, draft):
    other = QuestionnaireFactory(questions=True, current=False)
    question = question_of(other, 1)

    assert desk.get(address("question", draft.pk, question.pk)).status_code == 404
    assert desk.get(address("remove_section", draft.pk, question.section_id)).status_code == 404
    assert desk.post(address("change", draft.pk), {"move": f"question-{question.pk}-down"}).status_code == 404


def test_a_new_version_is_begun_empty_or_from_a_file(desk):
    cycle = CycleFactory()
    typed = {"cycle": cycle.pk, "title": "Questions", "version": "v1", "pass_percent": "75.5"}

    desk.post(address("add"), typed)

    empty = Questionnaire.objects.get()
    assert (empty.version, empty.pass_share, empty.sections.count()) == ("v1", 7550, 0)
    full = QuestionnaireFactory(cycle=cycle, questions=True, current=False)
    file = SimpleUploadedFile("q.csv", exporting.csv_of(full).encode())
    desk.post(address("add"), typed | {"version": "v2", "file": file})
    taken = Questionnaire.objects.get(version="v2")
    assert exporting.csv_of(taken) == exporting.csv_of(full)
    assert taken.pass_share == 7550
    page = desk.post(address("add"), typed | {"version": "v2"})
    assert (page.status_code, "There is a version “v2” already." in text_of(page)) == (400, True)


def test_a_bad_file_is_refused_row_by_row_and_nothing_is_begun(desk):
    content = "number,section,question,answer_type,applies_to,scored,baseline,correct_answer,weight\n" + (
        "1,A,Q?,essay,all,no,no,,0\n2,A,Q?,yes_no,mayor,no,no,,0\n"
    )
    typed = {"cycle": CycleFactory().pk, "title": "Questions", "version": "v1", "pass_percent": "80"}

    page = desk.post(address("add"), typed | {"file": SimpleUploadedFile("q.csv", content.encode())})

    text = text_of(page)
    assert page.status_code == 400
    assert "Row 2: answer type “essay” is none of" in text
    assert "Row 3: “mayor” is not an office we know.</li>" in text
    assert not Questionnaire.objects.exists()


def test_names_are_changed_and_a_draft_is_thrown_away(desk, draft):
    at = address("names", draft.pk)
    assert 'value="80"' in text_of(desk.get(at))
    desk.post(at, {"title": "Ours", "version": "v9", "pass_percent": "66.67"})
    draft.refresh_from_db()
    assert (draft.title, draft.version, draft.pass_share) == ("Ours", "v9", 6667)
    assert desk.post(at, {"title": "Ours", "version": "v9", "pass_percent": "101"}).status_code == 400

    page = desk.post(address("discard", draft.pk), {"reason": "A slip."}, follow=True)

    assert "Thrown away." in text_of(page)
    assert not Questionnaire.objects.exists()


def test_a_version_is_sent_from_now_on_with_a_word_of_what_it_replaces(desk, draft):
    old = QuestionnaireFactory(cycle=draft.cycle, questions=True)
    at = address("send", draft.pk)

    assert f"Until now it was {old}." in text_of(desk.get(at))
    assert desk.post(at, {"reason": ""}).status_code == 400
    page = desk.post(at, {"reason": "The bill has a new number."}, follow=True)

    assert f"New candidacies get {draft}." in text_of(page)
    assert list(Questionnaire.objects.filter(current=True)) == [draft]
    assert Entry.objects.get(verb="questionnaire.current").reason == "The bill has a new number."


def test_a_version_that_lacks_something_is_not_sent(desk, draft):
    draft.sections.get(title="Economy").questions.filter(number=4).update(right_answers=[])

    assert "Send this version from now on" not in text_of(desk.get(address("change", draft.pk)))
    page = desk.post(address("send", draft.pk), {"reason": "It is time."})

    assert page.status_code == 400
    assert "Question 4: a scored question needs a correct answer." in text_of(page)
    assert not Questionnaire.objects.filter(current=True).exists()


def test_a_version_that_was_sent_is_only_to_read_and_copied(desk):
    frozen = QuestionnaireFactory(questions=True)
    ResponseFactory(questionnaire=frozen)
    questionnaires.freeze(frozen, now=START)
    before, at = exporting.csv_of(frozen), address("change", frozen.pk)

    text = text_of(desk.get(at))
    assert "1 campaign has it. It can’t change any more" in text
    assert "Add a question" not in text
    assert "Move question" not in text
    assert desk.post(at, {"move": f"question-{question_of(frozen, 1).pk}-down"}).status_code == 403
    page = desk.post(address("remove_question", frozen.pk, question_of(frozen, 1).pk))
    assert (page.status_code, "was sent to a campaign" in text_of(page)) == (400, True)
    assert exporting.csv_of(frozen) == before

    page = desk.post(address("next", frozen.pk), {"title": "Questions II", "version": "v2"})

    copied = Questionnaire.objects.get(version="v2")
    assert page.url == address("change", copied.pk)
    assert exporting.csv_of(copied) == before


def test_the_preview_speaks_the_language_and_asks_the_office(desk, draft):
    question = question_of(draft, 5)
    question.texts = {"es": "¿Votará por la ley 5?"}
    question.save()
    at = address("preview", draft.pk)

    english, spanish = text_of(desk.get(at)), text_of(desk.get(at, {"office": "governor", "language": "es"}))

    assert "5. Will you vote for bill 5?" not in english
    assert '<html lang="en">' in english
    assert "4. Will you vote for bill 4?" in english
    assert "5. ¿Votará por la ley 5?" in spanish
    assert '<html lang="es">' in spanish
    assert "Muy de acuerdo" in spanish
    assert "Muy de acuerdo" not in english
    assert text_of(desk.get(at, {"office": "x", "language": "tlh"})) == english
    assert "There is no question for this office yet." in text_of(
        desk.get(address("preview", QuestionnaireFactory(current=False).pk))
    )


def test_the_file_to_download(desk, draft):
    page = desk.get(address("csv", draft.pk))

    assert page["Content-Type"] == "text/csv; charset=utf-8"
    assert page.content.decode() == exporting.csv_of(draft)


def test_who_may_only_read_changes_nothing(client, draft):
    reader = UserFactory(is_staff=True)
    reader.user_permissions.set(Permission.objects.filter(codename="view_questionnaire"))
    client.force_login(reader)
    section, question = draft.sections.first(), question_of(draft, 1)
    before = exporting.csv_of(draft)

    text = text_of(client.get(address("change", draft.pk)))
    assert "Will you vote for bill 1?" in text
    assert "Add a section" not in text
    assert "Make the next version" not in text
    assert client.get(address("preview", draft.pk)).status_code == 200
    pages = [
        address("add"),
        *[address(name, draft.pk) for name in ("change", "names", "next", "send", "discard", "add_section")],
        *[address(name, draft.pk, section.pk) for name in ("section", "add_question", "remove_section")],
        *[address(name, draft.pk, question.pk) for name in ("question", "remove_question")],
    ]
    posted = {
        at: client.post(at, {"title": "X", "reason": "X", "move": f"question-{question.pk}-down"}) for at in pages
    }
    assert {at: page.status_code for at, page in posted.items()} == dict.fromkeys(pages, 403)
    assert exporting.csv_of(draft) == before


def test_strangers_see_nothing(client, draft):
    client.force_login(UserFactory(is_staff=True))

    for name in ("change", "preview", "csv"):
        assert client.get(address(name, draft.pk)).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_the_same_queries_however_long(desk, rows, django_assert_num_queries):
    version = QuestionnaireFactory(current=False)
    for position in range(rows):
        section = Section.objects.create(questionnaire=version, position=position + 1, title="A")
        Question.objects.create(section=section, number=position + 1, kind="yes_no", right_answers=["yes"])
    desk.get(address("change", version.pk))

    with django_assert_num_queries(6):
        desk.get(address("change", version.pk))
