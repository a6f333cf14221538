"""The ground that faults are played on: a durable PostgreSQL, a Redis, and a fresh installation for each fault."""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from tests import servers
from tests.living import PROJECT, commands

TEMPLATE = "ground"


class Postgres:
    """A PostgreSQL of our own that can crash and come back; what it acknowledged is on disk."""

    def __init__(self, command, folder, user, url):
        self.run, self.url = (command, folder, user), url
        self.up = None

    def start(self):
        """Come back when it answers; seconds that took."""
        began = time.monotonic()
        self.up = servers.running(*self.run, lambda: psycopg.connect(self.url).close())
        self.process = self.up.__enter__()
        return time.monotonic() - began

    def crash(self):
        """Immediate stop: no session is asked, nothing is written that was not."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()
        self.up.__exit__(None, None, None)

    def stop(self):
        """The end: sessions that are left are hung up on."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)
        self.up.__exit__(None, None, None)

    def sql(self, statement):
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)

    def address(self, name):
        return f"{self.url.rpartition('/')[0]}/{name}"


@contextmanager
def stand():
    """Everything that a run of faults needs, Django in this process included; gives a Ground."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="endorsements-faults-")))
        postgres = Postgres(*stack.enter_context(servers.prepared(durable=True)))
        postgres.start()
        stack.callback(postgres.stop)
        postgres.sql(f"CREATE DATABASE {TEMPLATE}")
        mail = servers.free_port()
        os.environ.update(
            {
                "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
                "VAR_DIR": str(folder / "var"),
                "SECRET_KEY": secrets.token_urlsafe(50),
                "DATABASE_URL": postgres.address(TEMPLATE),
                "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
                "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
                "EMAIL_URL": f"smtp://127.0.0.1:{mail}",
                "LOG_LEVEL": "WARNING",
                "TICK_SECONDS": "1",
                "FAULTS_FOLDER": str(folder),
            }
        )
        # Settings read the environment, so Django begins only now.
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        yield Ground(folder, postgres, mail)


class Ground:
    """The servers of a run; fresh() is an installation on an empty database of its own."""

    def __init__(self, folder, postgres, mail):
        self.folder, self.postgres, self.mail = folder, postgres, mail
        self.made = []

    @contextmanager
    def fresh(self, name):
        """An Installation until the block ends; then all its processes are gone."""
        home = Installation(self, self.folder / name)
        self.enter(name)
        try:
            yield home
        finally:
            home.end()
            leave()
            while self.made:
                self.postgres.sql(f"DROP DATABASE {self.made.pop()} WITH (FORCE)")

    def enter(self, name):
        """Let this process work on a fresh copy of the empty database, with keys of its own."""
        # Django is there only since stand().
        from django.conf import settings
        from django.db import connection

        from journal import clock
        from keys import files

        leave()
        self.postgres.sql(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        self.made.append(name)
        connection.settings_dict["NAME"] = name
        settings.KEYS_DIR = self.folder / name / "keys"
        files.read_once.cache_clear()
        clock.shift_of_tests = type(clock.shift_of_tests)()


def leave():
    """Hang up on the database."""
    # Django is there only since stand().
    from django.db import connections

    connections.close_all()


class Installation:
    """One fault's processes, folder and addresses."""

    def __init__(self, ground, folder):
        folder.mkdir()
        self.ground, self.folder = ground, folder
        self.port = servers.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.journal, self.letters = folder / "told.jsonl", folder / "letters.jsonl"
        self.children, self.processes, self.stack = [], {}, ExitStack()
        self.expected = "what no log says"  # part of the lines that a fault writes into the logs by its nature
        self.environment = {
            **os.environ,
            "HOME": str(folder),
            "DATABASE_URL": ground.postgres.address(folder.name),
            "KEYS_DIR": str(folder / "keys"),
            "VAR_DIR": str(folder / "var"),
            "FAULTS_FOLDER": str(folder),
        }

    def fork(self, function, *args):
        """A forked process of ours that runs this."""
        # Django is there only since stand().
        from tests.faults.nemesis import Child

        self.children.append(Child(self.folder, function, *args))
        return self.children[-1]

    def sink(self, **trouble):
        """The mail server, for the rest of this fault."""
        # Beside the others: a process without Django may read this file.
        from tests.faults import nemesis, sink

        port = self.ground.mail
        child = self.fork(sink.serve, port, self.letters, sink.Trouble(**trouble))
        nemesis.wait_until(lambda: nemesis.listens(port), "the sink does not listen")
        return child

    def redis(self):
        """A Redis of this fault's own; gives its URL."""
        url = self.stack.enter_context(servers.redis_server())
        self.environment["CELERY_BROKER_URL"] = url
        return url

    def start(self, name, command, **environment):
        """One process of the program, with its log."""
        log = (self.folder / f"{name}.log").open("wb")
        self.processes[name] = subprocess.Popen(
            [sys.executable, *command], cwd=PROJECT, env=self.environment | environment, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        return self.processes[name]

    def web(self, workers=2, threads=8):
        """The web server as in production, forked from one that has loaded everything; answers when it returns."""
        command = commands(self.port, "redis")["web"][:4]
        conf = "--config=python:tests.faults.gunicorn_conf"
        self.start("web", [*command, f"--workers={workers}", f"--threads={threads}", "--preload", conf])
        deadline = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=5):
                    return self.processes["web"]
            except OSError:
                if time.monotonic() > deadline or self.processes["web"].poll() is not None:
                    raise
                time.sleep(0.1)

    def celery(self, kind, number=1):
        """A worker or a beat over this installation's Redis."""
        command = commands(self.port, "redis")[kind]
        own = [f"--schedule={self.folder}/beat-{number}"] if kind == "beat" else [f"--hostname=worker{number}@here"]
        return self.start(f"{kind}{number}", [*command, *own])

    def loop(self, number=1):
        """run_loop, which needs no Redis."""
        return self.start(f"loop{number}", ["manage.py", "run_loop", "--every", "1"])

    def workers(self):
        """The process ids of the web server's workers that have loaded and serve."""
        parent = self.processes["web"].pid
        try:
            found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        except FileNotFoundError:
            return []
        return [int(pid) for pid in found if (self.folder / f"{pid}.steps").exists()]

    def mistakes(self):
        """Lines of the logs that are mistakes of ours."""
        said = [
            line for log in sorted(self.folder.glob("*.log")) for line in log.read_text("utf8", "replace").splitlines()
        ]
        found = [line for line in said if line.startswith(("Traceback", "ERROR", "CRITICAL"))]
        return [line for line in found if self.expected not in line]

    def stop(self, name):
        """Ask a process to end, and see it gone."""
        process = self.processes.pop(name)
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def end(self):
        """Nothing of this fault runs any more."""
        for child in self.children:
            child.kill()
        for name in list(self.processes):
            self.stop(name)
        self.stack.close()
