"""The provider's limits: rate, daily cap, warm-up, pauses, the tenth that is kept, and whose turn it is."""

from datetime import date, timedelta

import pytest

from mailings import claiming, pace, postroom
from mailings.models import Letter, Provider
from tests.factories.mailings import LetterFactory, ProviderFactory
from tests.mailings.test_claiming import at_once

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
State = Letter.State


def row(**fields):
    return Provider(**fields)


# What a row allows


def test_without_limits_everything_goes_and_nothing_is_counted(noon, django_assert_num_queries):
    provider = ProviderFactory()
    with django_assert_num_queries(1):
        assert pace.take(100, now=noon) == 100
    provider.refresh_from_db()
    assert (provider.turn, provider.sent_today) == (0, 0)


def test_a_bucket_fills_at_its_rate_up_to_five_seconds(noon):
    provider = row(rate=20, tokens=10, filled_at=noon)
    assert [pace.filled(provider, noon + n * SECOND) for n in (-5, 0, 1, 4, 5, 500)] == [10, 10, 30, 90, 100, 100]


def test_a_tenth_is_kept_for_those_who_wait(noon):
    provider = row(rate=20, tokens=100, filled_at=noon)
    assert pace.allowance(provider, noon, urgent=False) == 90
    assert pace.allowance(provider, noon, urgent=True) == 100


@pytest.mark.parametrize(("tokens", "wave", "urgent"), [(19.9, 0, 19), (20, 10, 20), (0.9, 0, 0), (1, 0, 1)])
def test_a_wave_waits_for_half_a_seconds_worth(noon, tokens, wave, urgent):
    provider = row(rate=20, tokens=tokens, filled_at=noon)
    assert pace.allowance(provider, noon, urgent=False) == wave
    assert pace.allowance(provider, noon, urgent=True) == urgent


def test_the_wait_of_a_wave_ends_where_its_allowance_begins(noon):
    provider = row(rate=20, tokens=0, filled_at=noon)
    assert pace.ready_in(provider, noon) == 1  # ten kept, ten for half a second
    assert pace.allowance(provider, noon + 0.99 * SECOND, urgent=False) == 0
    assert pace.allowance(provider, noon + SECOND, urgent=False) == 10
    assert pace.ready_in(row(), noon) is None


def test_the_slowest_rate_still_sends(noon):
    provider = row(rate=0.01, tokens=0, filled_at=noon)
    assert pace.allowance(provider, noon + pace.ready_in(provider, noon) * SECOND, urgent=False) == 1


@pytest.mark.parametrize(
    ("day", "limit", "most"),
    [(9, None, 1000), (10, None, 1000), (11, None, 2000), (14, None, 16000), (14, 5000, 5000), (28, 5000, 5000)],
)
def test_the_warm_up_doubles_each_day_up_to_the_limit(day, limit, most):
    provider = row(first_day=1000, warm_up_from=date(2026, 3, 10), daily_limit=limit)
    assert pace.cap(provider, date(2026, 3, day)) == most


def test_after_a_month_the_warm_up_is_over():
    provider = row(first_day=1, warm_up_from=date(2026, 3, 1))
    assert pace.cap(provider, date(2026, 3, 31)) == 2**30
    assert pace.cap(provider, date(2026, 4, 1)) == float("inf")


def test_a_day_ends_at_midnight_and_keeps_its_tenth(at):
    ProviderFactory(daily_limit=100)
    evening, midnight = at("2026-03-12 23:59"), at("2026-03-13 00:00")
    assert pace.take(100, now=evening) == 90
    assert pace.take(100, now=evening) == 0
    assert pace.ready_in(pace.ours(evening), evening) is None
    assert pace.take(7, now=evening, urgent=True) == 7
    assert pace.take(100, now=evening, urgent=True) == 3
    assert pace.take(1, now=evening, urgent=True) == 0
    assert pace.take(100, now=midnight) == 90


# The account


def test_the_row_is_made_once_from_the_environment(settings, noon):
    settings.EMAIL_RATE, settings.EMAIL_DAILY_LIMIT, settings.EMAIL_FIRST_DAY = 14, 50_000, 200
    made = pace.ours(noon)
    assert (made.rate, made.daily_limit, made.first_day, made.warm_up_from) == (14, 50_000, 200, noon.date())
    settings.EMAIL_RATE = 99
    assert pace.ours(noon + SECOND).rate == 14
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    assert pace.ours(noon).rate == 99
    assert Provider.objects.count() == 2


def test_what_was_taken_is_gone_and_what_is_given_back_is_there(noon):
    ProviderFactory(rate=20, daily_limit=1000)
    assert pace.take(60, now=noon) == 60
    assert pace.take(60, now=noon) == 30
    pace.give_back(15, now=noon)
    assert pace.take(60, now=noon) == 15
    assert Provider.objects.get().sent_today == 90


