"""Writing and verifying the journal."""

import hashlib
import json
from datetime import UTC

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from journal.models import Entry

# The key of the advisory lock under which the chain grows; 7701 is the ballot box's.
CHAIN_LOCK = 7700
FIRST = "0" * 64


def subject_of(thing):
    """How the journal names a thing: a text as it stands, a record as "<model>:<pk>"."""
    return thing if isinstance(thing, str) else f"{thing._meta.model_name}:{thing.pk}"


def actor_of(by):
    """How the journal names an actor: (key, readable name); None is the clock."""
    if by is None:
        return "clock", ""
    if isinstance(by, str):
        return by, ""
    return f"user:{by.pk}", str(by)[:200]


def record(verb, subject, *, by, now, reason="", before=None, after=None):
    """Append one entry in the caller's transaction and return it.

    by is a User, a text such as "campaign:12", or None for the clock. before and after are small dicts.
    """
    [entry] = record_each(verb, [subject], by=by, now=now, reason=reason, before=before, after=after)
    return entry


def record_each(verb, subjects, *, by, now, reason="", before=None, after=None):
    """Append one entry about each of these things, as record does, and return them."""
    with transaction.atomic():
        hold()
        return append_each(verb, subjects, by=by, now=now, reason=reason, before=before, after=after)


def append_each(verb, subjects, *, by, now, reason="", before=None, after=None):
    """record_each, of who holds the chain already (hold) and looked at it since."""
    actor, name = actor_of(by)
    previous = Entry.objects.order_by("-id").values_list("hash", flat=True).first() or FIRST
    entries = []
    for subject in subjects:
        entry = Entry(
            at=now,
            actor=actor,
            actor_name=name,
            verb=verb,
            subject=subject_of(subject),
            reason=reason,
            before=plain(before),
            after=plain(after),
            previous_hash=previous,
        )
        entry.hash = previous = fingerprint(entry)
        entries.append(entry)
    return Entry.objects.bulk_create(entries)


def hold():
    """Keep others from writing to the end of the transaction: two must not chain to the same predecessor.

    SQLite's IMMEDIATE has one writer anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])


def entries_of(thing):
    """The entries about one thing, newest first."""
    return Entry.objects.filter(subject=subject_of(thing))


def newest(verb):
    """[(subject, after)] of the newest entry with this verb about each subject."""
    said = dict(Entry.objects.filter(verb=verb).order_by("id").values_list("subject", "after"))
    return list(said.items())


def verify():
    """The first entry that does not fit its chain, as (entry, what is wrong); None when all fit."""
    previous = FIRST
    for entry in Entry.objects.order_by("id").iterator(chunk_size=2000):
        if entry.previous_hash != previous:
            return entry, "an entry before it is missing or changed"
        if entry.hash != fingerprint(entry):
            return entry, "its text was changed"
        previous = entry.hash
    return None


def plain(value):
    """The value as JSON will give it back, so that the hash of a fresh and of a stored entry agree."""
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


def fingerprint(entry):
    """SHA-256 over everything an entry says and the hash before it."""
    said = [
        entry.previous_hash,
        entry.at.astimezone(UTC).isoformat(),
        entry.actor,
        entry.actor_name,
        entry.verb,
        entry.subject,
        entry.reason,
        entry.before,
        entry.after,
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
