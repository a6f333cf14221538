"""The short run: every fault at a small size, on real servers. `make faults` plays them at full size."""

import os
import subprocess
import sys

import pytest

from tests.faults import reliability
from tests.living import PROJECT

# Run where PostgreSQL is; the faults bring their own servers, so that they may crash them.
pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]

# One for each core; the servers are started once for all of a line. Two whole rounds are left to `make faults`: that
# without Redis (F9b; tests/test_story_live.py has one) and that without beat (F10a; test_lifecycle.py).
TOGETHER = [
    ["F1", "F2", "F3", "F9a", "F10b"],
    ["F4", "F5", "F7", "F12", "F13", "F14", "F15", "F16", "F21", "F24", "F25"],
]


@pytest.mark.parametrize("names", TOGETHER, ids=" ".join)
def test_what_must_hold_holds(names):
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL") if name in os.environ}
    command = [sys.executable, "-m", "tests.faults", *names, "--size", "small", "--seed", "1"]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=1200)
    print(done.stdout, done.stderr)  # pytest shows it where the test has failed
    assert done.returncode == 0
    assert [line.split()[:2] for line in done.stdout.splitlines() if line.startswith("F")] == [
        [name, "held"] for name in names
    ]


def test_the_table_is_that_of_the_results():
    results = reliability.kept()
    assert set(results) == {"F9b", "F10a", *(name for names in TOGETHER for name in names)}
    assert reliability.table(results) in reliability.PAGE.read_text()
