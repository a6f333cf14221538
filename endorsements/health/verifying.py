"""Once a night, and by command: whether the journal's chain and every result are as they were written."""

import logging
import secrets
from datetime import timedelta

from django.utils.translation import gettext as _

from endorsements.models import Verification
from journal import book
from voting import fingerprints

EVERY = timedelta(hours=20)
KEPT = 30
CLOSED = "journal.closed"  # the entry that ends a day, about the journal itself
JOURNAL = "journal"
log = logging.getLogger(__name__)


def wrong() -> list[str]:
    """What was changed past the program, each thing by its name; nothing where all is whole."""
    found = []
    if broken := book.verify():
        entry, why = broken
        said = {"number": entry.pk, "entry": entry, "why": why}
        found.append(_("Journal entry %(number)d (%(entry)s): %(why)s.") % said)
    return found + fingerprints.wrong()


def nightly(now) -> bool:
    """Look once in twenty hours, keep what was found and close the day; False when it was looked at since."""
    last = Verification.objects.first()
    if last is not None and last.at > now - EVERY:
        return False
    keep(wrong(), now=now)
    close(now)
    return True


def close(now) -> str:
    """End a day of the journal with an entry of its own, and answer its hash, which is published.

    The entry holds chance alone: nobody can guess from its hash what the entries before it say.
    """
    return book.record(CLOSED, JOURNAL, by=None, now=now, after={"salt": secrets.token_hex(16)}).hash


def closed():
    """The entries that have ended days, newest first."""
    return book.entries_of(JOURNAL).filter(verb=CLOSED)


def keep(found, *, now) -> Verification:
    """Write down what a look has found, and say it in the log where it is something."""
    kept = Verification.objects.create(at=now, wrong="\n".join(found))
    for sentence in found:
        log.error("Verification: %s", sentence)
    old = Verification.objects.values("pk")[KEPT:]
    Verification.objects.filter(pk__in=[row["pk"] for row in old]).delete()
    return kept


def last() -> Verification | None:
    """The last look."""
    return Verification.objects.first()


def alarms() -> list[str]:
    """What the last look has found, for the desk."""
    look = last()
    return look.wrong.splitlines() if look else []
