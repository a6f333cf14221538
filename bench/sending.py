"""Letters: one by one over SMTP beside Django's own way, and in batches to a provider that answers at once."""

import smtplib
import sys
import urllib.request
from contextlib import contextmanager

import psycopg

from bench.ground import PROJECT
from tests import servers

# Ballot letters of one run.
BY_SMTP, BY_BATCH = 4000, 30_000


def measure(ground, ledger, *, size, runs, seconds):
    """Both rows; every letter that a side says it sent has come in."""
    kept = dict(ground.environment)
    with served(ground, "bench.sink", count_of_sink) as (port, counted):
        ground.environment |= {"EMAIL_URL": f"smtp://127.0.0.1:{port}"}
        count = min(size, BY_SMTP)
        ground.child("ours.letters", "prepare", count=count)
        sides = {
            "ours": lambda: checked(counted, ground.child("ours.letters", "run")),
            "floor": lambda: checked(counted, ground.child("floors.mail", "smtp", port=port, count=count)),
        }
        ledger.turns("letters-smtp", runs, sides, size=size)
    ground.environment.clear()
    ground.environment.update(kept)
    with served(ground, "tests.providers", count_of_provider) as (port, counted):
        ground.environment |= {
            "EMAIL_BACKEND": "anymail.backends.mailgun.EmailBackend",
            "MAILGUN_API_KEY": "key",
            "MAILGUN_SENDER_DOMAIN": "example.org",
            "MAILGUN_API_URL": f"http://127.0.0.1:{port}/mailgun/v3",
        }
        count = min(size, BY_BATCH)
        ground.child("ours.letters", "prepare", count=count)
        ledger.turns(
            "letters-batch",
            runs,
            {"ours": lambda: checked(counted, ground.child("ours.letters", "run"))},
            size=size,
        )
    ground.environment.clear()
    ground.environment.update(kept)


def checked(counted, figures):
    """The figures, once what came in is what was sent."""
    came = counted()
    if came != figures["operations"]:
        raise RuntimeError(f"{figures['operations']} letters were sent, and {came} came in")
    return {**figures, "a_second": round(figures["operations"] / figures["seconds"], 1)}


@contextmanager
def served(ground, module, count):
    """A server of letters; gives its port, and what says how many came in since it was asked last."""
    port = servers.free_port()
    folder = ground.folder / module
    folder.mkdir(exist_ok=True)
    seen = 0

    def counted():
        nonlocal seen
        before, seen = seen, count(port)
        return seen - before

    def answers():
        try:
            count(port)
        except OSError as error:
            raise psycopg.OperationalError(str(error)) from error

    command = [sys.executable, "-m", module, str(port)]
    with servers.running(command, folder, None, answers, cwd=PROJECT, env=ground.environment):
        yield port, counted


def count_of_sink(port) -> int:
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as line:
        return int(line.docmd("COUNT")[1])


def count_of_provider(port) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/count", timeout=20) as answer:
        said = answer.read().decode()
    return int("".join(sign for sign in said if sign.isdigit()) or 0)
