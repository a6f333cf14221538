"""Asking for a letter by an address alone: a row for whoever asks. Who that is, the post room finds out later."""

from datetime import timedelta

from groups.members import email_key
from groups.models import Member, MemberRequest
from mailings import queue

MOVED_LETTER, NOT_ME_LETTER = "groups.moved", "groups.not_me"
LEAVE_LETTER, STOP_NEWS_LETTER = "groups.leave", "groups.stop_news"
AGAIN_LETTER = "groups.again"
KEPT = timedelta(hours=24)


def ask(letter: str, address: str, *, now) -> None:
    """Note that somebody asked for this letter to this address: the same work whoever that is.

    Requests are forgotten after a day, by whoever asks next.
    """
    MemberRequest.objects.filter(asked_at__lt=now - KEPT).delete()
    request = MemberRequest.objects.create(address=address, asked_at=now)
    queue.enqueue(letter, seats=[request.pk], now=now, topic="asked", expires=now + KEPT)


def askers_of(letters) -> dict[int, Member]:
    """{seat: the member with that address, the surviving one of two}; who is on no list is left out. Two queries."""
    requests = MemberRequest.objects.in_bulk([letter.seat for letter in letters])
    keys = {seat: email_key(request.address) for seat, request in requests.items()}
    rows = Member.objects.filter(email_key__in=set(keys.values()), erased_at=None)
    rows = rows.select_related("state", "district", "merged_into__state", "merged_into__district")
    found = {member.email_key: member.merged_into or member for member in rows}
    return {seat: found[key] for seat, key in keys.items() if key in found and found[key].erased_at is None}
