"""The desk: every page of it over a small federation and over a large one, by queries and by time.

A page's time in the large one is to be within twice its time in the small one, and no page needs more than twelve
queries.
"""

from bench import ground as grounds
from bench.rolling import CONTESTS, STATEWIDE

SMALL = 1_000
MEMBERS_A_GROUP = 100


def measure(ground, ledger, *, size, runs, seconds):
    """The row: both federations with an open vote, then with its result announced."""
    for members in (SMALL, size):
        groups = members // MEMBERS_A_GROUP
        grounds.federation(ground, members=members, contests=CONTESTS, statewide=STATEWIDE, groups=groups)
        ground.child("ours.desk", "open_vote")
        ground.sql("VACUUM ANALYZE")
        walk(ground, ledger, runs, size=members, stage="voting")
        ground.child("ours.desk", "announce")
        ground.sql("VACUUM ANALYZE")
        walk(ground, ledger, runs, size=members, stage="announced")


def walk(ground, ledger, runs, **about):
    for page, weighed in ground.child("ours.desk", "walk", runs=runs)["pages"].items():
        ledger.note("desk", "ours", {**weighed, "runs": len(weighed.pop("all"))}, page=page, **about)
