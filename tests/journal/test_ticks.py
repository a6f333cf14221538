import logging
from datetime import timedelta

import pytest

from journal import clock, ticks
from journal.models import Tick

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def ahead(monkeypatch):
    """ahead(seconds): this process's clock runs ahead of the database's by so much."""

    def run(seconds):
        monkeypatch.setattr(clock, "database_now", lambda: clock.now() - timedelta(seconds=seconds))

    return run


@pytest.fixture
def now():
    return clock.now()


def test_a_tick_is_one_row_a_host_however_often_it_comes(now, monkeypatch):
    for host in ("web-1", "web-2", "web-1"):
        monkeypatch.setattr(ticks.socket, "gethostname", lambda name=host: name)
        ticks.note(now)
    ticks.note(now + MINUTE)

    assert list(Tick.objects.order_by("host").values_list("host", "at")) == [("web-1", now + MINUTE), ("web-2", now)]
    assert ticks.age(now + 3 * MINUTE) == 2 * MINUTE


def test_without_a_tick_there_is_no_age_and_a_future_one_is_just_now(now):
    assert ticks.age(now) is None

    ticks.note(now)

    assert ticks.age(now - MINUTE) == timedelta()


def test_a_host_that_was_taken_away_is_forgotten_after_a_day(now):
    Tick.objects.create(host="away", at=now - ticks.FORGOTTEN - MINUTE)
    Tick.objects.create(host="resting", at=now - ticks.FORGOTTEN + MINUTE)

    ticks.note(now)

    assert not Tick.objects.filter(host="away").exists()
    assert Tick.objects.filter(host="resting").exists()


@pytest.mark.parametrize(
    ("seconds", "level"),
    [
        (0, None),
        (1.9, None),
        (2.1, logging.WARNING),
        (-2.1, logging.WARNING),
        (4.9, logging.WARNING),
        (5.1, logging.ERROR),
    ],
)
def test_clocks_that_are_apart_are_logged_and_told(now, ahead, caplog, seconds, level):
    ahead(seconds)

    ticks.note(now)

    assert [record.levelno for record in caplog.records if record.name == ticks.__name__] == ([level] if level else [])
    assert [round(tick.skew, 1) for tick in ticks.apart(now)] == ([seconds] if level else [])


@pytest.mark.parametrize(("seconds", "agree"), [(4.9, True), (-4.9, True), (5.1, False), (-5.1, False)])
def test_over_five_seconds_the_clocks_do_not_agree(ahead, seconds, agree):
    ahead(seconds)

    assert ticks.clocks_agree() is agree


def test_one_good_host_is_enough_and_an_old_tick_says_nothing(now):
    assert ticks.nobody_may_turn(now) is False

    Tick.objects.create(host="bad", at=now, skew=-9)
    assert ticks.nobody_may_turn(now) is True
    assert ticks.nobody_may_turn(now + ticks.SILENCE) is False
    assert ticks.apart(now + ticks.SILENCE) == []

    Tick.objects.create(host="good", at=now, skew=0.1)
    assert ticks.nobody_may_turn(now) is False
