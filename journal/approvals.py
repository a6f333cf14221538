"""Acts that need a second person."""

from django.db import transaction

from journal import book
from journal.models import Approval


def ask(action, subject, *, by, reason, now):
    """Ask for a second person; asking again returns the standing request."""
    key = book.subject_of(subject)
    actor, name = book.actor_of(by)
    with transaction.atomic():
        approval, new = Approval.objects.get_or_create(
            action=action,
            subject=key,
            agreed_by="",
            defaults={"reason": reason, "asked_by": actor, "asked_name": name, "asked_at": now},
        )
        if new:
            book.record(f"{action}.asked", key, by=by, now=now, reason=reason)
    return approval


def agree(approval, *, by, now):
    """Agree as a second person. False when it is one's own request or somebody agreed before."""
    actor, name = book.actor_of(by)
    with transaction.atomic():
        taken = (
            Approval.objects.filter(pk=approval.pk, agreed_by="")
            .exclude(asked_by=actor)
            .update(agreed_by=actor, agreed_name=name, agreed_at=now)
        )
        if taken:
            book.record(f"{approval.action}.agreed", approval.subject, by=by, now=now, reason=approval.reason)
    return bool(taken)


def standing(action, subject):
    """The request that waits for a second person, or None."""
    return Approval.objects.filter(action=action, subject=book.subject_of(subject), agreed_by="").first()
