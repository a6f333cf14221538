"""A member's word that she moved, by the link of a letter to her."""

from django.db import transaction

from groups.models import Member, MemberReport, MemberSource, Place
from groups.places import current_map
from groups.residence import PLACE_FIELDS, home_in_short, settle_member


def move(member: Member, *, zip5: str, usps: str = "", district: Place | None = None, now) -> bool:
    """Let her live where she says, as of today; staff see it in a list. False when she lived there already.

    Every roll that is not frozen yet goes by it. A sign-up that still waits for her click is older, and forgotten.
    """
    with transaction.atomic():
        held = Member.objects.select_for_update(of=("self",)).get(pk=member.pk)
        before = home_in_short(held)
        held.sources.filter(status=MemberSource.WAITING).delete()
        said = {"status": MemberSource.SETTLED, "zip": zip5, "usps": usps, "district": district, "dated": now.date()}
        MemberSource.objects.update_or_create(member=held, source=MemberSource.SIGN_UP, source_key="", defaults=said)
        settle_member(held, map_version=current_map())
        held.save(update_fields=PLACE_FIELDS)
        after = home_in_short(held)
        if after != before:
            MemberReport.objects.create(
                member=held, kind=MemberReport.Kind.MOVED, told_at=now, before=before, after=after
            )
    member.refresh_from_db()
    return after != before
