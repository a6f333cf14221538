from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from endorsements.health import readiness_views
from journal import clock, ticks

pytestmark = pytest.mark.django_db


def asked(client, **query):
    response = client.get("/readyz", query)
    return response.status_code, response.content.decode().strip()


def test_a_host_is_ready_before_the_clock_ever_ticked(client):
    assert asked(client) == (200, "no tick yet")
    assert asked(client, tick="120") == (503, "no tick yet")


@pytest.mark.parametrize(("ago", "status"), [(timedelta(seconds=60), 200), (timedelta(seconds=200), 503)])
def test_the_age_of_the_last_tick_is_told_and_may_be_limited(client, set_clock, at, ago, status):
    set_clock(at("2026-03-12 12:00"))
    ticks.note(clock.now() - ago)

    plain, limited = asked(client), asked(client, tick="120")

    assert (plain[0], limited[0]) == (200, status)
    assert plain[1].startswith("last tick ")


@pytest.mark.parametrize("nonsense", ["-1", "1.5", "٣", "x", "9" * 400, "\0"])
def test_a_limit_that_is_no_number_is_refused(client, nonsense):
    assert asked(client, tick=nonsense) == (400, "tick wants a number of seconds")


def test_without_a_migration_a_host_is_not_ready(client):
    MigrationRecorder.Migration.objects.filter(app="journal").latest("name").delete()

    status, words = asked(client)

    assert (status, "journal." in words) == (503, True)


def test_without_the_database_a_host_is_not_ready(client, monkeypatch):
    def no_cursor(*args, **kwargs):
        raise OperationalError("gone")

    readiness_views.last_migrations()
    monkeypatch.setattr(connection, "cursor", no_cursor)

    assert asked(client) == (503, "the database does not answer")
