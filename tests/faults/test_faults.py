"""The short run: what needs real servers that crash, at a small size. `make faults` plays every fault at full size."""

import os
import subprocess
import sys

import pytest

from tests.faults import reliability
from tests.living import PROJECT

# Run where PostgreSQL is; the faults bring their own servers, so that they may crash them.
pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]

# One for each core; the servers are started once for all of a line.
TOGETHER = [["F1", "F3"], ["F4", "F5", "F7", "F12", "F13", "F14"]]
# Left to `make faults`, each with the tests that look at the same in the small.
ALONE = {
    "F2": "mailings/test_sending.py",
    "F9a": "test_story_live.py",
    "F9b": "test_story_live.py",
    "F10a": "endorsements/test_lifecycle.py",
    "F10b": "endorsements/test_lifecycle.py",
    "F15": "test_scanners.py",
    "F16": "test_bad_input.py",
    "F19": "mailings/test_hooks.py",
    "F21": "mailings/test_parcels.py",
    "F24": "voting/test_tampering.py",
    "F25": "voting/test_publication.py",
}


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
    assert set(results) == {*ALONE, *(name for names in TOGETHER for name in names)}
    assert reliability.table(results) in reliability.PAGE.read_text()


@pytest.mark.parametrize("name", ALONE)
def test_what_is_left_alone_is_tested_in_the_small(name):
    assert (PROJECT / "tests" / ALONE[name]).exists()
