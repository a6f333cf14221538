from datetime import UTC, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from journal import clock


@pytest.mark.django_db
def test_both_clocks_are_aware_utc_and_agree():
    ours, theirs = clock.now(), clock.database_now()

    assert ours.tzinfo is UTC
    assert theirs.utcoffset() == timedelta()
    assert abs(theirs - ours) < timedelta(seconds=5)


@pytest.mark.django_db
def test_the_database_clock_moves_within_a_transaction():
    assert clock.database_now() <= clock.database_now()
    first = clock.database_now()
    deadline = timezone.now() + timedelta(seconds=5)
    while clock.database_now() == first and timezone.now() < deadline:
        pass

    assert clock.database_now() > first


@pytest.mark.django_db
def test_clocks_that_agree_have_no_skew_however_slow_the_answer():
    assert abs(clock.skew()) < 0.1


@pytest.mark.parametrize("seconds", [-7.5, -0.25, 0.25, 7.5])
def test_the_skew_is_how_far_we_are_ahead_of_the_database(monkeypatch, seconds):
    monkeypatch.setattr(clock, "database_now", lambda: clock.now() - timedelta(seconds=seconds))

    assert abs(clock.skew() - seconds) < 0.2


@pytest.mark.django_db
def test_a_test_may_move_both(at, set_clock):
    set_clock(at("2026-03-12 12:00"))

    assert abs(clock.now() - at("2026-03-12 12:00")) < timedelta(seconds=5)
    assert abs(clock.database_now() - at("2026-03-12 12:00")) < timedelta(seconds=5)


@pytest.mark.django_db
def test_neither_clock_is_before_the_instant_it_was_moved_to(at):
    instant, early = at("2026-03-12 12:00"), []
    for _ in range(50):  # SQLite's clock has whole milliseconds: one look would see it behind by luck only
        with clock.standing_at(instant):
            early += [read for read in (clock.database_now(), clock.now()) if read < instant]

    assert early == []


def test_the_setting_moves_the_clock_of_the_demo(settings):
    settings.CLOCK_OFFSET = 3600.0

    assert clock.offset() == timedelta(hours=1)


def test_nobody_else_may_move_it(settings):
    settings.CLOCK_MAY_SHIFT = False
    assert clock.offset() == timedelta()

    settings.CLOCK_OFFSET = 60.0
    with pytest.raises(ImproperlyConfigured):
        clock.now()
