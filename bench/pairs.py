"""Ours and the floor in turn, A B A B, each run written down as it was."""

import json
import os
import platform
import statistics
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


class Ledger:
    """The raw figures of a bench: one file for each row, one line of JSON for each run."""

    def __init__(self, folder=RESULTS, say=print):
        self.folder, self.say = Path(folder), say
        self.folder.mkdir(parents=True, exist_ok=True)
        self.begun = set()

    def note(self, row, side, figures, **about):
        """Write down one run of a row, of "ours" or of the "floor"."""
        line = {"side": side, **about, **figures}
        with (self.folder / f"{row}.jsonl").open("a" if row in self.begun else "w") as file:
            file.write(json.dumps(line) + "\n")
        self.begun.add(row)
        self.say(
            f"  {row:<14} {side:<6} " + " ".join(f"{name}={value}" for name, value in {**about, **figures}.items())
        )

    def machine(self, ground):
        """Write down what all of it is measured on."""
        said = {
            "cpu": next(
                (line.split(": ")[1] for line in said_of("/proc/cpuinfo") if line.startswith("model name")), "?"
            ),
            "cores": os.cpu_count(),
            "memory_gib": round(int(said_of("/proc/meminfo")[0].split()[1]) / 2**20),
            "kernel": platform.release(),
            "python": platform.python_version(),
            "postgresql": ground.sql("SHOW server_version")[0][0],
            **{name: version(name) for name in ("django", "gunicorn", "psycopg", "cryptography")},
            "fsync": ground.sql("SHOW fsync")[0][0],
            "day": datetime.now(UTC).date().isoformat(),
        }
        (self.folder / "machine.json").write_text(json.dumps(said, indent=2) + "\n")

    def turns(self, row, runs, sides, **about):
        """Run each of {side: function} in turn, so many times; what a function answers is noted."""
        for run in range(runs):
            for side, function in sides.items():
                self.note(row, side, function(), run=run, **about)


def said_of(path) -> list[str]:
    return Path(path).read_text().splitlines()


def read(row, folder=RESULTS) -> list[dict]:
    """All runs of a row; none where it was not measured."""
    try:
        return [json.loads(line) for line in (Path(folder) / f"{row}.jsonl").read_text().splitlines()]
    except FileNotFoundError:
        return []


def median(runs, name, **where) -> float | None:
    """The middle value of one figure over the runs that match; None where there is none."""
    values = [run[name] for run in runs if name in run and all(run.get(key) == value for key, value in where.items())]
    return statistics.median(values) if values else None
