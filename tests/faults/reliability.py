"""docs/reliability.md's table, written from docs/reliability.json, the results of `make faults`; by python -m."""

import json
import re
import sys

from tests.living import PROJECT

PAGE, RESULTS = PROJECT / "docs" / "reliability.md", PROJECT / "docs" / "reliability.json"
BEGIN, END = "<!-- the table: python -m tests.faults.reliability -->", "<!-- end of the table -->"
HEAD = "| fault | size | what must hold | reached | again by |\n|---|---|---|---|---|\n"


def kept():
    """The results of the latest run of each fault, in the faults' order."""
    found = json.loads(RESULTS.read_text())
    return dict(sorted(found.items(), key=lambda one: (int(re.search(r"[0-9]+", one[0])[0]), one[0])))


def table(results):
    """One row for each fault."""
    return HEAD + "".join(map(row, results.values()))


def row(played):
    figures = ", ".join(f"{number:,} {words}" for words, number in played["figures"].items())
    if played["kills"]:
        hits = ", ".join(f"{step} {times}" for step, times in played["kills"].items())
        figures += f" ({hits})"
    if played["breaches"]:
        figures += f"; **BROKEN**: {'; '.join(played['breaches'][:3])}"
    size = "" if played["run"] == "full" else f" SIZE={played['run']}"
    command = f"`make faults FAULTS={played['fault']} SEED={played['seed']}{size}`"
    cells = [f"{played['fault']}: {played['title']}", played["size"], played["holds"], figures, command]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + f" ({played['seconds']} s) |\n"


def write():
    """Put the table of the latest results into the page."""
    before, _begin, rest = PAGE.read_text().partition(BEGIN)
    _old, _end, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{table(kept())}\n{END}{after}")


if __name__ == "__main__":
    sys.exit(write())
