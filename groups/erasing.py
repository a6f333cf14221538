"""Deleting what tells who a member is. Her row stays: rolls and counts are made of it (DESIGN.md, erasure)."""

from django.db import transaction
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from groups.models import AddressChange, ImportChange, Member, MemberReport, MemberRequest, MemberSource, SignUp
from groups.refusals import Refusal
from journal import book
from mailings import suppression
from mailings.models import Suppression


def erase(member: Member, *, by, now, reason) -> None:
    """Delete her names, address, ZIP code and all that her sources said; her links die, no letter goes to her.

    Her state and district stay, as the rolls count by them, and a vote that is in stays in. Her address alone goes on
    the list of those that are not written to, so that no import brings letters back to her. Refusal when it is done.
    """
    with transaction.atomic():
        held = Member.objects.select_for_update(of=("self",)).get(pk=member.pk)
        if held.erased_at:
            raise Refusal(_("This is done already."))
        suppression.suppress([held.email], Suppression.Reason.LEFT, now=now, source="deleted at the desk")
        SignUp.objects.filter(email__iexact=held.email).delete()
        MemberRequest.objects.filter(address__iexact=held.email).delete()
        empty([held.pk], now=now)
        book.record("member.erased", held, by=by, now=now, reason=reason)
    member.refresh_from_db()


def empty(keys, *, now) -> None:
    """Take out of these members' rows, in the caller's transaction, what tells who they are."""
    for model in (MemberSource, MemberReport, AddressChange):
        model.objects.filter(member__in=keys).delete()
    ImportChange.objects.filter(member__in=keys).delete()  # what imports changed of them, before and after
    nobody = {"first_name": "", "last_name": "", "zip": "", "group": None, "came_by": None, "wants_news": False}
    named = Concat(Value("erased "), Cast("pk", CharField()))
    Member.objects.filter(pk__in=keys).update(
        email="", email_key=named, erased_at=now, generation=F("generation") + 1, **nobody
    )
