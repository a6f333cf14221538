"""The command and the task."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from journal import clock
from mailings import tasks
from mailings.models import Letter

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = StringIO()
    call_command("send_letters", *arguments, stdout=out)
    return out.getvalue().strip()


def test_the_command_sends_what_is_due(sample, in_line, noon, set_clock):
    in_line(sample.seats(3))
    set_clock(noon - timedelta(minutes=1))
    assert run() == "0 letters sent."
    set_clock(noon + timedelta(minutes=1))
    assert run("--limit", "2") == "2 letters sent."
    assert run() == "1 letters sent."
    assert run() == "0 letters sent."


def test_an_instant_of_the_past(sample, in_line, noon, settings, set_clock):
    in_line(sample.seats(1), not_before=noon)
    settings.CLOCK_MAY_SHIFT = False
    assert run("--now", "2026-03-12T11:59:00+00:00") == "0 letters sent."
    assert run("--now", "2026-03-12T08:00:00-04:00") == "1 letters sent."
    assert Letter.objects.get().settled_at == noon


def test_the_future_is_refused_where_the_clock_is_real(sample, settings):
    soon = (clock.now() + timedelta(hours=1)).isoformat()
    assert run("--now", soon) == "0 letters sent."
    settings.CLOCK_MAY_SHIFT = False
    with pytest.raises(CommandError, match="future"):
        run("--now", soon)


@pytest.mark.parametrize("text", ["tomorrow", "", "2026-13-01T00:00:00Z", "\x00"])
def test_what_is_no_instant(text):
    with pytest.raises(CommandError):
        run("--now", text)


def test_the_task(sample, in_line, noon, set_clock):
    in_line(sample.seats(2))
    set_clock(noon + timedelta(minutes=1))
    assert tasks.send_letters.name == "mailings.send_letters"
    tasks.send_letters()
    assert sample.sent == [1, 2]
    tasks.send_letters()
    assert sample.sent == [1, 2]
