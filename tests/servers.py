"""PostgreSQL and Redis servers of our own: on the loopback, in a folder that goes away, never as root."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import redis

START_SECONDS = 60
PORTS = range(15_000, 32_000)


def find(program):
    """The path of an installed program, looking also where Debian keeps PostgreSQL's; None when absent."""
    found = shutil.which(program)
    if found:
        return found
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: int(path.parts[-3]))
    return str(kept[-1]) if kept else None


def find_browser():
    """The path of an installed Chromium; None when absent."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextmanager
def postgresql(*, durable=False):
    """A fresh PostgreSQL; gives its DATABASE_URL. Fast unless durable, when it keeps its promises as in production."""
    with ExitStack() as stack:
        command, folder, user, url = stack.enter_context(prepared(durable=durable))
        stack.enter_context(running(command, folder, user, lambda: psycopg.connect(url).close()))
        yield url


@contextmanager
def prepared(*, durable):
    """The files of a fresh PostgreSQL that does not run yet, as (command, folder, user, DATABASE_URL)."""
    initdb, server = find("initdb"), find("postgres")
    with own_folder() as (folder, user):
        data, port = folder / "data", free_port()
        for locale in ("C.UTF-8", "C"):  # the first is not everywhere
            shutil.rmtree(data, ignore_errors=True)
            command = [initdb, "-D", data, "-U", "postgres", "--auth=trust", "--no-sync"]
            made = subprocess.run(
                [*command, "--encoding=UTF8", f"--locale={locale}"], capture_output=True, user=user, cwd=folder
            )
            if made.returncode == 0:
                break
        made.check_returncode()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": folder,
            "max_connections": 200,
            # As docs/deploying.md asks of production: no value of a statement reaches the log.
            "log_error_verbosity": "terse",
            "log_parameter_max_length_on_error": 0,
        }
        if not durable:
            # Nothing of it has to outlive the run, so nothing is written twice, and nobody tidies up beside the tests.
            settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum": "off"}
            settings |= {
                "wal_level": "minimal",
                "max_wal_senders": 0,
                "checkpoint_timeout": "1h",
                "max_wal_size": "4GB",
            }
        options = [f"--{name}={value}" for name, value in settings.items()]
        yield [server, "-D", data, *options], folder, user, f"postgres://postgres@127.0.0.1:{port}/postgres"


@contextmanager
def redis_server():
    """A fresh Redis; gives its URL."""
    with own_folder() as (folder, user):
        port = free_port()
        url = f"redis://127.0.0.1:{port}/0"
        command = [find("redis-server"), "--bind", "127.0.0.1", "--port", str(port), "--dir", folder]
        with running([*command, "--save", ""], folder, user, lambda: redis.Redis.from_url(url).ping()):
            yield url


@contextmanager
def own_folder():
    """A folder under the temporary one, and the unprivileged user it belongs to (None: ourselves)."""
    folder = Path(tempfile.mkdtemp(prefix="endorsements-server-"))
    user = None
    try:
        if os.geteuid() == 0:
            users = {entry.pw_name: entry for entry in pwd.getpwall()}
            owner = users.get("postgres") or users["nobody"]
            os.chown(folder, owner.pw_uid, owner.pw_gid)
            user = owner.pw_name
        yield folder, user
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(command, folder, user, answers, *, cwd=None, env=None):
    """A server process, given from its first answer until the block ends."""
    with (folder / "log").open("wb") as log:
        # A session of its own: Ctrl-C in the terminal reaches us alone, and we stop it in order.
        process = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=cwd or folder, user=user, extra_groups=[] if user else None,
            start_new_session=True, env=env,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                answers()
                break
            except (psycopg.OperationalError, redis.ConnectionError) as error:
                if process.poll() is not None or time.monotonic() > deadline:
                    said = (folder / "log").read_text(errors="replace")
                    raise RuntimeError(f"{command[0]} did not start:\n{said}") from error
                time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port():
    """A port of the loopback that nobody listens on just now.

    It lies below those that the system lends to outgoing connections: one of these could take it before its server.
    """
    while True:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", secrets.choice(PORTS)))
            except OSError:  # somebody has it
                continue
            return probe.getsockname()[1]
