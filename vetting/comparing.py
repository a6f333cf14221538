"""The answers of a race's candidates side by side, question by question."""

from dataclasses import dataclass

from vetting import filing, scoring, sheet
from vetting.models import Question, Questionnaire


@dataclass(frozen=True)
class Row:
    """One question, and who answered what."""

    question: Question
    cells: list  # (candidacy, her line), in the table's order

    @property
    def differs(self) -> bool:
        return len({line.value.strip() for _candidacy, line in self.cells}) > 1


@dataclass(frozen=True)
class Table:
    """The candidates who answered one version, and its questions by section, core priorities first."""

    questionnaire: Questionnaire
    columns: list  # (candidacy, its score in words)
    topics: list  # (section, [(candidacy, her topic)], [Row])


def side_by_side(candidacy, *, reader, differing=False) -> dict:
    """Everybody in a candidacy's race who has sent answers, for one reader; who has not is named.

    One table for each version that was answered: a race may have been asked two. differing: only the questions
    that were not answered alike. Files from which the reader recused herself are left out, and counted.
    """
    named = list(filing.named_in_race(candidacy, reader=reader))
    shown = [one for one in named if not one.out]
    sent = [one for one in shown if filing.answered(one)]
    for one in sent:
        one.response.candidacy = one
    sheets = sheet.sheets_of([one.response for one in sent])
    versions = {one.response.questionnaire_id: one.response.questionnaire for one in sent}
    return {
        "kept_back": len(named) - len(shown),
        "silent": [one for one in shown if one not in sent],
        "tables": [
            table_of(version, [one for one in sent if one.response.questionnaire_id == key], sheets, differing)
            for key, version in versions.items()
        ],
    }


def table_of(version, candidacies, sheets, differing) -> Table:
    papers = [(one, sheets[one.response.pk]) for one in candidacies]
    topics = []
    for at, topic in enumerate(papers[0][1].topics):
        # One race is one office: everybody was asked the same questions in the same order.
        columns = [(one, paper.topics[at]) for one, paper in papers]
        rows = [
            Row(line.question, [(one, each.lines[n]) for one, each in columns]) for n, line in enumerate(topic.lines)
        ]
        rows = [row for row in rows if row.differs or not differing]
        if rows:
            topics.append((topic.section, columns, rows))
    topics.sort(key=lambda topic: not topic[0].core_priority)
    return Table(version, [(one, scoring.score_in_words(one.response)) for one in candidacies], topics)


def sheet_of(candidacy) -> sheet.Sheet:
    """The answers of one candidacy that has sent them."""
    candidacy.response.candidacy = candidacy
    return sheet.sheet_of(candidacy.response)
