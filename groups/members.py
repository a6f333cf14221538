"""Finding a member by her address, and the links that are hers outside any round."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from groups.models import AddressChange, Member
from groups.refusals import Refusal
from journal import book
from keys import links
from mailings import queue, suppression

CONFIRM, NEWS, MOVED, LEAVE, NOT_ME = "confirm", "news", "moved", "leave", "not-me"
OLD_ADDRESS_LETTER, NEW_ADDRESS_LETTER = "groups.address_old", "groups.address_new"
OLD_ADDRESS_KEPT = timedelta(days=7)


def email_key(text: str) -> str:
    """What makes two spellings one address, by the post room's own rule. Dots and +tags stay (process.md 15)."""
    return suppression.normalise(text)


def find_by_email(text: str) -> Member | None:
    """The member with this address, the surviving one where two were merged; None for an unknown address."""
    key = email_key(text)
    if not key or "\0" in key or len(key) > 320:
        return None
    member = Member.objects.select_related("merged_into").filter(email_key=key, erased_at=None).first()
    return member.merged_into or member if member else None


def confirm_url(member: Member) -> str:
    """The absolute link by which she confirms her address; dies when her generation rises."""
    return settings.BASE_URL + reverse("rounds:confirm", args=[token_of(member, CONFIRM)])


def news_url(member: Member) -> str:
    """The absolute link by which she leaves the news, for every news letter and its one-click header (RFC 8058)."""
    return settings.BASE_URL + reverse("groups:news", args=[token_of(member, NEWS)])


def moved_url(member: Member) -> str:
    """The absolute link by which she tells us where she lives now."""
    return settings.BASE_URL + reverse("rounds:moved", args=[token_of(member, MOVED)])


def leave_url(member: Member) -> str:
    """The absolute link by which she leaves the list."""
    return settings.BASE_URL + reverse("groups:leave", args=[token_of(member, LEAVE)])


def not_me_url(member: Member) -> str:
    """The absolute link by which whoever reads her mail tells us that it is not she."""
    return settings.BASE_URL + reverse("groups:not_me", args=[token_of(member, NOT_ME)])


def token_of(member: Member, purpose: str) -> str:
    """Her token for one purpose; dies when her generation rises."""
    return links.standing(purpose, member.pk, generation=member.generation)


def of_token(text: str, purpose: str) -> Member | None:
    """The member whose genuine link this is, pasted with a stray mark or not; None otherwise."""
    token = links.tidy(text)
    subject = links.subject_of(token)
    if subject is None:
        return None
    member = Member.objects.select_related("state", "district", "group").filter(pk=subject, erased_at=None).first()
    if member is None or not links.standing_holds(token, purpose, generation=member.generation):
        return None
    return member


def news_headers(member: Member) -> dict[str, str]:
    """The headers of a news letter by which a mail program offers to stop them (RFC 8058)."""
    return {"List-Unsubscribe": f"<{news_url(member)}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def mend_address(member: Member, email: str, *, by, now, reason="") -> bool:
    """Give her another address: links sent to the old one die, and both addresses are told. False when it is hers.

    Refusal when another member has it. Her vote stays hers: the roll knows the member, not the address.
    """
    if email.strip() == member.email:
        return False
    key = email_key(email)
    with transaction.atomic():
        if Member.objects.filter(email_key=key).exclude(pk=member.pk).exists():
            raise Refusal(_("Another member has this address."))
        AddressChange.objects.filter(changed_at__lt=now - OLD_ADDRESS_KEPT).delete()
        change = AddressChange.objects.create(member=member, old_email=member.email, changed_at=now)
        member.email, member.email_key, member.generation = email.strip(), key, member.generation + 1
        member.disowned_at = None
        member.save(update_fields=["email", "email_key", "generation", "disowned_at"])
        after = {"generation": member.generation}
        book.record("member.address_mended", member, by=by, now=now, reason=reason, after=after)
        for letter in (OLD_ADDRESS_LETTER, NEW_ADDRESS_LETTER):
            queue.enqueue(letter, seats=[change.pk], now=now, topic="addresses", expires=now + OLD_ADDRESS_KEPT)
    return True


def mend_entry(member: Member, *, first_name, last_name, language, group, by, now, reason) -> bool:
    """Write her names, language and group as staff know them; False when all stood so already.

    The journal says which of them were mended, and neither the old words nor the new ones.
    """
    wanted = {"first_name": first_name.strip(), "last_name": last_name.strip(), "language": language, "group": group}
    mended = [name for name, value in wanted.items() if getattr(member, name) != value]
    if not mended:
        return False
    for name in mended:
        setattr(member, name, wanted[name])
    with transaction.atomic():
        member.save(update_fields=mended)
        book.record("member.mended", member, by=by, now=now, reason=reason, after={"mended": mended})
    return True
