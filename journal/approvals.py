"""Acts that need a second person: one asks, another agrees within a day, or the request lapses."""

from datetime import timedelta

from django.db import transaction

from journal import book
from journal.models import Approval

KEPT = timedelta(hours=24)


def ask(action, subject, *, by, reason, now, facts=None, tell=True):
    """Ask for a second person; asking again returns the standing request.

    facts say what exactly is asked for, as JSON takes it. tell=False keeps it out of the journal: where the asking
    itself would say what few may know yet.
    """
    key = book.subject_of(subject)
    actor, name = book.actor_of(by)
    with transaction.atomic():
        lapsed = Approval.objects.filter(action=action, subject=key, agreed_by="", ended_at=None)
        lapsed.filter(asked_at__lte=now - KEPT).update(ended_at=now)
        approval, new = Approval.objects.get_or_create(
            action=action,
            subject=key,
            agreed_by="",
            ended_at=None,
            defaults={
                "reason": reason,
                "asked_by": actor,
                "asked_name": name,
                "asked_at": now,
                "facts": facts or {},
            },
        )
        if new and tell:
            book.record(f"{action}.asked", key, by=by, now=now, reason=reason)
    return approval


def agree(approval, *, by, now, tell=True):
    """Agree as a second person. False for one's own request, and for one that was agreed to, taken back or lapsed."""
    actor, name = book.actor_of(by)
    with transaction.atomic():
        taken = (
            open_requests(now)
            .filter(pk=approval.pk)
            .exclude(asked_by=actor)
            .update(agreed_by=actor, agreed_name=name, agreed_at=now)
        )
        if taken and tell:
            book.record(f"{approval.action}.agreed", approval.subject, by=by, now=now, reason=approval.reason)
    return bool(taken)


def take_back(approval, *, by, now, tell=True) -> bool:
    """End a request that nobody has agreed to; False where somebody was faster."""
    with transaction.atomic():
        ended = Approval.objects.filter(pk=approval.pk, agreed_by="", ended_at=None).update(ended_at=now)
        if ended and tell:
            book.record(f"{approval.action}.taken_back", approval.subject, by=by, now=now)
    return bool(ended)


def standing(action, subject, now):
    """The request that waits for a second person at this instant, or None: a lapsed one is none."""
    return of(subject, now).filter(action=action).first()


def open_requests(now):
    """Everything that waits for a second person at this instant."""
    return Approval.objects.filter(agreed_by="", ended_at=None, asked_at__gt=now - KEPT)


def forget(subjects) -> int:
    """Take away every request about these things, which are gone themselves; how many. The journal keeps its lines."""
    gone, _kinds = Approval.objects.filter(subject__in=subjects).delete()
    return gone


def of(subject, now):
    """What of it waits for a second person at this instant."""
    return open_requests(now).filter(subject=book.subject_of(subject))


def given(action, subject):
    """The last request that a second person agreed to, or None."""
    return Approval.objects.filter(action=action, subject=book.subject_of(subject)).exclude(agreed_by="").first()
