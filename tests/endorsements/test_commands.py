from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from endorsements.ticking import tick
from journal import clock
from rounds.models import Candidacy, Round
from tests.factories.rounds import START, CandidacyFactory, RoundFactory

pytestmark = pytest.mark.django_db(transaction=True)


def said(*arguments, **options):
    """What a command prints."""
    out = StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


def test_open_round_plans_a_round_from_one_day():
    told = said("open_round", "Round 1", "--cycle", "2026", "--starts", "2026-02-02", "--time-zone", "America/New_York")

    round = Round.objects.get()
    assert (round.stage, round.cycle.year, round.nominations_open_at) == (Round.Stage.DRAFT, 2026, START)
    assert "Mon 2026-02-02 09:00 EST" in told


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--starts", "soon"], "2026-03-02"),
        (["--starts", "2026-02-31"], "day"),
        (["--starts", "2026-02-02", "--time-zone", "Mars/Base"], "Mars/Base"),
    ],
)
def test_open_round_says_what_is_wrong(arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        said("open_round", "Round 1", "--cycle", "2026", *arguments)

    assert Round.objects.count() == 0


def test_advance_rounds_does_what_the_clock_does_and_says_what_keeps_the_others(set_clock):
    moving, stuck = RoundFactory(), RoundFactory(stage=Round.Stage.VETTING, name="Stuck")
    set_clock(stuck.freeze_at)

    told = said("advance_rounds")

    moving.refresh_from_db()
    assert moving.stage == Round.Stage.VETTING
    assert "Stuck: Vetting" in told
    assert "keeps it:" in told


def test_advance_rounds_acts_as_of_a_past_instant_but_never_of_a_future_one(set_clock):
    round = RoundFactory()
    set_clock(round.nominations_open_at + timedelta(days=2))
    early = (round.nominations_open_at - timedelta(seconds=1)).isoformat()
    future = (clock.now() + timedelta(hours=1)).isoformat()

    said("advance_rounds", now=early)
    assert Round.objects.get().stage == Round.Stage.DRAFT
    with pytest.raises(CommandError, match="future"):
        said("advance_rounds", now=future)
    for nonsense in ["yesterday", "2026-02-30T10:00:00Z", "2026-02-02T10:00:00"]:
        with pytest.raises(CommandError, match="with its zone"):
            said("advance_rounds", now=nonsense)

    said("advance_rounds", now=round.nominations_open_at.isoformat())
    assert Round.objects.get().stage == Round.Stage.NOMINATING


def test_run_loop_carries_a_round_without_broker_and_beat(set_clock):
    round = RoundFactory()
    CandidacyFactory(round=round, state=Candidacy.State.NOMINATED)
    set_clock(round.nominations_close_at)

    told = said("run_loop", "--ticks", "2", "--every", "0")

    assert Round.objects.get().stage == Round.Stage.VETTING
    assert told == "2 steps, 0 letters\n"


def test_a_tick_with_nothing_to_do_does_nothing():
    assert tick(START) == (0, 0)
