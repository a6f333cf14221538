"""Which letters are in whose hands: claims with a lease and a fencing token, and what became of them.

All the post room's own SQL stands here. A claim is one short statement; nothing waits on the network in it.
"""

import secrets
import time
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import F, Q

from mailings import states
from mailings.letters import circulars
from mailings.models import Letter, StoppedTopic

State = Letter.State

LEASE = timedelta(minutes=5)
BATCH = 100
# From this attempt on a letter is tried alone, so that one that kills its sender takes no others along.
ALONE_FROM = 5
GIVE_UP_AFTER = 12
# Up to this priority somebody waits for a letter this minute: a link, a receipt, a confirmation, a questionnaire.
URGENT = 5
WAITED_FOR, THE_REST = f"AND priority <= {URGENT}", f"AND priority > {URGENT}"
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)


@dataclass
class Batch:
    """Letters of one name in our hands, until the lease ends; the token proves that they still are."""

    letters: list[Letter]
    token: str
    claimed: float = field(default_factory=time.monotonic)  # never moved by anybody's clock

    @property
    def name(self):
        return self.letters[0].name

    def half_gone(self) -> bool:
        """Whether half the lease is over: a sender that slept, or is slow, stops here (trust.md 3)."""
        return time.monotonic() - self.claimed >= LEASE.total_seconds() / 2

    def only(self, letters):
        """These of its letters, as a query that finds them only while they are still ours."""
        return Letter.objects.filter(pk__in=[letter.pk for letter in letters], lease_token=self.token)


def due(now) -> Q:
    """The letters whose time it is."""
    return Q(state=State.READY, not_before__lte=now) & (Q(expires=None) | Q(expires__gt=now))


def anything_due(now) -> bool:
    """Whether a letter waits whose time it is and whose topic goes."""
    stopped = StoppedTopic.objects.values("topic")
    return Letter.objects.filter(due(now)).exclude(topic__in=stopped).exists()


def tend(now):
    """Take back what dead senders held, and let lapse what is too late."""
    over = Letter.objects.filter(state=State.LEASED, lease_until__lte=now)
    states.move(
        over.filter(attempts__gte=GIVE_UP_AFTER), State.SET_ASIDE, now=now, reason="its sender stopped each time"
    )
    states.move(over, State.READY, now=now)
    late = Letter.objects.filter(state=State.READY, expires__lte=now)  # by its index; what is held lapses once let go
    states.move(late, State.EXPIRED, now=now, reason="too late")


def claim(now, size=BATCH, among="", many=None) -> Batch | None:
    """Take the next due letters, all of one name, for LEASE; None when nothing is due.

    among is "", or one of WAITED_FOR and THE_REST (pace.py says whose turn it is). many is the size for circular
    letters, which go together in one call, where that is another.

    Two claims never share a letter: PostgreSQL skips rows that another claim holds, SQLite has one writer
    at a time (transactions begin IMMEDIATE, settings).
    """
    # Counted from before the statement: a claim that waited has used up some of its lease.
    token, claimed = secrets.token_hex(16), time.monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        instant = connection.ops.adapt_datetimefield_value
        at = instant(now)
        if many and next_name(cursor, among, at) in circulars():
            size = many
        taken = list(Letter.objects.raw(claim_sql(among), [at, at, at, at, size, token, instant(now + LEASE)]))
    if not taken:
        return None
    return Batch(sorted(taken, key=lambda letter: (letter.priority, letter.pk)), token, claimed)


def next_name(cursor, among, at) -> str | None:
    """Which letter is next, looked at without taking it: the claim's own size must stand in its statement, or
    PostgreSQL would plan it for a tenth of the table."""
    cursor.execute(f"SELECT name FROM mailings_letter WHERE {is_due(among)} ORDER BY priority, id LIMIT 1", [at, at])  # noqa: S608
    found = cursor.fetchone()
    return found and found[0]


def is_due(among="") -> str:
    """The letters whose time it is, in SQL. The state is written out, or PostgreSQL could not use its partial index."""
    return f"""state = {State.READY.value} AND not_before <= %s AND (expires IS NULL OR expires > %s)
            AND topic NOT IN (SELECT topic FROM mailings_stoppedtopic) {among}"""  # noqa: S608


