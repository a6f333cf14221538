"""Taking in a questionnaire from a CSV file, by the names in its first row; all of it or nothing."""

import csv
import io

from django.db import transaction
from django.utils.translation import gettext as _

from journal import book, languages
from journal.spreadsheets import typed
from rounds.models import Race
from vetting import gaps, questionnaires
from vetting.models import Question, Questionnaire, Section
from vetting.refusals import Refusal

NEEDED = [
    "number",
    "section",
    "question",
    "answer_type",
    "applies_to",
    "scored",
    "baseline",
    "correct_answer",
    "weight",
]
LARGEST = 1_000_000  # characters; a form has a few thousand
FEDERAL = [Race.Office.HOUSE.value, Race.Office.SENATE.value]
OFFICES = {"all": [], "": [], "federal": FEDERAL, **{office: [office] for office in Race.Office.values}}
TRUTH = {"yes": True, "no": False, "": False}


class BadFile(Refusal):
    """A file that can't be taken in; errors holds one sentence for each row at fault."""

    def __init__(self, errors):
        self.errors = list(errors)
        super().__init__("\n".join(self.errors))


class BadCell(Exception):
    """What is wrong with one row."""


def take_in(content: bytes, *, cycle, version, title, core=(), current=False, by, now) -> Questionnaire:
    """Make a version of the questionnaire from a file's bytes (UTF-8, columns by name, see NEEDED).

    Columns that may be missing: help; core and consent (yes or no); and section, question and help in another
    language, as question_es. core names further sections of core priority. A version that stands and was never sent
    is replaced; one that was sent is refused. Raises BadFile with the numbers of the rows at fault, and then nothing
    has changed.
    """
    sections = read(content)
    titles = [section.title for section, _questions in sections]
    strangers = [name for name in core if name not in titles]
    if strangers:
        raise BadFile([_("The file has no section “%(section)s”.") % {"section": name} for name in strangers])
    check_length(Questionnaire, version=version, title=title)
    with transaction.atomic():
        questionnaire = empty(version, cycle=cycle, title=title)
        for position, (section, questions) in enumerate(sections, start=1):
            section.questionnaire, section.position = questionnaire, position
            section.core_priority = section.core_priority or section.title in core
            section.save()
            for question in questions:
                question.section = section
            Question.objects.bulk_create(questions)
        book.record(
            "questionnaire.imported",
            questionnaire,
            by=by,
            now=now,
            after={"version": version, "questions": sum(len(questions) for _section, questions in sections)},
        )
        if questionnaire.current:
            questionnaires.require_sendable(questionnaire)
        elif current:
            questionnaires.make_current(questionnaire, by=by, now=now)
    return questionnaire


def empty(version, *, cycle, title) -> Questionnaire:
    """The version without any section: new, or standing, of this cycle and never sent."""
    questionnaire = Questionnaire.objects.select_for_update().filter(version=version).first()
    if questionnaire is None:
        return Questionnaire.objects.create(version=version, cycle=cycle, title=title)
    questionnaires.require_changeable(questionnaire)
    if questionnaire.cycle_id != cycle.pk:
        raise Refusal(
            _("Version %(version)s belongs to %(cycle)s.") % {"version": version, "cycle": questionnaire.cycle}
        )
    questionnaire.sections.all().delete()
    questionnaire.title = title
    questionnaire.save(update_fields=["title"])
    return questionnaire


def read(content: bytes) -> list:
    """The file's sections in order, with their questions and unsaved: [(Section, [Question])]. Raises BadFile."""
    rows = csv.DictReader(io.StringIO(text_of(content), newline=""), restkey="", restval="")
    try:
        header = [(name or "").strip().lower() for name in rows.fieldnames or []]
        missing = [name for name in NEEDED if name not in header]
        if missing:
            raise BadFile([_("Row 1: the columns %(names)s are missing.") % {"names": ", ".join(missing)}])
        rows.fieldnames = header
        cells = [(rows.line_num, row) for row in rows]
    except csv.Error as error:
        raise BadFile([_("Row %(row)d can’t be read: %(error)s.") % {"row": rows.line_num, "error": error}]) from error
    sections, numbers, errors = {}, set(), []
    for line, raw in cells:
        row = {name: typed(raw[name].strip()) for name in raw if isinstance(raw[name], str)}
        try:
            question = question_of(row)
            if question.number in numbers:
                raise BadCell(_("number %(number)d stands there twice") % {"number": question.number})
            numbers.add(question.number)
            section, questions = sections.setdefault(row["section"], (Section(title=row["section"]), []))
            section.titles = section.titles or translations(row, "section")
            section.core_priority = section.core_priority or bool(row.get("core") and truth(row, "core"))
            questions.append(question)
        except BadCell as wrong:
            errors.append(_("Row %(row)d: %(wrong)s.") % {"row": line, "wrong": wrong})
    if not cells:
        errors = [_("The file has no questions.")]
    if errors:
        raise BadFile(errors)
    return list(sections.values())


