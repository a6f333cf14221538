"""Forms that take an address: a member's and a stranger's answer take the same time."""

PAIRS = 1000


def measure(ground, ledger, *, size, runs, seconds):
    """The row, once: each form with so many pairs, one after the other."""
    figures = ground.child("ours.asking", "run", pairs=PAIRS)
    for form, medians in figures["forms"].items():
        ledger.note("asking", "ours", medians, form=form, size=size, pairs=PAIRS)
