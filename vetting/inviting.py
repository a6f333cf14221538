"""Asking campaigns: who gets the questionnaire, and who a reminder (process.md 4.4, 11.6 and 11.7)."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from journal import book
from mailings import queue
from rounds.models import Candidacy, Nomination
from vetting import answering, passing_on, questionnaires
from vetting.models import Questionnaire, Response
from vetting.refusals import Refusal

REMIND_DAYS = [3, 1]
TIME_WITHOUT_ROUND = timedelta(hours=7 * 24)


def invite_due(now) -> int:
    """Ask every campaign that is due and return how many: standing, with an accepted nomination, never asked.

    A cycle without a current version asks nobody. The version is frozen before the first letter is written.
    """
    accepted = Nomination.objects.filter(state=Nomination.State.ACCEPTED).values("candidacy")
    versions = {one.cycle_id: one for one in Questionnaire.objects.filter(current=True)}
    due = Candidacy.objects.standing().filter(pk__in=accepted, response=None, race__cycle__in=versions)
    return sum(invite(one, versions[one.race.cycle_id], now=now) for one in due.select_related("race").order_by("pk"))


def invite(candidacy, questionnaire, *, now) -> bool:
    """Make the candidacy's response and put its letter in line; False when somebody was faster."""
    with transaction.atomic():
        questionnaires.freeze(questionnaire, now=now)
        response, made = Response.objects.get_or_create(
            candidacy=candidacy, defaults={"questionnaire": questionnaire, "invited_at": now}
        )
        if made:
            book.record("response.invited", response, by=None, now=now, after={"version": questionnaire.version})
            post(response, now=now)
    return made


def post(response, *, now) -> int:
    """Put the letter with the private link in line, once for each generation of the link."""
    line = {"topic": answering.topic_of(response), "subject": response.pk, "wave": response.generation}
    return queue.enqueue("vetting.questionnaire", seats=[response.pk], now=now, **line)


def send_anew(response, *, by, now, reason):
    """Make a new link, let the old one die and mail the new one: the address was mended, or the wrong person had it.

    Links that were passed on die with it. The deadline stays. Raises Refusal without a reason, and once the answers
    are sent.
    """
    if not reason.strip():
        raise Refusal(_("Say why there is a new link."))
    with transaction.atomic():
        held = answering.hold(response)
        answering.require_open(held)
        held.generation += 1
        held.save(update_fields=["generation"])
        book.record("response.new_link", held, by=by, now=now, reason=reason, after={"generation": held.generation})
        passing_on.end_all(held, by=by, now=now, reason=reason)
        post(held, now=now)
    response.refresh_from_db()


def mark_sent(responses, *, now) -> int:
    """The letters went out: time runs from now, once; returns for how many it began."""
    begun = 0
    for response in responses:
        due_at = now + time_of(response.candidacy)
        begun += Response.objects.filter(pk=response.pk, sent_at=None).update(sent_at=now, due_at=due_at)
    return begun


def time_of(candidacy) -> timedelta:
    """How long the campaign has to answer."""
    return candidacy.round.questionnaire_time if candidacy.round else TIME_WITHOUT_ROUND


def remind_due(now) -> int:
    """Put in line the reminders that are due, 3 days and 1 day before each deadline; returns how many are new.

    After a pause only the nearer one is sent, and none to a campaign whose letter is younger than the reminder.
    """
    new = 0
    soon = Q(due_at__gt=now, due_at__lte=now + timedelta(days=max(REMIND_DAYS)))
    for response in Response.objects.awaited().filter(soon).select_related("candidacy").order_by("pk"):
        days = min(n for n in REMIND_DAYS if response.due_at - timedelta(days=n) <= now)
        if response.due_at - timedelta(days=days) > response.sent_at:
            line = {"topic": answering.topic_of(response), "subject": response.pk, "expires": response.due_at}
            wave = wave_of(response.due_at, days)
            new += queue.enqueue("vetting.reminder", seats=[response.pk], now=now, wave=wave, **line)
    return new


def wave_of(due_at, days) -> int:
    """A reminder's number: another deadline, another reminder."""
    return int(due_at.timestamp()) * 10 + days