def claim_sql(among="") -> str:
    """The claim, per vendor."""
    skip = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    columns = ", ".join(f"mailings_letter.{field.column}" for field in Letter._meta.concrete_fields)
    return f"""
        WITH head AS (
            SELECT id, name, attempts FROM mailings_letter WHERE {is_due(among)} ORDER BY priority, id LIMIT 1 {skip}
        ), chosen AS (
            SELECT id FROM mailings_letter
            WHERE {is_due(among)} AND name = (SELECT name FROM head)
            AND (id = (SELECT id FROM head)
                OR (attempts < {ALONE_FROM} AND (SELECT attempts FROM head) < {ALONE_FROM}))
            ORDER BY priority, id LIMIT %s {skip}
        )
        UPDATE mailings_letter
        SET state = {State.LEASED.value}, lease_token = %s, lease_until = %s, attempts = mailings_letter.attempts + 1
        FROM chosen WHERE mailings_letter.id = chosen.id RETURNING {columns}
    """  # noqa: S608


def give_back(batch, letters, *, now) -> int:
    """Put letters back in line as if never claimed: nothing was wrong with them."""
    return states.move(batch.only(letters), State.READY, now=now, attempts=F("attempts") - 1)


def defer(batch, letter, reason, *, now):
    """Try a letter again later, waiting twice as long each time; give up after GIVE_UP_AFTER attempts."""
    defer_all(batch, [letter], reason, now=now)


def defer_all(batch, letters, reason, *, now):
    """As defer for many letters, with one statement for those that were tried equally often."""
    for attempts in sorted({letter.attempts for letter in letters}):
        some = [letter for letter in letters if letter.attempts == attempts]
        if attempts >= GIVE_UP_AFTER:
            settle(batch, some, State.FAILED, now=now, reason=f"given up: {reason}")
        else:
            states.move(batch.only(some), State.READY, now=now, reason=reason, not_before=now + wait(attempts))


def wait(attempts) -> timedelta:
    """How long to wait after so many attempts."""
    return min(FIRST_WAIT * 2 ** min(max(attempts, 1) - 1, GIVE_UP_AFTER), LONGEST_WAIT)


def settle(batch, letters, to, *, now, reason="") -> int:
    """Move letters of the batch to where they stay, if they are still ours."""
    return states.move(batch.only(letters), to, now=now, reason=reason)


def mark_sent(batch, message_ids, on_sent, *, now) -> tuple[list[Letter], str]:
    """Mark letters sent, {letter: its Message-ID}, and let on_sent follow in the same transaction.

    Returns those that were still ours (a late sender's are not: another one has them by now) and what went
    wrong in on_sent, "" if nothing. A failed on_sent leaves its letters sent: they are out, and sending them
    again at every tick would help nobody.
    """
    if not message_ids:
        return [], ""
    trouble = ""
    with transaction.atomic():
        ours = mark_each_sent(batch, message_ids, now)
        won = [letter for letter in message_ids if letter.pk in ours]
        if not won:
            return [], ""
        if on_sent:
            try:
                with transaction.atomic():
                    on_sent(won, now)
            # Whatever another app's function raises, the letters are out and must count as sent.
            except Exception as error:
                trouble = f"sent, but what follows it failed: {type(error).__name__}"
                Letter.objects.filter(pk__in=ours).update(reason=trouble)
    return won, trouble


def mark_each_sent(batch, message_ids, now) -> set[int]:
    """The UPDATE behind mark_sent: one statement however many letters; the numbers of those that were still ours.

    LEASED to SENT as states.MOVES allows it. A CASE of a thousand branches would take longer than sending them.
    """
    pks, numbers = [letter.pk for letter in message_ids], [number[:200] for number in message_ids.values()]
    if connection.vendor == "postgresql":
        # Two arrays: a thousand placeholders take psycopg longer to read than PostgreSQL to fill in.
        marked, each = "SELECT * FROM unnest(%s::bigint[], %s::text[])", [pks, numbers]
    else:
        marked = f"VALUES {', '.join(['(%s, %s)'] * len(pks))}"
        each = [value for pair in zip(pks, numbers, strict=True) for value in pair]
    sql = f"""
        WITH marked (id, number) AS ({marked})
        UPDATE mailings_letter SET state = {State.SENT.value}, reason = '', message_id = marked.number,
            lease_token = NULL, lease_until = NULL, settled_at = %s
        FROM marked
        WHERE mailings_letter.id = marked.id AND state = {State.LEASED.value} AND lease_token = %s
        RETURNING mailings_letter.id
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [*each, connection.ops.adapt_datetimefield_value(now), batch.token])
        return {pk for (pk,) in cursor.fetchall()}
