"""Beat's tasks and run_loop do the same: one list, so that they can't drift apart."""

import pytest
from django.conf import settings

from endorsements import lifecycle, purging, tasks, ticking
from endorsements.celery import app
from endorsements.control_room import outlook
from endorsements.health import digest, verifying, watching
from groups import arrivals, redistricting
from groups import tasks as groups_tasks
from groups.importing import uploads
from mailings import postroom, waves
from mailings import tasks as mailing_tasks
from tests.factories.rounds import START
from voting import reached, turnout


@pytest.fixture
def called(monkeypatch):
    """The names of what was done, in order."""
    done = []
    does = [
        (lifecycle, "wake"),
        (arrivals, "take_in"),
        (postroom, "send_due"),
        (turnout, "refresh"),
        (watching, "watch"),
        (digest, "write_due"),
        (outlook, "keep_all"),
        (waves, "count_due"),
        (reached, "keep_due"),
        (verifying, "nightly"),
        (purging, "daily"),
        (redistricting, "settle"),
        (arrivals, "flag"),
        (arrivals, "forget_old"),
        (uploads, "forget_old"),
    ]
    for module, name in does:
        said = f"{module.__name__}.{name}"
        monkeypatch.setattr(module, name, lambda now, said=said: done.append(said) or 0)
    return done


def test_beat_wakes_every_tick_of_the_list_and_nothing_else():
    app.finalize()

    woken = {entry["task"]: entry["schedule"] for entry in app.conf.beat_schedule.values()}

    assert woken == {tick.name: max(settings.TICK_SECONDS, tick.seconds) for tick in ticking.TICKS}
    assert app.conf.timezone == "UTC"


def test_each_task_does_what_run_loop_does_under_its_name(called):
    known = {
        task.name: task
        for task in (
            tasks.advance_rounds,
            tasks.refresh_turnout,
            tasks.verify,
            tasks.purge,
            tasks.keep_outlooks,
            tasks.watch,
            tasks.write_digests,
            tasks.keep_unreached,
            mailing_tasks.send_letters,
            mailing_tasks.count_waves,
            groups_tasks.take_in_sign_ups,
            groups_tasks.settle_members,
            groups_tasks.flag_sign_ups,
            groups_tasks.forget_sign_ups,
            groups_tasks.forget_uploads,
        )
    }
    for tick in ticking.TICKS:
        called.clear()
        known[tick.name]()
        by_beat = list(called)
        called.clear()
        tick.does(START)
        assert (tick.name, by_beat) == (tick.name, called)
        assert len(called) == 1


def test_a_tick_of_run_loop_does_all_of_them_in_order(called):
    assert ticking.tick(START) == (0, 0)
    assert called == [
        "endorsements.lifecycle.wake",
        "groups.arrivals.take_in",
        "mailings.postroom.send_due",
        "voting.turnout.refresh",
        "endorsements.health.watching.watch",
        "endorsements.health.digest.write_due",
        "endorsements.control_room.outlook.keep_all",
        "mailings.waves.count_due",
        "voting.reached.keep_due",
        "endorsements.health.verifying.nightly",
        "endorsements.purging.daily",
        "groups.redistricting.settle",
        "groups.arrivals.flag",
        "groups.arrivals.forget_old",
        "groups.importing.uploads.forget_old",
    ]
