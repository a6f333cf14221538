"""Sign-ups whose letter nobody ever answered: forgotten after a set time (process.md 13 asks for a term; trust.md names
none for them, so it is a setting, 90 days)."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from groups import erasing, ties
from groups.models import Member, MemberSource


def kept() -> timedelta:
    return timedelta(days=settings.UNCONFIRMED_DAYS)


def old(now):
    """The members whom we have from sign-ups alone, none of them confirmed, the last one asked that long ago."""
    before = now - kept()
    hers = MemberSource.objects.filter(member=OuterRef("pk"))
    asked = hers.filter(source=MemberSource.SIGN_UP, source_key=MemberSource.WAITING)
    unconfirmed = Member.objects.filter(confirmed_at=None, erased_at=None, merged_into=None, brought_by=None)
    return (
        unconfirmed.filter(Exists(asked), joined_at__lte=before)
        .exclude(Exists(asked.filter(dated__gt=before.date())))
        .exclude(Exists(hers.exclude(source_key=MemberSource.WAITING)))
        .exclude(Exists(Member.objects.filter(merged_into=OuterRef("pk"))))
    )


def forget(now, most) -> int:
    """Forget so many of them, all or none; how many.

    Her row goes; where a round counts her among those who were left out, it stays with nothing of her in it.
    """
    with transaction.atomic():
        # Whoever confirms at this moment has the row first, or finds it gone.
        held = old(now).select_for_update(of=("self",)).order_by("pk")
        keys = list(held.values_list("pk", flat=True)[:most])
        stay = ties.tied(keys)
        erasing.empty([key for key in keys if key in stay], now=now)
        Member.objects.filter(pk__in=set(keys) - stay).delete()
    return len(keys)
