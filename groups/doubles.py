"""Two entries of one person: which may be, and how they become one (process.md 15)."""

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from groups.models import Member
from groups.refusals import Refusal
from journal import book

MOST = 10


def alike(member: Member):
    """Others on the list with her names and her ZIP code, by the index of last names; ten at the most."""
    if not (member.first_name and member.last_name and member.zip):
        return Member.objects.none()
    named = Member.objects.alias(first_key=Lower("first_name"), last_key=Lower("last_name")).filter(
        first_key=member.first_name.lower(), last_key__startswith=member.last_name.lower(), zip=member.zip
    )
    same = named.filter(last_name__iexact=member.last_name, erased_at=None, merged_into=None)
    return same.exclude(pk=member.pk).order_by("pk")[:MOST]


def merge(member: Member, into: Member, *, by, now, reason) -> None:
    """Let an entry be one with another of the same person: the other stays as it is, the links of this one die.

    Its sources stay with it, so that a later import of them finds whom they mean. Refusal for the same entry, and
    where either is merged or deleted already.
    """
    if member.pk == into.pk:
        raise Refusal(_("That is the same entry. Type the address of the one that stays."))
    with transaction.atomic():
        both = Member.objects.select_for_update(of=("self",)).filter(pk__in=[member.pk, into.pk]).order_by("pk")
        if any(one.erased_at or one.merged_into_id for one in both):
            raise Refusal(_("One of the two is not on the list any more."))
        # Whoever was merged into her goes along: nobody stands behind two steps.
        Member.objects.filter(merged_into=member).update(merged_into=into)
        Member.objects.filter(pk=member.pk).update(
            merged_into=into, generation=F("generation") + 1, wants_news=False, group=None
        )
        book.record("member.merged", member, by=by, now=now, reason=reason, after={"into": into.pk})
    member.refresh_from_db()
