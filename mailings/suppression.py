"""Addresses that are not written to. Nothing here touches anybody's right to vote (DESIGN: not mailed)."""

import unicodedata

from django.db import connection

from mailings.letters import ASKED, NEWS
from mailings.models import Suppression

CHUNK = 500
# What is noted of a letter to such an address.
NOT_WRITTEN_TO = "this address is not written to"
# How the source of a note begins that a mail provider's own report made.
REPORTED = "reported"


def normalise(address) -> str:
    """The address as it is compared: trimmed, Unicode NFC, lower case, the host in its ASCII form.

    +tags and dots stay: two such addresses may be two people (process.md 15).
    """
    text = str(address).strip().lower()
    if text.isascii():
        return text  # nearly all are, and nothing below would change them
    text = unicodedata.normalize("NFC", text)
    box, at, host = text.rpartition("@")
    try:
        host = host.encode("idna").decode("ascii")
    except UnicodeError:
        pass  # not a host name anybody can send to; compared as it stands
    return f"{box}{at}{host}"


def suppress(addresses, reason, *, now, source="") -> int:
    """Note that these addresses are not written to, for one of Suppression.Reason; how many are new.

    Twice changes nothing: the first date and source stay.
    """
    reason = Suppression.Reason(reason)
    new = 0
    for some in chunks({normalise(address) for address in addresses}):
        standing = Suppression.objects.filter(reason=reason, address__in=some).values_list("address", flat=True)
        wanted = [
            Suppression(address=address, reason=reason, since=now, source=source[:120])
            for address in sorted(set(some) - set(standing))
        ]
        Suppression.objects.bulk_create(wanted, ignore_conflicts=True)
        new += len(wanted)
    return new


def suppress_selected(select, given, reason, *, now, source="") -> None:
    """As suppress, for the addresses that a SELECT answers in a column address, normalised already."""
    words, instant = ("%s::varchar", "%s::timestamptz") if connection.vendor == "postgresql" else ("%s", "%s")
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Suppression._meta.db_table} (address, reason, since, source)"  # noqa: S608 - our own names
            f" SELECT DISTINCT chosen.address, {words}, {instant}, {words} FROM ({select}) AS chosen WHERE true"
            " ON CONFLICT DO NOTHING",
            [Suppression.Reason(reason), connection.ops.adapt_datetimefield_value(now), source[:120], *given],
        )


def notes_by(source):
    """The notes that stand because of this source: what lift_notes may take back."""
    return Suppression.objects.filter(source=source[:120])


def lift(addresses, reason=None) -> int:
    """Write to these addresses again (reason: forget only this one) and return how many notes went."""
    lifted = 0
    for some in chunks({normalise(address) for address in addresses}):
        notes = Suppression.objects.filter(address__in=some)
        if reason is not None:
            notes = notes.filter(reason=reason)
        lifted += notes.delete()[0]
    return lifted


def blocked(addresses, kind) -> set[str]:
    """Which of the addresses get no letter of this kind (letters.SERVICE, NEWS or ASKED), normalised."""
    found = set()
    if kind == ASKED:
        return found
    for some in chunks({normalise(address) for address in addresses}):
        notes = Suppression.objects.filter(address__in=some)
        if kind != NEWS:
            notes = notes.exclude(reason__in=Suppression.NEWS_ONLY)
        found.update(notes.values_list("address", flat=True))
    return found


def disowned(addresses) -> set[str]:
    """Which of the addresses are read by somebody else than we thought, normalised: no private link goes there."""
    keys = {normalise(address) for address in addresses}
    notes = Suppression.objects.filter(address__in=keys, reason=Suppression.Reason.DISOWNED)
    return set(notes.values_list("address", flat=True))


def suppressed_keys_query():
    """The normalised addresses that get no letter at all, as a query for use inside another."""
    return Suppression.objects.exclude(reason__in=Suppression.NEWS_ONLY).values("address")


def chunks(addresses):
    """Pieces small enough for one statement."""
    ordered = sorted(addresses)
    return (ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK))
