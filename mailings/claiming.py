"""Which letters are in whose hands: claims with a lease and a fencing token, and what became of them.

All the post room's own SQL stands here. A claim is one short statement; nothing waits on the network in it.
"""

import secrets
import time
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Case, F, Q, Value, When

from mailings import states
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


def claim(now, size=BATCH, among="") -> Batch | None:
    """Take the next due letters, all of one name, for LEASE; None when nothing is due.

    among is "", or one of WAITED_FOR and THE_REST (pace.py says whose turn it is).

    Two claims never share a letter: PostgreSQL skips rows that another claim holds, SQLite has one writer
    at a time (transactions begin IMMEDIATE, settings).
    """
    # Counted from before the statement: a claim that waited has used up some of its lease.
    token, claimed = secrets.token_hex(16), time.monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        instant = connection.ops.adapt_datetimefield_value
        at = instant(now)
        cursor.execute(claim_sql(among), [at, at, at, at, size, token, instant(now + LEASE)])
        taken = [pk for (pk,) in cursor.fetchall()]
    if not taken:
        return None
    return Batch(list(Letter.objects.filter(pk__in=taken).order_by("priority", "id")), token, claimed)


def claim_sql(among="") -> str:
    """The claim, per vendor. The state is written out, or PostgreSQL could not use its partial index."""
    skip = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    is_due = f"""state = {State.READY.value} AND not_before <= %s AND (expires IS NULL OR expires > %s)
            AND topic NOT IN (SELECT topic FROM mailings_stoppedtopic) {among}"""  # noqa: S608
    return f"""
        WITH head AS (
            SELECT id, name, attempts FROM mailings_letter WHERE {is_due} ORDER BY priority, id LIMIT 1 {skip}
        ), chosen AS (
            SELECT id FROM mailings_letter
            WHERE {is_due} AND name = (SELECT name FROM head)
            AND (id = (SELECT id FROM head)
                OR (attempts < {ALONE_FROM} AND (SELECT attempts FROM head) < {ALONE_FROM}))
            ORDER BY priority, id LIMIT %s {skip}
        )
        UPDATE mailings_letter
        SET state = {State.LEASED.value}, lease_token = %s, lease_until = %s, attempts = mailings_letter.attempts + 1
        FROM chosen WHERE mailings_letter.id = chosen.id RETURNING mailings_letter.id
    """  # noqa: S608


def give_back(batch, letters, *, now) -> int:
    """Put letters back in line as if never claimed: nothing was wrong with them."""
    return states.move(batch.only(letters), State.READY, now=now, attempts=F("attempts") - 1)


def defer(batch, letter, reason, *, now):
    """Try a letter again later, waiting twice as long each time; give up after GIVE_UP_AFTER attempts."""
    if letter.attempts >= GIVE_UP_AFTER:
        states.move(batch.only([letter]), State.FAILED, now=now, reason=f"given up: {reason}")
    else:
        states.move(batch.only([letter]), State.READY, now=now, reason=reason, not_before=now + wait(letter.attempts))


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
        ours = set(batch.only(message_ids).filter(state=State.LEASED).select_for_update().values_list("pk", flat=True))
        won = [letter for letter in message_ids if letter.pk in ours]
        if not won:
            return [], ""
        ids = Case(
            *[When(pk=letter.pk, then=Value(message_ids[letter])) for letter in won],
            output_field=Letter._meta.get_field("message_id"),
        )
        states.move(batch.only(won), State.SENT, now=now, message_id=ids)
        if on_sent:
            try:
                with transaction.atomic():
                    on_sent(won, now)
            # Whatever another app's function raises, the letters are out and must count as sent.
            except Exception as error:
                trouble = f"sent, but what follows it failed: {type(error).__name__}"
                Letter.objects.filter(pk__in=ours).update(reason=trouble)
    return won, trouble
