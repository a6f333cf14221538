"""python -m tests.faults [F1 F4 …] [--seed N] [--size small|full] [--results FILE]: play faults, say what held.

Each is played on a fresh installation with a random generator of its own, from the seed and its name.
"""

import argparse
import json
import os
import platform
import random
import re
import resource
import signal
import sys
import time
import traceback
from pathlib import Path

from tests.faults import ground

# A play in which too few kills hit work in hand shows nothing, and is played again with the next chance.
ATTEMPTS = 5


def known():
    """{name: Fault}, in their order. Django must stand by now."""
    from tests.faults import counting, deadline, merging, polling, rounds, sending, small_cells, visitors, webhooks

    modules = [sending, polling, counting, rounds, deadline, visitors, webhooks, merging, small_cells]
    faults = {fault.name: fault for module in modules for fault in module.FAULTS}
    return dict(sorted(faults.items(), key=lambda one: (int(re.search(r"[0-9]+", one[0])[0]), one[0])))


def main(arguments):
    """Play; the exit code is 1 when anything did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("faults", nargs="*", metavar="F1")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", choices=["small", "full"], default="full")
    parser.add_argument("--results", type=Path, help="a JSON file that keeps each fault's latest figures")
    asked = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers stop with us
    well = True
    with ground.stand() as here:
        faults = known()
        for name in asked.faults or faults:
            played = play(here, faults[name], asked)
            well &= not played["breaches"]
            if asked.results:
                keep(asked.results, played)
    return 0 if well else 1


def play(here, fault, asked):
    """Play one fault until a play shows something, and print its line; a crash of the play itself is a breach too."""
    began, worked = time.monotonic(), work_done()
    for attempt in range(ATTEMPTS):
        seen = play_once(here, fault, asked, attempt)
        if seen.breaches or not seen.void:
            break
        print(f"   {fault.name} again: {'; '.join(seen.void)}", flush=True)
    played = {
        "fault": fault.name,
        "title": fault.title,
        "holds": fault.holds,
        "size": fault.size_in_words(asked.size),
        "figures": seen.figures,
        "kills": seen.kills,
        "breaches": seen.breaches + [f"void: {reason}" for reason in seen.void],
        "seconds": round(time.monotonic() - began),
        "cpu_seconds": round(work_done() - worked),
        "seed": asked.seed,
        "run": asked.size,
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    }
    verdict = "BROKEN" if played["breaches"] else "held"
    print(
        f"{fault.name} {verdict} in {played['seconds']} s ({played['size']}): {seen.figures} {seen.kills}", flush=True
    )
    for breach in played["breaches"][:10]:
        print(f"   {breach}", flush=True)
    return played


def play_once(here, fault, asked, attempt):
    """What was seen of one play; the logs of a play that broke something are shown."""
    # Django is there only since ground.stand().
    from tests.faults.plan import Seen

    chance = random.Random(f"{asked.seed}/{fault.name}" + f"/{attempt}" * bool(attempt))
    with here.fresh(f"{fault.name.lower()}_{attempt}") as home:
        try:
            seen = fault.play(home, fault.size(asked.size), chance)
        except Exception as error:
            seen = Seen(breaches=[f"{type(error).__name__}: {error}"])
            traceback.print_exc()
        if seen.breaches:
            for log in sorted(home.folder.glob("*.log")):
                print(f"== {log.name}\n{log.read_text('utf8', 'replace')[-3000:]}", file=sys.stderr)
    return seen


def work_done():
    """Seconds of CPU of this process and of those it has seen end; PostgreSQL's are not among them."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def keep(path, played):
    """Put one fault's figures in place of its older ones."""
    kept = json.loads(path.read_text()) if path.exists() else {}
    kept[played["fault"]] = played
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
