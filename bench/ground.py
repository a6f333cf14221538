"""Where all is measured: a PostgreSQL of our own that keeps its promises, production's settings, child processes."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlparse

import psycopg

from bench.watching import Watch
from tests import servers

PROJECT = Path(__file__).resolve().parent.parent
HOST = "vote.example.org"
LONGEST = 1800  # seconds that one child may take


@dataclass
class Ground:
    """A server with two databases, the project's and the floors', and what the project's processes are told."""

    folder: Path
    url: str
    floor_url: str
    environment: dict = field(repr=False)

    def sql(self, *statements, floor=False):
        """Run statements, each by itself; gives the rows of the last."""
        with psycopg.connect(self.floor_url if floor else self.url, autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def manage(self, *words):
        """A command of the project; gives what it prints."""
        return self.run([sys.executable, "manage.py", *words])

    def child(self, module, function, **given) -> dict:
        """What a function of bench.ours or bench.floors answers, with what its process and the server's cost."""
        command = [sys.executable, "-m", "bench.child", f"bench.{module}", function, json.dumps(given)]
        with Watch(root=os.getpid(), memory=True) as watch:
            said = self.run(command)
        whole = watch.said()
        return {**whole, **json.loads(said.splitlines()[-1])}

    def run(self, command) -> str:
        done = subprocess.run(
            command, cwd=PROJECT, env=self.environment, capture_output=True, text=True, timeout=LONGEST
        )
        if done.returncode:
            raise RuntimeError(f"{command[1:5]} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
        return done.stdout


@contextmanager
def ground():
    """A fresh server, an installed project and an empty database for floors; all of it goes away again."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="endorsements-bench-")))
        server = stack.enter_context(servers.postgresql(durable=True))
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("CREATE DATABASE house")
            connection.execute("CREATE DATABASE floor")
        house, floor = (urlparse(server)._replace(path=f"/{name}").geturl() for name in ("house", "floor"))
        environment = {
            **{name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "HOME") if name in os.environ},
            "DJANGO_SETTINGS_MODULE": "endorsements.settings",
            "DATABASE_URL": house,
            "FLOOR_URL": floor,
            "SECRET_KEY": secrets.token_urlsafe(60),
            "KEYS_DIR": str(folder / "keys"),
            "VAR_DIR": str(folder / "var"),
            "BASE_URL": f"https://{HOST}",
            "LOG_LEVEL": "ERROR",
            "RAMP_FROM": "1000000000",  # letters as fast as they go: neither by steps …
            "EMAIL_RATE": "0",  # … nor at a set rate
            "SECOND_FACTOR_FORCED": "0",  # the control room itself is weighed, not the way to it
        }
        made = Ground(folder, house, floor, environment)
        for words in (["migrate", "-v0"], ["createcachetable"], ["collectstatic", "--no-input", "-v0"]):
            made.manage(*words)
        yield made


def empty(made):
    """Take everything out of the project's database."""
    made.manage("flush", "--no-input", "-v0")
    made.sql("TRUNCATE eligibility, envelope, opened_ballot, participation")


def federation(made, *, members, contests, statewide, groups=None):
    """Invent a federation there, and put an empty one in its place first."""
    empty(made)
    size = [f"--members={members}", f"--contests={contests}", f"--statewide={statewide}"]
    made.manage("simulate", *size, *([f"--groups={groups}"] if groups else []))
    made.sql("VACUUM ANALYZE")
