"""How fast letters go: the provider's rate and daily cap, and waiting when it asks us to (trust.md 3).

One row per provider is the account of all processes: a bucket of tokens that fills at the rate, and what was
sent today. Each change of it is one conditional UPDATE. A tenth of both is kept for letters that somebody
waits for, so that a wave of millions never blocks them.
"""

from dataclasses import dataclass
from datetime import timedelta
from math import inf
from random import SystemRandom

from django.conf import settings
from django.db.models import F, Q

from journal import book
from mailings import claiming
from mailings.models import Provider

BURST = 5  # the bucket holds so many seconds of the rate
SMALLEST_BURST = 2
KEPT = 0.1
# So many batches in a row for those who wait; then it is the turn of the rest, which is never starved.
IN_A_ROW = 9
TRIES = 8
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=30)
LIMITS = ["rate", "daily_limit", "first_day", "warm_up_from"]


def ours(now) -> Provider:
    """The row of the configured backend; made with the limits of the environment when there is none."""
    name = settings.EMAIL_BACKEND[:120]
    found = Provider.objects.filter(name=name).first()
    if found:
        return found
    first_day = settings.EMAIL_FIRST_DAY or None
    return Provider.objects.get_or_create(
        name=name,
        defaults={
            "rate": settings.EMAIL_RATE or None,
            "daily_limit": settings.EMAIL_DAILY_LIMIT or None,
            "first_day": first_day,
            "warm_up_from": now.date() if first_day else None,
        },
    )[0]


# What the row allows. Pure.


def limited(provider) -> bool:
    return bool(provider.rate or provider.daily_limit or (provider.first_day and provider.warm_up_from))


def burst(provider) -> float:
    return max(provider.rate * BURST, SMALLEST_BURST)


def filled(provider, now) -> float:
    """The tokens in the bucket at an instant; full when it was never used. A clock that goes back adds none."""
    if provider.filled_at is None:
        return burst(provider)
    gone = max((now - provider.filled_at).total_seconds(), 0)
    return min(burst(provider), provider.tokens + provider.rate * gone)


def cap(provider, day) -> float:
    """How many letters may go on a day: twice as many on each day of the warm-up, up to the daily limit."""
    most = provider.daily_limit or inf
    if not (provider.first_day and provider.warm_up_from):
        return most
    days = (day - provider.warm_up_from).days
    # After a month of doubling the warm-up is over, whatever it began with.
    return most if days > 30 else min(most, provider.first_day * 2 ** max(days, 0))


def used(provider, day) -> int:
    return max(provider.sent_today, 0) if provider.day == day else 0


def allowance(provider, now, *, urgent) -> int | float:
    """How many letters may go at this instant; the last tenth only where somebody waits for them."""
    if provider.paused_until and now < provider.paused_until:
        return 0
    kept = 0 if urgent else KEPT
    most = inf
    if provider.rate:
        most = filled(provider, now) - kept * burst(provider)
        if not urgent and most < least(provider):
            return 0
    today = cap(provider, now.date())
    if today < inf:
        most = min(most, today - used(provider, now.date()) - int(kept * today))
    return most if most == inf else max(int(most), 0)


def least(provider) -> float:
    """What a wave waits for before it takes any: half a second's worth, so that its batches stay worth sending."""
    return min(max(provider.rate / 2, 1), claiming.BATCH)


def ready_in(provider, now) -> float | None:
    """Seconds until a wave may go on by the rate; None where only the daily cap or a pause is in the way."""
    if (provider.paused_until and now < provider.paused_until) or not provider.rate:
        return None
    today = cap(provider, now.date())
    if today < inf and today - used(provider, now.date()) - int(KEPT * today) < 1:
        return None
    lacking = least(provider) + KEPT * burst(provider) - filled(provider, now)
    return max(lacking / provider.rate, 0.01)


# The account. Each change is a conditional UPDATE.