def text_of(content: bytes) -> str:
    """The file as text: UTF-8, with or without a byte-order mark, without NUL."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        raise BadFile([_("Row %(row)d: this is not UTF-8 text.") % {"row": row}]) from error
    if "\0" in text:
        raise BadFile([_("Row %(row)d: a NUL byte.") % {"row": text[: text.index(chr(0))].count("\n") + 1}])
    if len(text) > LARGEST:
        raise BadFile([_("The file is too large for a questionnaire.")])
    return text


def question_of(row) -> Question:
    """One row as an unsaved question; BadCell says what is wrong with it."""
    kind = row["answer_type"].lower()
    if kind not in Question.Kind.values:
        raise BadCell(
            _("answer type “%(kind)s” is none of %(kinds)s")
            % {"kind": short(kind), "kinds": ", ".join(Question.Kind.values)}
        )
    if not row["section"] or len(row["section"]) > Section._meta.get_field("title").max_length:
        raise BadCell(_("the section is missing or too long"))
    if not row["question"]:
        raise BadCell(_("the question is missing"))
    question = Question(
        number=whole(row, "number", smallest=1),
        text=row["question"],
        texts=translations(row, "question"),
        help_text=row.get("help", ""),
        helps=translations(row, "help"),
        kind=kind,
        offices=offices_of(row["applies_to"]),
        scored=truth(row, "scored"),
        baseline=truth(row, "baseline"),
        right_answers=[answer.strip() for answer in row["correct_answer"].split("|") if answer.strip()],
        weight=whole(row, "weight", smallest=0),
        is_consent=asks_consent(row),
    )
    if flaw := gaps.flaw_of(question):
        raise BadCell(flaw)
    return question


def translations(row, name) -> dict:
    """What a row holds of one column in other languages, as {"es": …}."""
    found = {code: row.get(f"{name}_{code}", "") for code, _name in languages.to_translate()}
    return {code: words for code, words in found.items() if words}


def asks_consent(row) -> bool:
    """Whether a row asks consent to publish: so says its column, or it is an unscored yes or no under "Consent"."""
    if row.get("consent"):
        return truth(row, "consent")
    yes_no = row["answer_type"].lower() == Question.Kind.YES_NO
    return row["section"].lower() == "consent" and yes_no and not truth(row, "scored")


def offices_of(text) -> list:
    """Race offices out of "all", "federal", "governor" or several with | between them."""
    offices = []
    for name in text.lower().split("|"):
        if name.strip() not in OFFICES:
            raise BadCell(_("“%(office)s” is not an office we know") % {"office": short(name)})
        offices += [office for office in OFFICES[name.strip()] if office not in offices]
    return offices


def truth(row, name) -> bool:
    """yes or no; a blank is no."""
    if row[name].lower() not in TRUTH:
        raise BadCell(_("%(column)s is “%(text)s”, not yes or no") % {"column": name, "text": short(row[name])})
    return TRUTH[row[name].lower()]


def whole(row, name, *, smallest) -> int:
    """A whole number that its column can hold."""
    text = row[name] or ("0" if smallest == 0 else "")
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and int(text) >= smallest):
        raise BadCell(_("%(column)s is “%(text)s”, not a number we can use") % {"column": name, "text": short(text)})
    return int(text)


def short(text) -> str:
    """A piece of a file as it may be quoted back."""
    return text if len(text) <= 40 else text[:40] + "…"


def check_length(model, **texts):
    """Raise Refusal for a text that is missing or longer than its column."""
    for name, text in texts.items():
        field = model._meta.get_field(name)
        if not text.strip() or len(text) > field.max_length or "\0" in text:
            raise Refusal(
                _("The %(name)s must have 1 to %(n)d characters.") % {"name": field.verbose_name, "n": field.max_length}
            )
