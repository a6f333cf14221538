"""Who looked at whose data: one entry for a reader, a thing and an hour, however often she loads the page.

An entry names the thing by its number and never says what was searched for.
"""

from datetime import timedelta

from django.db import transaction

from journal import book
from journal.models import Entry

ONCE_IN = timedelta(hours=1)
OPENED = "read.opened"  # its own page
FOUND = "read.found"  # shown among others: by a search, or side by side
LISTED = "read.listed"  # a list of all
EXPORTED = "export"  # a table that left the house; each has its purpose, so each is written
VERBS = [OPENED, FOUND, LISTED]


def read(*things, by, now, verb=OPENED) -> int:
    """Write down that somebody looked at these things; how many entries are new.

    Call it before the page is shown: what can't be written down is not shown.
    """
    keys = list(dict.fromkeys(book.subject_of(thing) for thing in things))
    if not unwritten(keys, by=by, now=now, verb=verb):
        return 0
    with transaction.atomic():
        book.hold()  # she may load it twice at once: the second finds what the first has written
        fresh = unwritten(keys, by=by, now=now, verb=verb)
        return len(book.append_each(verb, fresh, by=by, now=now))


def unwritten(keys, *, by, now, verb) -> list[str]:
    """Those of the things of which it does not stand within the hour that she looked at them."""
    actor, _name = book.actor_of(by)
    said = Entry.objects.filter(subject__in=keys, actor=actor, verb=verb, at__gt=now - ONCE_IN)
    known = set(said.values_list("subject", flat=True))
    return [key for key in keys if key not in known]


def readers_of(thing):
    """The entries of those who looked at one thing, newest first."""
    return book.entries_of(thing).filter(verb__in=VERBS)