def take(wanted, *, now, urgent=False) -> int:
    """Take leave to send up to so many letters; how many were granted, 0 where they have to wait."""
    for _ in range(TRIES):
        provider = ours(now)
        granted = int(min(wanted, allowance(provider, now, urgent=urgent)))
        if not granted or not limited(provider):
            return granted
        spent = {"day": now.date(), "sent_today": used(provider, now.date()) + granted}
        if provider.rate:
            # Never backwards: a process whose clock is behind must not make the bucket fill twice.
            spent |= {
                "tokens": filled(provider, now) - granted,
                "filled_at": max(now, provider.filled_at or now),
            }
        if Provider.objects.filter(pk=provider.pk, turn=provider.turn).update(turn=F("turn") + 1, **spent):
            return granted
    return 0  # the others are at it; the next round of the loop asks again


def give_back(letters, *, now) -> None:
    """Return leave that was not used: letters that were not there, or were not needed any more."""
    if letters > 0 and limited(provider := ours(now)):
        Provider.objects.filter(pk=provider.pk).update(
            turn=F("turn") + 1, tokens=F("tokens") + letters, sent_today=F("sent_today") - letters
        )


def back_off(reason, *, now) -> bool:
    """Let everything wait: twice as long each time the server says so again. False where somebody noted it before."""
    provider = ours(now)
    if provider.paused_until and now < provider.paused_until:
        return False
    pause = min(FIRST_PAUSE * 2 ** min(provider.pauses, 10), LONGEST_PAUSE)
    # Jitter: processes and hosts that were turned away together don't come back together.
    until = now + pause * SystemRandom().uniform(0.75, 1.25)
    return bool(
        Provider.objects.filter(pk=provider.pk, turn=provider.turn).update(
            turn=F("turn") + 1, paused_until=until, pauses=F("pauses") + 1, pause_reason=str(reason)[:200]
        )
    )


def went(*, now) -> None:
    """Note that letters go, and forget earlier pauses that are over."""
    row = Provider.objects.filter(name=settings.EMAIL_BACKEND[:120])
    row.filter(Q(sent_at=None) | Q(sent_at__lt=now)).update(sent_at=now)
    row.filter(pauses__gt=0, paused_until__lte=now).update(
        turn=F("turn") + 1, paused_until=None, pauses=0, pause_reason=""
    )


def change(provider, *, by, now, **limits) -> bool:
    """Change a provider's limits, for all processes from their next batch on; False where nothing changed."""
    before = {name: getattr(provider, name) for name in limits}
    if before == limits:
        return False
    Provider.objects.filter(pk=provider.pk).update(turn=F("turn") + 1, **limits)
    book.record("mailings.pace", provider, by=by, now=now, before=before, after=limits)
    provider.refresh_from_db()
    return True


def try_now(provider, *, by, now, reason="") -> bool:
    """End a pause that the server asked for; the next refusal begins it anew. False where there was none."""
    ended = Provider.objects.filter(pk=provider.pk, paused_until__gt=now).update(
        turn=F("turn") + 1, paused_until=None, pauses=0, pause_reason=""
    )
    if ended:
        book.record("mailings.try_now", provider, by=by, now=now, reason=reason)
    return bool(ended)


# Whose turn it is.


@dataclass
class Turns:
    """Batches of one sender: those who wait first, and after IN_A_ROW of theirs one of the rest."""

    many: int = claiming.BATCH  # how many circular letters one call takes
    in_a_row: int = 0

    def next(self, most, *, now, instant) -> tuple[claiming.Batch | None, int]:
        """The next batch and how many letters were granted for it; 0 granted means wait, no batch nothing is due.

        now is the sender's own, which moves in steps; instant is the very one, by which the bucket fills.
        """
        if self.in_a_row >= IN_A_ROW:
            self.in_a_row = 0
            if batch := self.claimed(take(most, now=instant, urgent=True), claiming.THE_REST, now, instant):
                return batch, len(batch.letters)
        granted, among = take(most, now=instant), ""
        if not granted:
            granted, among = take(most, now=instant, urgent=True), claiming.WAITED_FOR
        if batch := self.claimed(granted, among, now, instant):
            return batch, len(batch.letters)
        return None, 0 if among else granted

    def claimed(self, granted, among, now, instant):
        """Claim as many as were granted and return the leave that is left over."""
        batch = claiming.claim(now, min(granted, claiming.BATCH), among, many=granted) if granted else None
        give_back(granted - (len(batch.letters) if batch else 0), now=instant)
        if batch:
            self.in_a_row = self.in_a_row + 1 if batch.letters[0].priority <= claiming.URGENT else 0
        return batch
