"""What ./run starts, as a process of its own: web, worker and beat in one, ended by Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.servers import free_port

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60


@pytest.fixture
def manage(tmp_path):
    """Runs a management command in an embedded installation of the test's own; gives the process."""
    ours = ("DATABASE_URL", "SECRET_KEY", "KEYS_DIR", "CELERY_BROKER_URL", "DJANGO_SETTINGS_MODULE")
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    environment |= {"EMBEDDED": "1", "VAR_DIR": str(tmp_path), "TICK_SECONDS": "0.5"}
    running = []

    def start(*words):
        process = subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()


def read(address):
    """A page's text, once the server answers."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return urlopen(address).read().decode()
        except URLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def test_one_process_serves_ticks_and_stops_cleanly(manage):
    planned = ["open_round", "Round 1", "--cycle", "2026", "--starts", "2026-01-05"]
    port = free_port()
    assert manage("demo", "--empty", "--prepare-only").wait(PATIENCE) == 0
    assert manage(*planned).wait(PATIENCE) == 0

    site = manage("demo", "--empty", "--port", str(port))
    page = read(f"http://127.0.0.1:{port}/")
    until = time.monotonic() + PATIENCE
    # A draft is shown nowhere: beat and worker, threads of that process, open it.
    while "Round 1" not in (rounds := read(f"http://127.0.0.1:{port}/rounds/")) and time.monotonic() < until:
        time.sleep(0.3)
    site.send_signal(signal.SIGINT)
    said, _nothing = site.communicate(timeout=PATIENCE)

    assert "Sample Federation" in page
    assert "Round 1" in rounds
    assert site.returncode == 0
    assert "Stopping" in said
    assert "Traceback" not in said


def test_a_taken_port_is_said_and_not_traced(manage):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        site = manage("demo", "--empty", "--port", str(port))
        said, _nothing = site.communicate(timeout=PATIENCE)

    assert (site.returncode, f"Port {port} is taken" in said, "Traceback" in said) == (1, True, False)
