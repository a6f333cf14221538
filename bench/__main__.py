"""Measure: python -m bench [ROWS] [--size N] [--runs N] [--seconds S] [--results FOLDER]; make bench calls it.

Raw figures go into bench/results/, one line a run. At the end docs/performance.md is written anew from them.
"""

import argparse
import signal
import sys
import time
from pathlib import Path

from bench import asking, casting, desk, importing, paging, report, rolling, sending, tallying
from bench.ground import ground
from bench.pairs import RESULTS, Ledger

# In this order: each row leaves the federation as the next one needs it; the last three make their own.
ROWS = {
    "freeze": rolling.freeze,
    "enqueue": rolling.enqueue,
    "cast": casting.measure,
    "letters": sending.measure,
    "pages": paging.measure,
    "asking": asking.measure,
    "tally": tallying.measure,
    "growth": rolling.growth,
    "import": importing.measure,
    "desk": desk.measure,
}
NEEDS_NO_ROLL = {"freeze", "growth", "import", "desk"}
ON_AN_OPEN_VOTE = ("cast", "letters", "pages", "asking", "tally")


def measure(rows, *, size, runs, seconds, ledger):
    """Make one federation and measure these rows of it."""
    with ground() as made:
        ledger.machine(made)
        if set(rows) - NEEDS_NO_ROLL and "freeze" not in rows:
            rolling.lay_out(made, size)
            made.child("ours.freeze", "run")
        opened = False
        for row in (row for row in ROWS if row in rows):
            if row in ON_AN_OPEN_VOTE and not opened:
                made.child("ours.ballots", "prepare")
                opened = True
            began = time.monotonic()
            ROWS[row](made, ledger, size=size, runs=runs, seconds=seconds)
            ledger.say(f"{row}: {time.monotonic() - began:.0f} s")


def main():
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)} (default: all)")
    parser.add_argument("--size", type=int, default=1_000_000, help="members (default 1,000,000)")
    parser.add_argument("--runs", type=int, default=5, help="runs of each side (default 5)")
    parser.add_argument("--seconds", type=float, default=8, help="seconds of each run of sending (default 8)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the folder for the raw figures")
    asked = parser.parse_args()
    if unknown := set(asked.rows) - ROWS.keys():
        parser.error(f"there is no row {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers stop with us
    ledger = Ledger(asked.results, say=lambda text: print(text, flush=True))
    measure(asked.rows or list(ROWS), size=asked.size, runs=asked.runs, seconds=asked.seconds, ledger=ledger)
    print(report.table(asked.results))
    if asked.results == RESULTS:
        report.write()


if __name__ == "__main__":
    main()
