"""What a load balancer and a watchman ask: may this host be sent to, and does the clock tick."""

from functools import cache

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from journal import clock, ticks


@require_safe
@never_cache
def readyz(request):
    """200 when the database answers and has every migration, else 503; says how old the last tick is.

    With ?tick=SECONDS, 503 also when the last tick is older: for whoever watches from outside. Not for people, so
    plain English words and figures.
    """
    asked = request.GET.get("tick", "")
    if asked and not (asked.isascii() and asked.isdecimal() and len(asked) < 10):
        return said(400, "tick wants a number of seconds")
    try:
        missing = sorted(last_migrations() - set(MigrationRecorder(connection).applied_migrations()))
        if missing:
            return said(503, f"not migrated: {', '.join('.'.join(one) for one in missing)}")
        age = ticks.age(clock.now())
    except DatabaseError:
        return said(503, "the database does not answer")
    words = "no tick yet" if age is None else f"last tick {int(age.total_seconds())} seconds ago"
    late = bool(asked) and (age is None or age.total_seconds() > int(asked))
    return said(503 if late else 200, words)


def said(status, words):
    return HttpResponse(f"{words}\n", status=status, content_type="text/plain; charset=utf-8")


@cache
def last_migrations():
    """The last migration of each app in this version's code: {(app, name)}. The code does not change as it runs."""
    return set(MigrationLoader(None, ignore_no_migrations=True).graph.leaf_nodes())