def test_a_clock_that_is_behind_fills_nothing_twice(noon):
    ProviderFactory(rate=20)
    assert pace.take(100, now=noon, urgent=True) == 100
    assert pace.take(100, now=noon - 60 * SECOND, urgent=True) == 0
    assert Provider.objects.get().filled_at == noon
    assert pace.take(100, now=noon + SECOND, urgent=True) == 20


@pytest.mark.django_db(transaction=True)
def test_all_processes_share_one_bucket(noon):
    ProviderFactory(rate=20)
    granted = []
    at_once(4, lambda: granted.extend(pace.take(10, now=noon, urgent=True) for _ in range(6)))
    while some := pace.take(10, now=noon, urgent=True):  # a loser of every race was told to wait
        granted.append(some)
    assert sum(granted) == 100


def test_pauses_double_and_end_and_are_noted_once(noon, monkeypatch):
    monkeypatch.setattr(pace.SystemRandom, "uniform", lambda self, low, high: 1)
    now, waits = noon, []
    for _ in range(8):
        assert pace.back_off("421 slow down", now=now) is True
        assert pace.back_off("421 slow down", now=now) is False
        until = Provider.objects.get().paused_until
        assert pace.take(1, now=until - SECOND, urgent=True) == 0
        assert pace.take(1, now=until, urgent=True) == 1
        waits.append((until - now).total_seconds())
        now = until
    assert waits == [30, 60, 120, 240, 480, 960, 1800, 1800]
    pace.went(now=now - SECOND)
    assert Provider.objects.get().pauses == 8
    pace.went(now=now)
    assert Provider.objects.get().pauses == 0


def test_pauses_jitter(noon):
    pace.back_off("429", now=noon)
    assert 22.5 <= (Provider.objects.get().paused_until - noon).total_seconds() <= 37.5


# Whose turn it is


def line_up(n, priority, **fields):
    return LetterFactory.create_batch(n, name=f"sample.{priority}", priority=priority, **fields)


def turn_of(turns, noon, most=2):
    batch, granted = turns.next(most, now=noon, instant=noon)
    return (batch and batch.letters[0].priority, granted)


def test_who_waits_goes_first_and_a_wave_never_starves(noon):
    line_up(24, 0)
    line_up(4, 10)
    turns = pace.Turns()
    order = [turn_of(turns, noon)[0] for _ in range(15)]
    assert order == [0] * 9 + [10] + [0] * 3 + [10] + [None]


def test_a_turn_that_no_wave_takes_is_not_lost(noon):
    line_up(22, 0)
    turns = pace.Turns()
    assert [turn_of(turns, noon)[0] for _ in range(12)] == [0] * 11 + [None]


def test_a_wave_that_has_used_up_its_rate_leaves_the_tenth(noon):
    ProviderFactory(rate=20)
    line_up(200, 10)
    turns = pace.Turns()
    assert turn_of(turns, noon, 100) == (10, 90)
    assert turn_of(turns, noon, 100) == (None, 0)
    line_up(3, 0)
    assert turn_of(turns, noon, 100) == (0, 3)
    assert Provider.objects.get().tokens == 7


def test_leave_for_letters_that_were_not_there_is_returned(noon):
    ProviderFactory(rate=20)
    line_up(5, 10)
    turns = pace.Turns()
    assert turn_of(turns, noon, 100) == (10, 5)
    assert turn_of(turns, noon, 100) == (None, 85)
    assert Provider.objects.get().tokens == 95


# The sender


def test_the_sender_waits_for_the_rate_and_sends_all(sample, in_line, noon, monkeypatch, told):
    """Its clock stands still but for its own waiting: twelve letters at two a second, most of the bucket at once."""
    ProviderFactory(rate=2)
    in_line(sample.seats(20))
    passed = [0.0]
    monkeypatch.setattr(postroom.time, "monotonic", lambda: passed[0])
    monkeypatch.setattr(postroom.time, "sleep", lambda seconds: passed.append(passed.pop() + seconds))
    assert postroom.send_due(noon, limit=12) == 12
    assert 1 <= passed[0] <= 5
    assert len(told()) == 12


def test_letters_that_are_not_needed_cost_nothing(sample, in_line, noon):
    ProviderFactory(rate=20)
    in_line(sample.seats(5))
    sample.merge = lambda answers: {pk: postroom.Skip("the member has voted") for pk in answers}
    assert postroom.send_due(noon) == 0
    assert pace.filled(Provider.objects.get(), noon) == 100


def test_while_the_provider_wants_rest_nothing_is_claimed(sample, in_line, noon):
    ProviderFactory(paused_until=noon + SECOND)
    in_line(sample.seats(2))
    assert postroom.send_due(noon) == 0
    assert set(Letter.objects.values_list("state", "attempts")) == {(State.READY, 0)}
    assert postroom.send_due(noon + SECOND) == 2


def test_an_empty_line_is_not_waited_for(noon, monkeypatch):
    ProviderFactory(rate=1, tokens=0, filled_at=noon)
    monkeypatch.setattr(postroom.time, "sleep", lambda seconds: pytest.fail("it waits for nothing"))
    assert postroom.send_due(noon) == 0
    assert claiming.anything_due(noon) is False
