"""Turnout while the vote runs: a small table, refreshed at most every 15 minutes, rounded down to 10."""

from datetime import timedelta

from rounds.models import Round
from voting import ballotbox
from voting.models import Turnout

EVERY = timedelta(minutes=15)
SHOWN_FROM = 20


def refresh(now) -> int:
    """Bring the figures of open votes up to date where they are 15 minutes old; how many contests."""
    refreshed = 0
    for round in Round.objects.filter(stage=Round.Stage.VOTING):
        if Turnout.objects.filter(contest__round=round, refreshed_at__gt=now - EVERY).exists():
            continue
        counted = ballotbox.envelope_counts(round.pk)
        rows = [
            Turnout(contest_id=contest, ballots=counted.get(contest, 0) // 10 * 10, refreshed_at=now)
            for contest in round.contests.values_list("pk", flat=True)
        ]
        Turnout.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["contest"], update_fields=["ballots", "refreshed_at"]
        )
        refreshed += len(rows)
    return refreshed


def shown(contest) -> int | None:
    """Ballots so far, rounded down to 10; None under 20 and before the first refresh."""
    figure = Turnout.objects.filter(contest=contest).first()
    return figure.ballots if figure and figure.ballots >= SHOWN_FROM else None
