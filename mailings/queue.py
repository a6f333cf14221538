"""Putting letters in line, counting them, stopping and expiring a topic. Nothing is sent here."""

from collections import defaultdict
from itertools import islice

from django.db import connection, transaction
from django.db.models import Count

from journal import book
from mailings import letters, states
from mailings.models import Letter, StoppedTopic, Wave

CHUNK = 500
COLUMNS = "name, topic, subject, wave, priority, not_before, expires, state, attempts, reason, message_id, seat"


def enqueue(name, *, seats, now, topic="", subject=0, wave=0, not_before=None, expires=None, priority=None) -> int:
    """Put one letter per seat in line, in the caller's transaction, and return how many are new.

    The same (name, subject, seat, wave) is kept once, silently. topic is what can be stopped and expired
    together; without one it is the letter's own name. LookupError for a letter nobody registered. priority is the
    letter's own unless somebody waits for this one.
    """
    fixed = row(name, now, topic, subject, wave, not_before, expires, priority=priority)
    marks = "(" + ", ".join(["%s"] * (len(fixed) + 1)) + ")"
    new, seats = 0, iter(seats)
    with transaction.atomic(), connection.cursor() as cursor:
        while some := list(islice(seats, CHUNK)):
            cursor.execute(
                f"INSERT INTO mailings_letter ({COLUMNS}) VALUES {', '.join([marks] * len(some))} "  # noqa: S608
                "ON CONFLICT DO NOTHING",
                [value for seat in some for value in (*fixed, seat)],
            )
            new += cursor.rowcount
    return new


def enqueue_select(
    name, select_sql, params, *, now, topic="", subject=0, wave=0, not_before=None, expires=None, held=False
) -> int:
    """As enqueue, the seats coming from a query of one column named seat: a whole roll without a round trip.

    select_sql is the program's own text, never a user's; its values come in params. Chunks are the caller's.
    held letters wait until ramp.py lets them go.
    """
    fixed = row(name, now, topic, subject, wave, not_before, expires, held)
    marks = ", ".join(["%s"] * len(fixed))
    with connection.cursor() as cursor:
        cursor.execute(
            # WHERE true: without it SQLite reads ON as the beginning of a join.
            f"INSERT INTO mailings_letter ({COLUMNS}) SELECT {marks}, chosen.seat "  # noqa: S608
            f"FROM ({select_sql}) AS chosen WHERE true ON CONFLICT DO NOTHING",
            [*fixed, *params],
        )
        return cursor.rowcount


def row(name, now, topic, subject, wave, not_before, expires, held=False, priority=None):
    """The columns all letters of one call share, in the order of COLUMNS, as the database takes them."""
    instant = connection.ops.adapt_datetimefield_value
    own = letters.find(name).priority
    begin, end = instant(not_before or now), instant(expires)
    state = Letter.State.HELD if held else Letter.State.READY
    return [
        name,
        topic or name,
        subject,
        wave,
        own if priority is None else priority,
        begin,
        end,
        state.value,
        0,
        "",
        "",
    ]


def left(topic, name=None) -> int:
    """How many letters of a topic are still waiting or being sent."""
    waiting = Letter.objects.about(topic).waiting()
    return (waiting.filter(name=name) if name else waiting).count()


def counts(topic) -> dict[str, dict[int, int]]:
    """How many letters of a topic stand in which state: {name: {Letter.State: n}}."""
    found = defaultdict(dict)
    grouped = Letter.objects.about(topic).order_by("name", "state").values_list("name", "state").annotate(n=Count("pk"))
    for name, state, n in grouped:
        found[name][Letter.State(state)] = n
    return dict(found)


def counts_of(some) -> dict[int, int]:
    """How many of these letters stand in which state: {Letter.State: n}."""
    return dict(some.order_by("state").values_list("state").annotate(n=Count("pk")))


def expire(topic, *, now, reason, names=None) -> int:
    """Let the waiting letters of a topic lapse (names: only these) and return how many.

    One that is being sent this moment can't be called back; should its sender die, it lapses too.
    """
    some = Letter.objects.about(topic)
    if names is not None:
        some = some.filter(name__in=names)
    with transaction.atomic():
        lapsed = states.move(some, Letter.State.EXPIRED, now=now, reason=str(reason))
        some.filter(state=Letter.State.LEASED).update(expires=now)
    return lapsed


def stop(topic, *, reason, now, by=None) -> bool:
    """Let the letters of a topic wait; False when it was stopped already. At most the batch in hand still goes."""
    with transaction.atomic():
        _, made = StoppedTopic.objects.get_or_create(topic=topic, defaults={"reason": str(reason), "stopped_at": now})
        if made:
            book.record("mailings.stop", topic, by=by, now=now, reason=str(reason))
    return made


def resume(topic, *, now=None, by=None, reason="") -> bool:
    """Let the letters of a topic go again; False when it was not stopped. Journalled when now is given."""
    with transaction.atomic():
        deleted, _ = StoppedTopic.objects.filter(topic=topic).delete()
        if deleted and now is not None:
            book.record("mailings.resume", topic, by=by, now=now, reason=reason)
    return bool(deleted)


def forget(topic) -> dict[str, int]:
    """Take away every letter of a topic, waiting or sent, with its waves and its stop; how many of each."""
    with transaction.atomic():
        letters = Letter.objects.about(topic)
        waves, stops = Wave.objects.filter(topic=topic), StoppedTopic.objects.filter(topic=topic)
        gone = {"letter": letters.count(), "wave": waves.count()}
        for some in (letters, waves, stops):
            some.delete()
    return gone


def send_again(some, *, now, by, reason="") -> int:
    """Put those of the letters that were refused or set aside back in line, and return how many.

    some is a query of Letters. They count from no attempt again and keep their Message-IDs and links.
    """
    over = to_send_again(some)
    with transaction.atomic():
        told = list(over.order_by().values_list("topic", "name").annotate(n=Count("pk")).order_by("topic", "name"))
        for name, subject, number in over.order_by().values_list("name", "subject", "wave").distinct():
            Wave.objects.filter(name=name, subject=subject, number=number).update(counts_final=False)
        again = states.move(over, Letter.State.READY, now=now, attempts=0)
        for topic, name, n in told:
            book.record(
                "mailings.send_again", topic, by=by, now=now, reason=reason, after={"letter": name, "letters": n}
            )
    return again


def to_send_again(some):
    """Those of the letters that were refused or set aside, as a query."""
    return some.filter(state__in=[Letter.State.FAILED, Letter.State.SET_ASIDE])


def stopped(topic) -> StoppedTopic | None:
    """Why and since when a topic is stopped; None when its letters go."""
    return StoppedTopic.objects.filter(topic=topic).first()
