"""All tests: on SQLite, then once more on a PostgreSQL of our own whatever touches the database.

./test calls it; arguments go to pytest. Redis and Chromium are used where they are installed.
"""

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests import servers

OK = {0, 5}  # 5: nothing of what was asked for runs on this database


def main(arguments):
    """Run both; the exit code is the first that is not well."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers stop with us
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="endorsements-test-")))
        environment = {**os.environ, "VAR_DIR": str(folder / "var"), "TEST_COUNTS": str(folder / "counts.json")}
        environment.pop("DATABASE_URL", None)
        if servers.find("redis-server"):
            environment["TEST_REDIS_URL"] = stack.enter_context(servers.redis_server())
        second = bool(servers.find("initdb"))
        codes = [run("SQLite", {**environment, "TEST_RUN": "first", **({} if second else found())}, arguments)]
        if second and codes[0] != 2:  # 2: somebody pressed Ctrl-C
            url = stack.enter_context(servers.postgresql())
            environment |= {"TEST_RUN": "second", "DATABASE_URL": url, **found()}
            codes.append(run("PostgreSQL", environment, arguments))
    bad = [code for code in codes if code not in OK]
    return bad[0] if bad else min(codes)


def run(database, environment, arguments):
    """One pytest run; its exit code."""
    print(f"== Tests on {database}", flush=True)
    told = any(word.startswith(("-n", "--numprocesses")) for word in arguments)
    # worksteal: one long test at the end must not leave the other core idle.
    spread = [] if told else ["-n", "auto", "--dist", "worksteal"]
    try:
        return subprocess.run([sys.executable, "-m", "pytest", *spread, *arguments], env=environment).returncode
    except KeyboardInterrupt:
        return 2


def found():
    """What was there and what was not, for the end of the last run."""
    programs = {
        "PostgreSQL": (servers.find("initdb"), "postgresql"),
        "Redis": (servers.find("redis-server"), "redis-server"),
        "Chromium": (servers.find_browser(), "chromium"),
    }
    lines = ["Tested on SQLite: yes."]
    for name, (path, package) in programs.items():
        lines.append(
            f"Tested with {name}: "
            + ("yes." if path else f"no, it is not installed (on Debian: apt install {package}).")
        )
    return {"TEST_FOUND": "\n".join(lines)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
