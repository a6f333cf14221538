"""A leader whom no colleague knows introduces herself; staff ask the group, then let her in or decline."""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from groups import leading
from groups.models import Group, LeaderRequest
from groups.refusals import Refusal
from journal import book
from mailings import queue

DECLINED_LETTER = "groups.leader_declined"
# How long what she wrote is kept after it was decided.
KEPT = timedelta(days=90)
State = LeaderRequest.State


def ask(group: Group, *, email, name, words, language, now) -> None:
    """Keep for staff that somebody says she leads this group; said twice, the newer words stand."""
    LeaderRequest.objects.filter(decided_at__lt=now - KEPT).delete()
    said = {"name": name, "words": words, "language": language, "asked_at": now}
    LeaderRequest.objects.update_or_create(group=group, email=email.strip().lower(), state=State.OPEN, defaults=said)


def open_requests():
    """The requests that nobody has decided yet."""
    return LeaderRequest.objects.filter(state=State.OPEN)


def admit(request: LeaderRequest, *, by, now, reason="") -> bool:
    """Let in as a leader of her group, with the letter that says how to sign in. False when it was decided.

    Refusal for the twenty-first leader, and for oneself.
    """
    if by.email.lower() == request.email:
        raise Refusal(_("Somebody else must confirm that you lead this group."))
    with transaction.atomic():
        if not settle(request, State.ADMITTED, by=by, now=now, answer=reason):
            return False
        said = {"email": request.email, "name": request.name, "language": request.language}
        leading.let_in(request.group, **said, by=by, now=now)
    return True


def decline(request: LeaderRequest, *, by, now, reason) -> bool:
    """Say no, with a reason that goes to her. False when it was decided already."""
    with transaction.atomic():
        if not settle(request, State.DECLINED, by=by, now=now, answer=reason):
            return False
        book.record("leader.declined", request.group, by=by, now=now, reason=reason)
        queue.enqueue(DECLINED_LETTER, seats=[request.pk], now=now, topic=f"group:{request.group_id}")
    return True


def settle(request, state, *, by, now, answer):
    """Decide an open request; of two people at once, one does."""
    decided = {"state": state, "decided_at": now, "decided_by": by, "answer": answer}
    won = LeaderRequest.objects.filter(pk=request.pk, state=State.OPEN).update(**decided)
    request.refresh_from_db()
    return bool(won)
