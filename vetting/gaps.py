"""What a version of the questionnaire lacks: what keeps it from being sent, and what is worth a look. Pure."""

from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext as _

from journal.languages import to_translate
from rounds.models import Race
from vetting import scoring

NAMED = 12  # question numbers that one sentence lists
MOST_QUESTIONS = 200
MOST_IN_SECTION = 100  # a question takes up to four fields of a form, which takes 500 (DATA_UPLOAD_MAX_NUMBER_FIELDS)


@dataclass(frozen=True)
class Gap:
    """One sentence, where on the page it leads, and whether the version can't be sent so."""

    sentence: str
    anchor: str
    stops: bool = False


def flaw_of(question) -> str:
    """Why a question could not be scored as it says, "" when it can."""
    possible = {value for value, _words in question.options}
    strangers = [answer for answer in question.right_answers if answer not in possible]
    if question.is_consent and (question.scored or question.kind != question.Kind.YES_NO):
        return _("a question that asks consent is a “yes or no” and not scored")
    if question.baseline and not question.scored:
        return _("a baseline question must be scored")
    if not question.scored:
        return ""
    if not possible:
        return _("a text can’t be scored")
    if not question.right_answers:
        return _("a scored question needs a correct answer")
    if strangers:
        return _("“%(answer)s” is not an answer to choose") % {"answer": strangers[0][:40]}
    if set(question.right_answers) == possible:
        return _("if every answer is correct, nothing is asked")
    return "" if question.weight else _("a scored question needs a weight of 1 or more")


def gaps_of(sections, questions) -> list[Gap]:
    """The gaps of a version, given its sections and its questions in order; those that stop it come first."""
    found = [*too_many(sections, questions), *scoring_gaps(questions)]
    found += [*empty_sections(sections, questions), *untranslated(sections, questions)]
    return sorted(found, key=lambda gap: not gap.stops)


def too_many(sections, questions):
    """What a campaign could not send: a section is one page, and a page takes so many fields."""
    inside = Counter(question.section_id for question in questions)
    for section in sections:
        if inside[section.pk] > MOST_IN_SECTION:
            sentence = _("“%(section)s” has %(n)d questions. A section is one page and holds at most %(most)d.")
            facts = {"section": section.title, "n": inside[section.pk], "most": MOST_IN_SECTION}
            yield Gap(sentence % facts, anchor_of(section), stops=True)
    if len(questions) > MOST_QUESTIONS:
        sentence = _("There are %(n)d questions. A questionnaire has at most %(most)d.")
        yield Gap(sentence % {"n": len(questions), "most": MOST_QUESTIONS}, "sections", stops=True)


def scoring_gaps(questions):
    """By what a campaign could not be scored fairly."""
    if not any(question.scored for question in questions):
        yield Gap(_("This version has no scored question, so nobody could pass."), "sections", stops=True)
        return
    for question in questions:
        if flaw := flaw_of(question):
            yield Gap(
                _("Question %(number)d: %(flaw)s.") % {"number": question.number, "flaw": flaw},
                anchor_of(question),
                True,
            )
    for number, times in Counter(question.number for question in questions).items():
        if times > 1:
            sentence = _("%(n)d questions have the number %(number)d. Move one: all are numbered anew.")
            yield Gap(sentence % {"n": times, "number": number}, "sections", stops=True)
    if sum(question.is_consent for question in questions) > 1:
        yield Gap(_("More than one question asks consent to publish."), "sections", stops=True)
    for office in Race.Office:
        if not any(question.scored and scoring.applies(question, office.value) for question in questions):
            sentence = _("No scored question is asked of candidates for %(office)s: none of them could pass.")
            yield Gap(sentence % {"office": office.label}, "sections")


def empty_sections(sections, questions):
    filled = {question.section_id for question in questions}
    for section in sections:
        if section.pk not in filled:
            yield Gap(_("“%(section)s” has no question.") % {"section": section.title}, anchor_of(section))


def untranslated(sections, questions):
    """What campaigns would read in a language that is not theirs."""
    for code, language in to_translate():
        titles = [section for section in sections if not section.titles.get(code)]
        texts = [question for question in questions if not is_translated(question, code)]
        if titles:
            names = ", ".join(section.title for section in titles[:NAMED])
            sentence = _("Without a title in %(language)s: %(names)s.")
            yield Gap(sentence % {"language": language, "names": names}, anchor_of(titles[0]))
        if texts:
            numbers = ", ".join(str(question.number) for question in texts[:NAMED])
            more = _(" and %(n)d more") % {"n": len(texts) - NAMED} if len(texts) > NAMED else ""
            sentence = _("Not in %(language)s yet: question %(numbers)s%(more)s.")
            yield Gap(sentence % {"language": language, "numbers": numbers, "more": more}, anchor_of(texts[0]))


def is_translated(question, code) -> bool:
    """Whether a question stands in a language with its help, if it has one."""
    return bool(question.texts.get(code)) and bool(question.helps.get(code) or not question.help_text)


def anchor_of(part) -> str:
    """The name under which a section or a question stands on the page of its version."""
    return f"{part._meta.model_name}-{part.pk}"
