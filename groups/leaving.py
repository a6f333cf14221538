"""Leaving the list, and telling us that it is not she: by the link of a letter to that very address."""

from django.db import transaction

from groups.models import Member, MemberReport
from journal import book
from mailings import suppression
from mailings.models import Suppression


def leave(member: Member, *, now) -> None:
    """No more letters to her. Where she is on a roll she stays on it, and votes by "send me my link"."""
    with transaction.atomic():
        suppression.suppress([member.email], Suppression.Reason.LEFT, now=now, source="the member’s own link")
        Member.objects.filter(pk=member.pk).update(wants_news=False)


def has_left(member: Member) -> bool:
    """Whether no letter goes to her because she wished so."""
    address = suppression.normalise(member.email)
    return Suppression.objects.filter(address=address, reason=Suppression.Reason.LEFT).exists()


def disown(member: Member, *, now) -> bool:
    """Whoever reads her mail says that it is not she: False when that is known already, or her address was mended.

    Every link that was sent there dies, no letter goes there any more, and the address counts as unconfirmed:
    a roll that is frozen keeps her, the next one is without her. Staff are told.
    """
    with transaction.atomic():
        # Her link is of this generation: pressed twice, or after staff mended the address, it changes nothing.
        held = Member.objects.filter(pk=member.pk, generation=member.generation)
        anew = {"confirmed_at": None, "confirmed_how": "", "wants_news": False, "disowned_at": now}
        if not held.update(generation=member.generation + 1, **anew):
            return False
        suppression.suppress([member.email], Suppression.Reason.DISOWNED, now=now, source="not the person we write to")
        MemberReport.objects.create(member=member, kind=MemberReport.Kind.NOT_ME, told_at=now)
        book.record("member.disowned", member, by=f"member:{member.pk}", now=now)
    return True
