"""What time it is. The database's clock decides about votes; only tests and the embedded demo may shift it."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.utils import timezone

shift_of_tests = timedelta()


def offset():
    """How far this process's clock is moved: nothing outside tests and the embedded demo."""
    moved = timedelta(seconds=settings.CLOCK_OFFSET) + shift_of_tests
    if moved and not settings.CLOCK_MAY_SHIFT:
        raise ImproperlyConfigured("CLOCK_OFFSET is only for tests and the embedded demo.")
    return moved


@contextmanager
def standing_at(instant):
    """Let this process's clocks, its database's included, run from another instant. Tests and the demo only."""
    global shift_of_tests
    before = shift_of_tests
    shift_of_tests = shift_to(instant) - timedelta(seconds=settings.CLOCK_OFFSET)
    try:
        yield
    finally:
        shift_of_tests = before


def shift_to(instant) -> timedelta:
    """By how much a test moves the clocks so that neither is before the instant, and both are there now.

    SQLite's clock knows whole milliseconds: moved by ours alone it would be up to one of them behind.
    """
    read = timezone.now()
    return instant - read.replace(microsecond=read.microsecond // 1000 * 1000)


def now():
    """This process's time, aware, UTC. Views, admin, commands and tasks ask once and hand it on."""
    return timezone.now() + offset()


def database_now():
    """The database's time at this very moment, not the transaction's start; aware, UTC (trust.md 4)."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT clock_timestamp()")
            read = cursor.fetchone()[0]
        else:
            cursor.execute("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")
            read = datetime.fromisoformat(cursor.fetchone()[0]).replace(tzinfo=UTC)
    return read + offset()


def skew() -> float:
    """By how many seconds this process's clock is certainly ahead of the database's (behind: negative).

    The database is asked between two looks at our own clock, so a slow answer alone is no difference.
    """
    before, read, after = now(), database_now(), now()
    if read < before:
        return (before - read).total_seconds()
    return -(max(read - after, timedelta())).total_seconds()
