"""The one gate of a letter's state: allowed moves, each a conditional UPDATE.

A letter writes no journal row: there are millions, and its own columns say what became of it.
"""

from mailings.models import Letter

State = Letter.State

# to: the states it may come from. READY to LEASED is the claim, which also says to whom (claiming.py).
MOVES = {
    State.READY: [State.LEASED, State.FAILED, State.SET_ASIDE, State.HELD],
    State.HELD: [State.READY],
    State.LEASED: [State.READY],
    State.SENT: [State.LEASED],
    State.FAILED: [State.LEASED],
    State.SKIPPED: [State.LEASED],
    State.EXPIRED: [State.READY, State.HELD],
    State.SET_ASIDE: [State.LEASED],
}
SETTLED = [State.SENT, State.FAILED, State.SKIPPED, State.EXPIRED, State.SET_ASIDE]


def move(letters, to, *, now, reason="", **columns) -> int:
    """Move those of the letters that may go there and return how many did; the rest stay as they are."""
    return letters.filter(state__in=MOVES[to]).update(
        state=to,
        reason=reason[:200],
        lease_token=None,
        lease_until=None,
        settled_at=now if to in SETTLED else None,
        **columns,
    )
