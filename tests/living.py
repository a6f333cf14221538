"""A whole installation of a test's own: web server, worker and beat, each a process, on a fresh database.

Over a Redis of its own where that is installed; else the embedded default, all three in one process.
"""

import base64
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlparse
from uuid import uuid4

import psycopg

from tests import servers

PROJECT = Path(__file__).resolve().parent.parent
PATIENCE = 60  # seconds to start, and for whatever a test waits for

# What an installation needs before anybody works with it. The questions are the sample's.
PREPARE = """
from django.core.management import call_command
from journal import clock
from rounds.models import Cycle

call_command("migrate", verbosity=0)
call_command("createcachetable", verbosity=0)
call_command("collectstatic", verbosity=0, interactive=False)
call_command("make_roles")
call_command("import_places")
today = clock.now()
year = today.year + (today.month >= 11)
cycle = Cycle.objects.create(year=year + year % 2, name="The cycle")
call_command(
    "import_questionnaire", "endorsements/sample/questions.csv", "--cycle", str(cycle.year), "--version", "1",
    "--title", "Questions", "--core", "Democracy", "--current",
)
"""

# Time passes: all that has an instant moves into the past, by as much as is left until the date.
LET_COME = """
from datetime import timedelta
from django.db import models, transaction
from journal import clock
from mailings.models import Letter
from rounds.models import Round
from vetting.models import Response

with transaction.atomic():
    left = Round.objects.get().{date} - clock.now() + timedelta(days={days}, seconds=1)
    for rows in (Round.objects.all(), Response.objects.all(), Letter.objects.filter(state=Letter.State.READY)):
        instants = [one.name for one in rows.model._meta.concrete_fields if isinstance(one, models.DateTimeField)]
        rows.update(**{{name: models.F(name) - left for name in instants}})
"""


@dataclass
class House:
    """A running installation: where it is, what it is called with, and what it says and passes on."""

    url: str
    folder: Path
    environment: dict = field(repr=False)
    broker: str | None = None  # its Redis; None: everything is one process
    wire: bytearray | None = field(default=None, repr=False)  # every command that reached that Redis

    def shell(self, code):
        """Run lines of Python in "manage.py shell"; gives what they print."""
        command = [sys.executable, "manage.py", "shell", "--no-imports", "--command", code]
        done = subprocess.run(command, cwd=PROJECT, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{code}\n{done.stdout}{done.stderr}")
        return done.stdout

    def let_come(self, date, days=0):
        """Let time pass until just after this date of the one round, or days after it; nobody sleeps for it."""
        self.shell(LET_COME.format(date=date, days=days))

    def said(self):
        """All that its processes wrote, by their names."""
        return {log.stem: log.read_text(errors="replace") for log in sorted(self.folder.glob("*.log"))}

    def kept(self):
        """All that stands in its files, letters aside: a database that is a file among them."""
        said = []
        for path in self.folder.rglob("*"):
            if path.is_file() and "outbox" not in path.parts:
                with suppress(FileNotFoundError):  # its processes still run, and put files away
                    said.append(path.read_bytes().decode(errors="replace"))
        return "\n".join(said)

    def passed_on(self):
        """All that went over the broker, with the bodies of the messages unpacked; "" without a broker."""
        said = bytes(self.wire or b"").decode(errors="replace")
        packed = {one[: len(one) // 4 * 4] for one in re.findall(r"[A-Za-z0-9+/]{12,}={0,2}", said)}
        return "\n".join([said, *(base64.b64decode(one).decode(errors="replace") for one in packed)])


@contextmanager
def house(furnish="", *, over_redis=True):
    """A fresh installation with the lines in furnish run in it, until the block ends; then prints its logs."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="endorsements-living-")))
        port = servers.free_port()
        home = House(f"http://127.0.0.1:{port}", folder, {})
        home.environment = {
            **{name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ},
            "HOME": str(folder),
            "VAR_DIR": str(folder / "var"),
            "BASE_URL": home.url,
            "EMBEDDED": "1",
            "TICK_SECONDS": "0.3",
            "LOG_LEVEL": "INFO",
            "DATABASE_URL": stack.enter_context(own_database(folder)),
        }
        if over_redis and servers.find("redis-server"):
            home.broker = home.environment["CELERY_BROKER_URL"] = stack.enter_context(servers.redis_server())
            home.wire = stack.enter_context(overheard(home.broker))
        home.shell(PREPARE + furnish)
        try:
            run = commands(port, home.broker)
            processes = [stack.enter_context(running(name, command, home)) for name, command in run.items()]
            wait_for_answer(home, processes)
            yield home
        finally:  # pytest shows it where the test has failed
            for name, log in home.said().items():
                print(f"== {name}\n{log[-4000:]}")


def commands(port, broker):
    """What runs, by name: three processes over a broker, or the embedded one."""
    if not broker:
        return {"demo": ["manage.py", "demo", "--empty", "--port", str(port)]}
    web = ["-m", "gunicorn", "endorsements.wsgi", f"--bind=127.0.0.1:{port}", "--worker-class=gthread"]
    celery = ["-m", "celery", "--app=endorsements.celery"]
    return {
        "web": [*web, "--workers=2", "--threads=4"],
        "worker": [*celery, "worker", "--pool=threads", "--concurrency=2"],
        "beat": [*celery, "beat"],
    }


@contextmanager
def running(name, command, home):
    """One process with its log in the folder; asked to end, and only then made to."""
    with (home.folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=PROJECT, env=home.environment, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # its workers too
            process.wait()


@contextmanager
def own_database(folder):
    """The address of a fresh database: a file, or one of the PostgreSQL server that this test run is on."""
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        yield f"sqlite:///{folder}/living.sqlite3"
        return
    name = f"living_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield urlparse(server)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def overheard(broker):
    """Everything that any process says to this Redis, as it is said."""
    at, heard = urlparse(broker), bytearray()
    with socket.create_connection((at.hostname, at.port)) as line:

        def listen():
            try:
                while said := line.recv(1 << 16):
                    heard.extend(said)
            except OSError:
                pass  # the line was closed

        line.sendall(b"MONITOR\r\n")
        threading.Thread(target=listen, daemon=True).start()
        yield heard
        line.shutdown(socket.SHUT_RDWR)


def wait_for_answer(home, processes):
    """Come back when the site answers; raise when one of the processes has ended instead."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(f"{home.url}/healthz", timeout=5):
                return
        except OSError:
            if time.monotonic() > deadline or any(process.poll() is not None for process in processes):
                raise
        time.sleep(0.2)
