"""Votes over HTTP: the final send of one contest beside the smallest Django site, and a steady hundred a second."""

import os
import sys
import time
from contextlib import ExitStack, contextmanager

import psycopg

from bench import crowd
from bench.ground import HOST, PROJECT
from bench.watching import Watch
from tests import servers

CLIENTS, WORKERS, THREADS = 32, 2, 8
RATE = 100
# Forms made for a second of sending: more than can be sent.
A_SECOND = 1200
OURS = ["X-Forwarded-Proto: https", f"Origin: https://{HOST}", "Sec-Fetch-Site: same-origin", "Accept-Encoding: gzip"]
TOKEN = "a" * 32


def measure(ground, ledger, *, size, runs, seconds):
    """The row: both servers stand, one is sent to at a time."""
    with ExitStack() as stack:
        ours = stack.enter_context(gunicorn(ground, "endorsements.wsgi"))
        floor = stack.enter_context(gunicorn(ground, "bench.floors.site:application"))
        whole = min(size, int(A_SECOND * seconds))

        def votes():
            return sent(our_forms(ground, whole), ours, seconds, expect=lambda: cast(ground))

        def bare():
            ground.child("floors.site", "prepare", size=whole)
            return sent(bare_forms(whole), floor, seconds, expect=lambda: taken(ground))

        for side in (votes, bare):  # the first answers of a process load its templates
            side()
        ledger.turns("cast", runs, {"ours": votes, "floor": bare}, size=size)
        ledger.turns(
            "cast-steady",
            runs,
            {"ours": lambda: sent(our_forms(ground, whole), ours, seconds, expect=lambda: cast(ground), rate=RATE)},
            size=size,
        )


def sent(forms, port, seconds, *, expect, rate=None):
    """What one run of sending cost, over all processes; raises unless every answer was 200 and every vote is in."""
    with Watch(root=os.getpid(), memory=True) as watch:
        answers = crowd.send(forms, port=port, clients=CLIENTS, seconds=seconds, rate=rate)
    in_the_box = expect()
    if set(answers.status) != {200} or in_the_box != len(answers.seconds):
        raise RuntimeError(f"{answers.said()}, and {in_the_box} votes are in")
    figures = {**watch.said(), **answers.said(), "non2xx": 0}
    return {**figures, "cpu_ms": round(watch.cpu / len(answers.seconds) * 1000, 2)}


def our_forms(ground, count):
    """The prepared final sends of distinct voters."""
    file = ground.folder / "forms"
    ground.child("ours.ballots", "tickets_of", count=count, file=str(file))
    return [crowd.post("/vote/", body, host=HOST, headers=OURS) for body in file.read_text().splitlines()]


def bare_forms(count):
    """As many for the floor, each place once, scattered over the table."""
    cookies, headers = f"csrftoken={TOKEN}; sessionid={TOKEN}", [f"X-CSRFToken: {TOKEN}"]
    order = sorted(range(1, count + 1), key=lambda number: number * 7919 % 99_991)
    return [
        crowd.post(f"/v/{number}", f"choice={number % 3}", host="127.0.0.1", cookies=cookies, headers=headers)
        for number in order
    ]


def cast(ground) -> int:
    return ground.sql("SELECT count(*) FROM envelope")[0][0]


def taken(ground) -> int:
    return ground.sql("SELECT count(*) FROM paper", floor=True)[0][0]


@contextmanager
def gunicorn(ground, application):
    """The site under gunicorn as production runs it; gives its port."""
    port = servers.free_port()
    command = [
        sys.executable, "-m", "gunicorn", application, f"--bind=127.0.0.1:{port}", "--worker-class=gthread",
        f"--workers={WORKERS}", f"--threads={THREADS}",
    ]  # fmt: skip
    folder = ground.folder / f"gunicorn-{port}"
    folder.mkdir()
    with servers.running(command, folder, None, lambda: knock(port), cwd=PROJECT, env=ground.environment):
        yield port


def knock(port):
    """Come back when somebody answers; servers.running waits for it."""
    try:
        crowd.asyncio.run(crowd.asyncio.wait_for(crowd.asyncio.open_connection("127.0.0.1", port), 5))
    except OSError as error:
        raise psycopg.OperationalError(str(error)) from error
    time.sleep(1)  # the workers are forked once the port is open
