"""Voting links: derived from the round's link key when they are needed, stored nowhere (trust.md 2.2)."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import F

from journal import book
from keys import files, links
from voting import records
from voting.models import RollEntry

PURPOSE = "vote-link/v1"
PREFIX = "/v/"


@dataclass(frozen=True)
class Voter:
    """Who holds a link: all that casting has to know of her. generation is the link's, as generation_of counts it."""

    round_id: int
    credential: int
    generation: int


def voter_of(entry) -> Voter:
    return Voter(entry.round_id, entry.pk, generation_of(entry))


def ballot_url(entry) -> str:
    """Somebody's voting link, the same whenever it is asked for: at most 70 characters for a host of 27.

    Raises keys.files.KeyMissing where the round's link key does not stand.
    """
    return f"{settings.BASE_URL}{PREFIX}{ballot_token(entry)}"


def ballot_token(entry) -> str:
    key = files.read(files.LINK, records.key_name(entry.round_id))
    return links.derive(key, PURPOSE, entry.pk, scope=entry.round_id, generation=generation_of(entry))


def generation_of(entry) -> int:
    """Raises with "not me" on the roll and with a mended address of the member: both only grow, so no sum returns."""
    return entry.generation + entry.member.generation


def entry_of(token: str) -> RollEntry | None:
    """Whose link this is, with round and member; None for one that is not whole, not ours, or dead.

    A credential that nobody has costs the same MAC as one that somebody has.
    """
    return entries_of([token]).get(token)


def entries_of(tokens) -> dict[str, RollEntry]:
    """{token: entry} of the tokens that are genuine, in one query."""
    claimed = {token: links.subject_of(links.tidy(token)) for token in tokens}
    found = {
        entry.pk: entry
        for entry in RollEntry.objects.filter(pk__in={pk for pk in claimed.values() if pk is not None}).select_related(
            "round", "member"
        )
    }
    return {token: found[pk] for token, pk in claimed.items() if genuine(links.tidy(token), found.get(pk))}


def addresses_of(tokens) -> dict[str, str]:
    """{token: address} of the tokens that are genuine: as entries_of, for a whole batch of letters."""
    claimed = {token: links.subject_of(links.tidy(token)) for token in tokens}
    standing = RollEntry.objects.filter(pk__in={pk for pk in claimed.values() if pk is not None})
    found = {
        pk: (address, scope, own + mended)
        for pk, address, scope, own, mended in standing.values_list(
            "pk", "member__email", "round_id", "generation", "member__generation"
        )
    }
    return {
        token: found[pk][0]
        for token, pk in claimed.items()
        if pk in found and derived(links.tidy(token), scope=found[pk][1], generation=found[pk][2])
    }


def genuine(token: str, entry: RollEntry | None) -> bool:
    """Whether a token is this entry's; for None as much work, and False."""
    if entry is None:
        links.holds(token, bytes(32), PURPOSE, scope=0, generation=0)
        return False
    return derived(token, scope=entry.round_id, generation=generation_of(entry))


def derived(token: str, *, scope: int, generation: int) -> bool:
    """Whether a token was derived for this round and generation; a missing key costs as much, and says no."""
    try:
        key, stands = files.read(files.LINK, records.key_name(scope)), True
    except files.KeyMissing:
        key, stands = bytes(32), False  # destroyed with the round: its links are nobody's any more
    return links.holds(token, key, PURPOSE, scope=scope, generation=generation) and stands


def renew(entry, *, by, now, reason) -> None:
    """Let every older link of this entry die ("not me", a forwarded letter); the next letter carries a new one."""
    with transaction.atomic():
        RollEntry.objects.filter(pk=entry.pk).update(generation=F("generation") + 1)
        book.record("roll.link_renewed", f"member:{entry.member_id}", by=by, now=now, reason=reason)
    entry.refresh_from_db()
