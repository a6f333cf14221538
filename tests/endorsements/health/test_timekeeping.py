"""The clock that does not tick, and clocks that are apart: what the control room says, and what is not done."""

from datetime import timedelta

import pytest

from endorsements import lifecycle
from endorsements.health import timekeeping
from journal import clock, ticks
from journal.models import Entry, Tick
from rounds.models import Round
from tests.factories.rounds import START, RoundFactory
from tests.factories.voting import polls

pytestmark = pytest.mark.django_db

Stage = Round.Stage
SECOND = timedelta(seconds=1)


def ticked(ago=timedelta(), skew=0.0, host="worker-1"):
    Tick.objects.create(host=host, at=START - ago, skew=skew)


def test_a_clock_that_ticks_and_is_right_needs_no_words():
    ticked()

    assert timekeeping.alarms(START) == []


def test_a_clock_that_never_ticked_is_told():
    [sentence] = timekeeping.alarms(START)

    assert sentence.startswith("The clock has never ticked")


@pytest.mark.parametrize(("ago", "said"), [(120, 0), (121, 1)])
def test_after_two_minutes_of_silence_it_is_told(ago, said):
    ticked(ago * SECOND)

    assert len(timekeeping.alarms(START)) == said
    assert said == 0 or "for 2 minutes" in timekeeping.alarms(START)[0]


@pytest.mark.parametrize(
    ("skew", "words"),
    [(1.9, None), (2.1, "2.1 seconds apart. Look after its time."), (-6.25, "6.2 seconds apart. It opens and closes")],
)
def test_a_clock_that_is_wrong_is_told_with_its_host_and_seconds(skew, words):
    ticked(skew=skew)

    said = timekeeping.alarms(START)

    assert len(said) == (words is not None)
    assert all(words in sentence and "worker-1" in sentence for sentence in said)


@pytest.mark.parametrize("stage", [Stage.FROZEN, Stage.VOTING, Stage.NOMINATING])
def test_no_vote_is_opened_or_closed_while_every_clock_is_off(stage):
    round = RoundFactory.build(stage=stage)
    ticked(skew=7.3)

    found = list(timekeeping.obstacles(round, START))

    assert [obstacle.blocking for obstacle in found] == ([] if stage == Stage.NOMINATING else [True])
    assert all("7.3 seconds apart" in obstacle.sentence for obstacle in found)

    ticked(host="worker-2")
    assert list(timekeeping.obstacles(round, START)) == []


@pytest.mark.parametrize("stage", [Stage.FROZEN, Stage.VOTING])
@pytest.mark.parametrize(("seconds", "moves"), [(4.9, True), (5.1, False)])
def test_a_host_that_is_off_by_more_than_five_seconds_takes_neither_step(monkeypatch, stage, seconds, moves):
    round, _contests, _entries = polls(stage=stage)
    due = round.voting_opens_at if stage == Stage.FROZEN else round.voting_closes_at
    monkeypatch.setattr(lifecycle, "blocking", lambda round, now: [])  # its own clock is the only question here
    with clock.standing_at(due):
        # Ahead of us, so that it is past the end as well.
        monkeypatch.setattr(clock, "database_now", lambda: clock.now() + timedelta(seconds=seconds))
        assert lifecycle.advance(round, due) is moves

    round.refresh_from_db()
    assert (round.stage != stage) is moves


def test_two_beats_at_once_and_a_late_one_take_each_step_once():
    round = RoundFactory()
    mine, theirs = Round.objects.get(), Round.objects.get()
    late = round.nominations_open_at + timedelta(hours=2)

    assert [lifecycle.advance(one, late) for one in (mine, theirs)] == [True, False]
    assert lifecycle.advance_all(late) == 0
    assert [(entry.verb, entry.at) for entry in Entry.objects.filter(verb="round.stage")] == [("round.stage", late)]
    assert ticks.age(late) == timedelta()


def test_the_desk_shows_it_first_on_its_own_page_and_on_a_rounds(client, dee):
    round = RoundFactory()
    client.force_login(dee)
    pages = ["/desk/", f"/desk/rounds/round/{round.pk}/change/"]

    assert ["The clock has never ticked" in client.get(page).content.decode() for page in pages] == [True, True]

    ticks.note(clock.now())
    assert ["never ticked" in client.get(page).content.decode() for page in pages] == [False, False]
