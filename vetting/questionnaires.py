"""Versions of the questionnaire: which one is asked now, what is on it, and when it may no longer change."""

from collections import namedtuple

from django.db import transaction
from django.utils.translation import gettext as _

from journal import book
from rounds.models import Cycle
from vetting import gaps, scoring
from vetting.models import Question, Questionnaire
from vetting.refusals import Refusal

Topic = namedtuple("Topic", "section questions")


def current(cycle=None):
    """The version that new candidacies of a cycle get; without a cycle that of the latest year. None: there is none."""
    versions = Questionnaire.objects.filter(current=True).select_related("cycle")
    if cycle is not None:
        versions = versions.filter(cycle=cycle)
    return versions.order_by("-cycle__year").first()


def questions_of(questionnaire, office="") -> list:
    """The questions in the order they are asked, those for one office or all; one query."""
    found = Question.objects.filter(section__questionnaire=questionnaire).select_related("section")
    asked = found.order_by("section__position", "number")
    return [one for one in asked if not office or scoring.applies(one, office)]


def topics(questions) -> list:
    """The questions by section, as (section, questions), in their order."""
    found = []
    for question in questions:
        if not found or found[-1].section.pk != question.section_id:
            found.append(Topic(question.section, []))
        found[-1].questions.append(question)
    return found


def require_changeable(questionnaire):
    """Raise Refusal when a campaign has been asked these questions already."""
    if questionnaire.frozen_at is not None:
        raise Refusal(
            _("Version %(version)s was sent to a campaign and can’t change any more. Make a new version instead.")
            % {"version": questionnaire.version}
        )


def gaps_of(questionnaire) -> list:
    """What a version lacks, see gaps.gaps_of; two queries."""
    return gaps.gaps_of(list(questionnaire.sections.all()), questions_of(questionnaire))


def require_sendable(questionnaire):
    """Raise Refusal, with the first of them, when something stands in the way of sending a version."""
    stops = [gap for gap in gaps_of(questionnaire) if gap.stops]
    if stops:
        raise Refusal(stops[0].sentence)


def freeze(questionnaire, *, now) -> bool:
    """Let a version never change again, because it goes to a campaign; True the first time."""
    with transaction.atomic():
        frozen = Questionnaire.objects.filter(pk=questionnaire.pk, frozen_at=None).update(frozen_at=now)
        if frozen:
            book.record(
                "questionnaire.frozen", questionnaire, by=None, now=now, after={"version": questionnaire.version}
            )
    questionnaire.refresh_from_db(fields=["frozen_at"])
    return bool(frozen)


def make_current(questionnaire, *, by, now, reason="") -> bool:
    """Send this version to the cycle's new candidacies instead of the one before; False when it was so.

    Raises Refusal for a version that can't be sent as it is, such as one by which nobody could pass.
    """
    with transaction.atomic():
        # Of two versions of a cycle that are chosen at once, the later choice stands.
        Cycle.objects.select_for_update().get(pk=questionnaire.cycle_id)
        held = Questionnaire.objects.select_for_update().filter(pk=questionnaire.pk).first()
        if held is None:
            raise Refusal(_("This version was thrown away meanwhile."))
        if held.current:
            return False
        require_sendable(held)
        Questionnaire.objects.filter(cycle=questionnaire.cycle_id, current=True).update(current=False)
        Questionnaire.objects.filter(pk=questionnaire.pk).update(current=True)
        after = {"version": questionnaire.version}
        book.record("questionnaire.current", questionnaire, by=by, now=now, reason=reason, after=after)
    questionnaire.refresh_from_db(fields=["current"])
    return True
