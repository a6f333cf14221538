"""The list of who was not reached, looked up by the clock and kept: of a roll of a million it takes a second."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from groups import finding
from groups.models import Member
from mailings.suppression import suppressed_keys_query
from rounds.models import Round
from voting import ballotbox, reach
from voting.models import RollEntry, UnreachedList

SECONDS = 300
# So many are kept by name; the others are found by a search.
MOST = 2_000
# While these last, letters still go out and come back.
MOVING = [Round.Stage.FROZEN, Round.Stage.VOTING, Round.Stage.POLLS_CLOSED, Round.Stage.COUNTED]


def keep(round, *, now) -> UnreachedList:
    """Look, and keep what was found."""
    found = looked_up(round, now)
    fields = {"at": found.at, "counts": found.counts, "first": found.first}
    UnreachedList.objects.update_or_create(round=round, defaults=fields)
    return found


def keep_due(now) -> int:
    """Look at each round whose list is older than SECONDS, and once at one whose letters lie behind it; how many."""
    fresh = UnreachedList.objects.filter(at__gt=now - timedelta(seconds=SECONDS), round__stage__in=MOVING)
    behind = UnreachedList.objects.exclude(round__stage__in=MOVING)
    rolled = Round.objects.filter(stage__in=[*MOVING, Round.Stage.CERTIFIED, Round.Stage.ANNOUNCED])
    due = list(rolled.exclude(pk__in=fresh.values("round")).exclude(pk__in=behind.values("round")))
    for round in due:
        keep(round, now=now)
    return len(due)


def of(round, now) -> UnreachedList:
    """The list that was kept; looked up now where none is. Writes nothing."""
    return getattr(round, "unreached", None) or looked_up(round, now)


def looked_up(round, now: datetime) -> UnreachedList:
    missed = reach.unreached(round)
    counts = ballotbox.eligible_counts(*missed.order_by().values("credential").query.sql_with_params())
    first = list(missed.order_by("member").values_list("credential", flat=True)[:MOST])
    return UnreachedList(round=round, at=now, counts={str(contest): n for contest, n in counts.items()}, first=first)


def still(entries):
    """Those of a few entries that are not reached at this instant: each looked at by itself, by the same rule."""
    letters = reach.ballots_of(OuterRef("round_id")).filter(seat=OuterRef("credential"))
    out = letters.filter(state__in=reach.OUT)
    silent = suppressed_keys_query().filter(address=OuterRef("member__email_key"))
    return entries.filter(
        Exists(silent) | (Exists(letters.filter(reach.FAILED)) & ~Exists(out)), member__erased_at=None
    ).order_by("member")


def named(round, words: str):
    """Those on the roll whom the words mean and who are not reached, by the members' own indexes."""
    hers = finding.matching(Member.objects.all(), words).values("pk")
    return still(RollEntry.objects.filter(Q(member__in=hers), round=round))
