"""A list of members taken in, beside a bare COPY of as many rows into a table with its indexes."""

from bench import ground as grounds


def measure(ground, ledger, *, size, runs, seconds):
    """The row; whatever stood there goes."""
    grounds.empty(ground)
    ours, floor = str(ground.folder / "list.csv"), str(ground.folder / "floor.csv")
    ground.child("ours.importing", "prepare", size=size, path=ours)
    ground.child("floors.copying", "prepare", size=size, path=floor)
    sides = {
        "ours": lambda: ground.child("ours.importing", "run", path=ours),
        "floor": lambda: ground.child("floors.copying", "run", path=floor),
    }
    ledger.turns("import", runs, sides, size=size)
