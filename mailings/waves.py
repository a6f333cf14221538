"""How many letters of a wave stand in which state: counted by the clock, as a wave may be a million letters."""

from datetime import timedelta

from django.db.models import Q

from mailings import queue
from mailings.models import Letter, Wave

SECONDS = 30


def count(wave, *, now) -> dict[int, int]:
    """Count its letters and keep it: {Letter.State: n}."""
    found = queue.counts_of(wave.all_letters)
    final = wave.step == Wave.Step.DONE and not set(found) & set(Letter.OPEN)
    Wave.objects.filter(pk=wave.pk).update(counts=found, counted_at=now, counts_final=final)
    return found


def count_due(now) -> int:
    """Count the waves whose letters may have moved since SECONDS ago; how many. The clock's tick."""
    old = Q(counted_at=None) | Q(counted_at__lte=now - timedelta(seconds=SECONDS))
    due = list(Wave.objects.filter(old, counts_final=False))
    for wave in due:
        count(wave, now=now)
    return len(due)


def counts(wave, now) -> tuple[dict[int, int], object]:
    """What was counted last, and when; counted now where nobody has yet. Writes nothing."""
    if wave.counted_at is None:
        return queue.counts_of(wave.all_letters), now
    return {int(state): n for state, n in wave.counts.items()}, wave.counted_at
