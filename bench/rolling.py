"""The freeze and the enqueue beside their bare INSERTs, and how both grow with the members."""

from bench import ground as grounds

CONTESTS, STATEWIDE = 100, 20
GROWTH = [10_000, 100_000, 1_000_000, 5_000_000]


def freeze(ground, ledger, *, size, runs, seconds):
    """The row: a hundred contests over which the members are spread, each in one, as the floor writes one row each.

    Then once with a fifth of the contests statewide, which leaves the round frozen with its roll.
    """
    sides = {"ours": lambda: ground.child("ours.freeze", "run"), "floor": lambda: ground.child("floors.roll", "run")}
    ground.child("floors.roll", "prepare", size=size)
    lay_out(ground, size, statewide=0)
    ledger.turns("freeze", runs, sides, size=size)
    lay_out(ground, size)
    ledger.turns("freeze-wide", 1, sides, size=size)


def enqueue(ground, ledger, *, size, runs, seconds):
    """The row; the roll stands."""
    sides = {
        "ours": lambda: ground.child("ours.enqueue", "run"),
        "floor": lambda: ground.child("floors.letters", "run"),
    }
    ground.child("floors.letters", "prepare", size=size)
    ledger.turns("enqueue", runs, sides, size=size)


def growth(ground, ledger, *, size, runs, seconds):
    """Freeze and enqueue once each at every size up to five times the one asked for; the federation is made anew."""
    for members in [members for members in GROWTH if members <= 5 * size] or [size]:
        lay_out(ground, members)
        ground.child("floors.roll", "prepare", size=members)
        ground.child("floors.letters", "prepare", size=members)
        for row, module, floor in (
            ("freeze", "ours.freeze", "floors.roll"),
            ("enqueue", "ours.enqueue", "floors.letters"),
        ):
            ledger.note(f"{row}-growth", "ours", ground.child(module, "run"), size=members)
            ledger.note(f"{row}-growth", "floor", ground.child(floor, "run"), size=members)


def lay_out(ground, members, contests=CONTESTS, statewide=STATEWIDE):
    """A federation of that size whose round is frozen and has its contests, and no roll yet."""
    grounds.federation(ground, members=members, contests=contests, statewide=statewide)
    ground.child("ours.freeze", "prepare")
