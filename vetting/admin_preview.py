"""The page that shows staff a version of the questionnaire as a campaign sees it."""

from dataclasses import dataclass

from django.conf import settings
from django.shortcuts import render
from django.utils import translation

from journal import languages
from rounds.models import Race
from vetting import questionnaires, scoring, sheet
from vetting.forms import TopicForm


@dataclass(frozen=True)
class Choice:
    """For which office the questions are asked, and in which language."""

    office: str
    language: str

    @classmethod
    def read(cls, asked):
        """From a page's query; what is unknown becomes the first office and our own language."""
        office = asked.get("office", "")
        return cls(
            office if office in Race.Office.values else Race.Office.values[0],
            languages.known(asked.get("language", "")) or settings.LANGUAGE_CODE,
        )


def answer(request, version, choice, *, back):
    """The page, in the language that was chosen. Fields can be tried; nothing is sent from it."""
    with translation.override(choice.language):
        paper = sheet.unanswered(questionnaires.questions_of(version, choice.office))
        context = {
            "version": version,
            "choice": choice,
            "offices": Race.Office.choices,
            "languages": settings.LANGUAGES,
            "back": back,
            "sheet": paper,
            "rule": scoring.rule_in_words(version.pass_share),
            "topics": [(topic, TopicForm(topic.lines)) for topic in paper.topics],
        }
        return render(request, "vetting/preview.html", context)
