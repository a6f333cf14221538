"""A version of the questionnaire as a CSV file: what importing.take_in reads comes out the same."""

import csv
import io

from journal import languages
from journal.spreadsheets import harmless
from rounds.models import Race
from vetting import questionnaires
from vetting.importing import FEDERAL, NEEDED


def csv_of(questionnaire) -> str:
    """All questions in their order, a row each, with a heading."""
    codes = [code for code, _name in languages.to_translate()]
    translated = [f"{name}_{code}" for code in codes for name in ["section", "question", "help"]]
    out = io.StringIO()
    rows = csv.DictWriter(out, [*NEEDED, "help", "core", "consent", *translated])
    rows.writeheader()
    for question in questionnaires.questions_of(questionnaire):
        section = question.section
        in_others = {
            f"{name}_{code}": words.get(code, "")
            for code in codes
            for name, words in [("section", section.titles), ("question", question.texts), ("help", question.helps)]
        }
        cells = {
            "number": question.number,
            "section": section.title,
            "question": question.text,
            "answer_type": question.kind,
            "applies_to": offices_in_words(question.offices),
            "scored": yes_or_no(question.scored),
            "baseline": yes_or_no(question.baseline),
            "correct_answer": "|".join(question.right_answers),
            "weight": question.weight,
            "help": question.help_text,
            "core": yes_or_no(section.core_priority),
            "consent": yes_or_no(question.is_consent),
            **in_others,
        }
        rows.writerow({name: harmless(str(cell)) for name, cell in cells.items()})
    return out.getvalue()


def offices_in_words(offices) -> str:
    """As the file's column has them: all, federal, or the offices with | between."""
    if not offices or set(offices) == set(Race.Office.values):
        return "all"
    return "federal" if sorted(offices) == sorted(FEDERAL) else "|".join(offices)


def yes_or_no(said) -> str:
    return "yes" if said else "no"
