"""The age of the last backup: noted by command, told while a real round is under way, and before the vote."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from endorsements.control_room import preflight
from endorsements.health import backups, watching
from endorsements.models import StandingAlarm
from journal import book, ticks
from journal.models import Entry
from rounds.models import Round
from tests.factories.rounds import START, RoundFactory

pytestmark = pytest.mark.django_db
Stage = Round.Stage
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
LATE = START + 26 * HOUR + SECOND


def noted(now):
    backups.note(by="command:root", now=now)


def kinds(now):
    return [alarm.kind for alarm in backups.found(now)]


def test_the_command_notes_a_line_each_time_it_runs(set_clock, capsys):
    assert backups.last() is None
    set_clock(START)
    call_command("backup_made")
    set_clock(START + HOUR)
    call_command("backup_made")

    assert START + HOUR <= backups.last() < START + HOUR + 60 * SECOND
    assert [(entry.verb, entry.subject, entry.actor[:8]) for entry in Entry.objects.all()] == [
        ("backup.made", "backups", "command:"),
        ("backup.made", "backups", "command:"),
    ]
    assert capsys.readouterr().out.count("Noted: a backup was made at ") == 2
    assert book.verify() is None


def test_a_house_that_notes_no_backups_is_told_of_none():
    RoundFactory(stage=Stage.VOTING)
    assert kinds(LATE) == []


def test_after_26_hours_it_is_an_alarm_until_the_next_one():
    RoundFactory(stage=Stage.VOTING)
    noted(START)
    assert kinds(LATE - SECOND) == []
    assert kinds(LATE) == ["old_backup"]
    noted(LATE)
    assert kinds(LATE) == []


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"stage": "draft"}, []),
        ({"stage": "nominating"}, ["old_backup"]),
        ({"stage": "certified"}, ["old_backup"]),
        ({"stage": "archived"}, []),
        ({"stage": "cancelled"}, []),
        ({"stage": "voting", "rehearsal": True}, []),
    ],
)
def test_it_is_told_while_a_real_round_is_under_way(fields, told):
    RoundFactory(**fields)
    noted(START)
    assert kinds(LATE) == told


def test_the_clock_keeps_it_once_and_ends_it(dee):
    RoundFactory(stage=Stage.NOMINATING), RoundFactory(stage=Stage.VETTING)
    noted(START)
    for now in (LATE, LATE + SECOND):
        ticks.note(now)
        watching.watch(now)
    alarm = StandingAlarm.objects.get(kind="old_backup")
    assert (alarm.round, alarm.since, alarm.over_at) == (None, START + 26 * HOUR, None)
    [shown] = [one for one in watching.standing(LATE) if one.kind == "old_backup"]
    assert shown.label == "The last backup is old"
    noted(LATE)
    for now in (LATE + 2 * SECOND, LATE + HOUR):
        ticks.note(now)
        watching.watch(now)
    alarm.refresh_from_db()
    assert alarm.over_at == LATE + HOUR


def test_the_list_before_the_vote_says_when_the_last_one_was():
    round = RoundFactory(stage=Stage.FROZEN)

    def seen(now):
        [check] = [one for one in preflight.checks(round, now) if one.title == "Backup"]
        return check.state, check.said.split(",")[0]

    assert seen(LATE)[0] == "look"
    assert seen(LATE)[1].startswith("None was ever noted.")
    noted(START)
    assert seen(LATE - SECOND)[0] == "good"
    assert seen(LATE)[0] == "look"
    assert seen(LATE)[1].startswith("The last one was made ")
