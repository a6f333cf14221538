"""The tally: opening beside bare sealed boxes on all cores, and the count beside a bare GROUP BY."""

# So many boxes tell what one costs.
BOXES = 100_000
CONTESTS = 100


def measure(ground, ledger, *, size, runs, seconds):
    """Both rows; the polls of the round are closed and its envelopes lie there."""
    made = ground.child("ours.tally", "prepare", turnout=0.75)  # in a contest and a half each: about one a member
    ledger.note("tally-filling", "ours", {**made, "operations": made["envelopes"]}, size=size)
    sides = {
        "ours": lambda: ground.child("ours.tally", "run"),
        "floor": lambda: ground.child("floors.boxes", "run", size=min(BOXES, max(size, 4000))),
    }
    ledger.turns("tally-open", runs, sides, size=size)
    ground.child("floors.counting", "prepare", size=made["envelopes"], contests=CONTESTS)
    sides = {
        "ours": lambda: ground.child("ours.tally", "count"),
        "floor": lambda: ground.child("floors.counting", "run"),
    }
    ledger.turns("tally-count", runs, sides, size=size)
