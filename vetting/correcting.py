"""What a campaign asks to have mended, and what staff make of it (ux.md 1c 3 and 5).

A fact on the ballot is mended by staff in the candidacy; a sent answer is changed here, by two people.
"""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from journal import approvals, book
from journal.wording import in_zone
from mailings import queue
from rounds.models import Candidacy
from vetting import answering, questionnaires, verdicts
from vetting.models import Answer, Correction
from vetting.refusals import Refusal

ACTION = "answer.correct"
LETTER = "vetting.corrected"
A_DAY = 5  # that one campaign may ask for within 24 hours
LONGEST = 2000
Kind, State = Correction.Kind, Correction.State


def may_ask(response, kind) -> bool:
    """Whether the campaign may ask now: about the ballot until it is made, about an answer until vetting decides."""
    state = response.candidacy.state
    if kind == Kind.BALLOT:
        return state in Candidacy.STANDING
    return response.submitted_at is not None and state in (Candidacy.State.NOMINATED, Candidacy.State.HELD)


def until_when(candidacy, now) -> str:
    """Until when a fact on the ballot can be corrected, in words; "" where no freeze is ahead."""
    round = candidacy.round
    return in_zone(round.freeze_at, round.time_zone) if round and now < round.freeze_at else ""


def ask_about_ballot(response, *, words, now) -> Correction:
    """Keep that a fact in what members will read is wrong. Refusal once the ballot is made, and for too many a day."""
    return keep(response, Kind.BALLOT, words=words, now=now)


def ask_about_answer(response, question, *, value, words, now, by=None) -> Correction:
    """Keep that a sent answer should read otherwise. Refusal once vetting has decided, and where nothing differs.

    by is a staffer who found that it was recorded wrongly; None: the campaign asks. Either way two people of the staff
    have to make it, and the campaign is told.
    """
    value = answering.clean(value)
    asked = questionnaires.questions_of(response.questionnaire, response.candidacy.race.office)
    answering.check_offered(question if question in asked else None, value)
    answer = response.answers.filter(question=question).first()
    before = answer.value if answer else ""
    if value == before:
        raise Refusal(_("Change the answer first: it reads as it did."))
    return keep(response, Kind.ANSWER, words=words, now=now, by=by, question=question, before=before, value=value)


def keep(response, kind, *, words, now, by=None, **said) -> Correction:
    """Write a request down, once: the same words that still wait for staff are not kept twice."""
    words = answering.clean(words)
    if not 0 < len(words) <= LONGEST:
        raise Refusal(_("Say in a few words what is wrong (at most 2,000 characters)."))
    with transaction.atomic():
        held = answering.hold(response)
        if not may_ask(held, kind):
            raise Refusal(_("It is too late to ask for this correction. Write to us."))
        waiting = held.corrections.filter(state=State.OPEN, kind=kind, words=words, **said).first()
        if waiting:
            return waiting
        lately = held.corrections.filter(asked_at__gt=now - timedelta(days=1))
        if by is None and lately.count() >= A_DAY:
            raise Refusal(_("You can ask for %(n)d corrections a day. Please come back tomorrow.") % {"n": A_DAY})
        asked = {"asked_by": asker(response, by), "by_staff": by is not None, "asked_at": now}
        correction = Correction.objects.create(response=held, kind=kind, words=words, **asked, **said)
        after = {"correction": correction.pk, "kind": kind}
        book.record("correction.asked", held, by=by or answering.actor_of(response), now=now, after=after)
    return correction


def asker(response, by) -> str:
    """Who asks, as the desk reads it: a staffer or a colleague by name, "" for the campaign's contact."""
    if by is not None:
        return str(by)
    return response.opened_by.name if response.opened_by else ""


def open_requests():
    """The corrections that wait for staff."""
    return Correction.objects.filter(state=State.OPEN)


def make(correction, *, by, now, reason):
    """Say that it is mended, with a letter to the campaign; False when it was decided before.

    An answer is changed here and scored anew; that takes two people, and the first one's word is answered with a
    sentence that says so. Refusal for the same person twice, and once vetting has decided.
    """
    if correction.kind == Kind.BALLOT:
        return decide(correction, State.MADE, by=by, now=now, reply=reason)
    with transaction.atomic():
        held = answering.hold(correction.response)
        verdicts.check_not_recused(held.candidacy_id, by)
        correction.refresh_from_db(fields=["state"])
        if correction.state != State.OPEN:
            return False
        # Vetting decides with the candidacy's row held: its decision comes before this or after it, never between.
        held.candidacy = Candidacy.objects.select_for_update(of=("self",)).with_race().get(pk=held.candidacy_id)
        if not may_ask(held, Kind.ANSWER):
            raise Refusal(_("Vetting has decided about this candidacy: its answers stay as they are."))
        waiting = approvals.standing(ACTION, correction, now)
        if waiting is None:
            approvals.ask(ACTION, correction, by=by, reason=reason, now=now)
            return _("Noted. A second person has to agree within 24 hours, before the answer changes.")
        if not approvals.agree(waiting, by=by, now=now):
            raise Refusal(_("You said so yourself. A second person has to agree."))
        decide(correction, State.MADE, by=by, now=now, reply=waiting.reason)
        apply(correction, held, by=by, now=now)
    return True


def apply(correction, held, *, by, now):
    """Write the answer over, with both wordings in the journal, and score anew what was in time.

    The wording before is the one that stands now: another correction may have been made since this one was asked.
    """
    standing = held.answers.filter(question=correction.question).first()
    facts = {"value": correction.value, "edited_by": _("corrected at the campaign’s request"), "edited_at": now}
    Answer.objects.update_or_create(response=held, question=correction.question, defaults=facts)
    change = {"before": {"value": standing.value if standing else ""}, "after": {"value": correction.value}}
    subject = f"answer:{held.pk}/{correction.question_id}"
    book.record("answer.corrected", subject, by=by, now=now, reason=correction.words, **change)
    if held.passed is not None:
        answering.keep_score(answering.hold(held), now=now, correction=correction.pk)


def decline(correction, *, by, now, reason):
    """Leave it as it stands, with a reason that goes to the campaign; False when it was decided before."""
    return decide(correction, State.DECLINED, by=by, now=now, reply=reason)


def decide(correction, state, *, by, now, reply) -> bool:
    """Settle an open request and tell the campaign; of two people at once, one does."""
    reply = answering.clean(reply)
    if not reply:
        raise Refusal(_("Write a reply: the campaign reads it."))
    with transaction.atomic():
        decided = {"state": state, "decided_at": now, "decided_by": by, "reply": reply}
        if not Correction.objects.filter(pk=correction.pk, state=State.OPEN).update(**decided):
            return False
        correction.refresh_from_db()
        book.record(f"correction.{state}", correction.response, by=by, now=now, reason=reply)
        if correction.by_staff and state == State.DECLINED:
            return True  # the campaign asked for nothing, and nothing changes
        topic = answering.topic_of(correction.response)
        queue.enqueue(LETTER, seats=[correction.pk], now=now, topic=topic, subject=correction.response_id)
    return True
