"""Asking campaigns: who gets the questionnaire, and who a reminder (process.md 4.4, 11.6 and 11.7)."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from journal import book
from mailings import queue
from mailings.models import Letter
from rounds.models import Candidacy, Nomination
from vetting import answering, passing_on, questionnaires
from vetting.models import Questionnaire, Response
from vetting.refusals import Refusal

REMINDER = "vetting.reminder"
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
    responses = list(responses)
    given = given_to([one.candidacy.race_id for one in responses])
    for response in responses:
        due_at = due_for(response.candidacy, given, now=now)
        begun += Response.objects.filter(pk=response.pk, sent_at=None).update(sent_at=now, due_at=due_at)
    return begun


def due_for(candidacy, given, *, now):
    """When the answers to a letter that goes out now are due: after the full time, and no earlier than its rivals'.

    given is what given_to says: more time holds for every campaign in a race, for one that is asked later too.
    """
    return max(now + time_of(candidacy), given.get(candidacy.race_id, now))


def given_to(races) -> dict:
    """{race's key: until when staff gave its campaigns more time}; one query."""
    extended = Response.objects.filter(candidacy__race__in=set(races), extended_at__isnull=False)
    return dict(extended.order_by().values_list("candidacy__race").annotate(until=Max("due_at")))


def time_of(candidacy) -> timedelta:
    """How long the campaign has to answer."""
    return candidacy.round.questionnaire_time if candidacy.round else TIME_WITHOUT_ROUND


def remind_due(now) -> int:
    """Put in line the reminders that are due: at half time, 48 and 12 hours before each deadline; how many are new.

    After a pause only the latest one is sent, and none to a campaign whose newest letter about it is younger.
    """
    line = {}
    for response in Response.objects.awaited().filter(due_at__gt=now).select_related("candidacy").order_by("pk"):
        due = [(moment, number) for number, moment in moments(response) if moment <= now]
        if due and max(due)[0] > max(response.sent_at, response.extended_at or response.sent_at):
            line[response.pk] = (response, wave_of(response.due_at, max(due)[1]))
    told = Letter.objects.filter(name=REMINDER, seat__in=line).values_list("seat", "wave")
    new = 0
    for response, wave in [said for pk, said in line.items() if (pk, said[1]) not in set(told)]:
        about = {"topic": answering.topic_of(response), "subject": response.pk, "expires": response.due_at}
        new += queue.enqueue(REMINDER, seats=[response.pk], now=now, wave=wave, **about)
    return new


def moments(response) -> list:
    """When a campaign is reminded: (number, instant). Half time is that of the first deadline."""
    due = response.due_at
    hours = [(number, due - before) for number, before in ((2, timedelta(hours=48)), (3, timedelta(hours=12)))]
    if response.extended_at:
        return hours
    return [(1, response.sent_at + (due - response.sent_at) / 2), *hours]


def wave_of(due_at, number) -> int:
    """A reminder's number among the letters: another deadline, another reminder."""
    return int(due_at.timestamp()) * 10 + number
