"""The ticket in a ballot form: whose ballot this is, for an hour, so that the link need not stand in any address.

It holds credential, generation, a nonce made with the page, when, and the round; signed, stored nowhere. It never
holds a choice.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

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
    """A ticket of ours: whom it is for, its nonce, and the text to put into the next page."""

    voter: links.Voter
    nonce: bytes
    text: str

    @cached_property
    def entry(self) -> RollEntry:
        """Her place on the roll, with round and member. BadTicket where her link has died since."""
        found = RollEntry.objects.select_related("round", "member").filter(pk=self.voter.credential)
        entry = next(iter(found), None)
        if entry is None or links.voter_of(entry) != self.voter:
            raise BadTicket
        return entry


def issue(entry, *, now) -> Ticket:
    """A fresh ticket for one person's ballot, with a fresh nonce."""
    nonce = secrets.token_bytes(records.NONCE)
    # Sixteen digits: one voter's pages are as long as another's.
    voter = links.voter_of(entry)
    said = [f"{voter.credential:016x}", voter.generation, nonce.hex(), int(now.timestamp()), voter.round_id]
    return Ticket(voter, nonce, signing.Signer(salt=SALT).sign_object(said))


def read(text: str, *, now) -> Ticket:
    """The ticket, by its signature alone: no query is made. BadTicket or OldTicket says why it is none."""
    try:
        digits, generation, nonce, made, round_id = signing.Signer(salt=SALT).unsign_object(text)
        voter = links.Voter(round_id, int(digits, 16), generation)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadTicket from error
    if now - datetime.fromtimestamp(made, UTC) > LASTS:
        raise OldTicket
    return Ticket(voter, bytes.fromhex(nonce), text)
