"""The ticket in a ballot form: whose ballot this is, for an hour, so that the link need not stand in any address.

It holds credential, generation, a nonce made with the page, and when; signed, stored nowhere. It never holds a choice.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core import signing

from voting import links, records
from voting.models import RollEntry

LASTS = timedelta(minutes=60)
SALT = "voting.ticket"


class BadTicket(Exception):
    """Not a ticket of ours, or one whose link has died since."""


class OldTicket(Exception):
    """A ticket of ours that is older than an hour.

    It is not renewed: who comes back to a page on somebody else's phone must open her own link again.
    """


@dataclass(frozen=True)
class Ticket:
    """A ticket that was read: the entry it is for, its nonce, and the text to put into the next page."""

    entry: RollEntry
    nonce: bytes
    text: str


def issue(entry, *, now) -> Ticket:
    """A fresh ticket for one person's ballot, with a fresh nonce."""
    nonce = secrets.token_bytes(records.NONCE)
    # Sixteen digits: one voter's pages are as long as another's.
    said = [f"{entry.pk:016x}", links.generation_of(entry), nonce.hex(), int(now.timestamp())]
    return Ticket(entry, nonce, signing.Signer(salt=SALT).sign_object(said))


def read(text: str, *, now) -> Ticket:
    """The ticket with its entry, round and member. BadTicket or OldTicket says why it is none."""
    try:
        digits, generation, nonce, made = signing.Signer(salt=SALT).unsign_object(text)
        credential = int(digits, 16)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadTicket from error
    age = now - datetime.fromtimestamp(made, UTC)
    entry = next(iter(RollEntry.objects.select_related("round", "member").filter(pk=credential)), None)
    if entry is None or links.generation_of(entry) != generation:
        raise BadTicket
    if age > LASTS:
        raise OldTicket
    return Ticket(entry, bytes.fromhex(nonce), text)
