"""Every bench still runs, at a size where it measures nothing; and what is written of a run is what it was."""

import importlib
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection

from bench import crowd, pairs, report, sink, watching
from bench.__main__ import ROWS
from bench.ours import ballots, enqueue, freeze, importing, letters, pages, tally
from endorsements.simulation import federation
from journal import clock

SIZE = 200


@pytest.fixture
def floor(monkeypatch):
    """Floors in the test's own database, beside the project's tables."""
    of = connection.settings_dict
    monkeypatch.setenv("FLOOR_URL", f"postgres://{of['USER']}@{of['HOST']}:{of['PORT']}/{of['NAME']}")

    def run(name, function, **given):
        return getattr(importlib.import_module(f"bench.floors.{name}"), function)(**given)

    yield run
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS person, race, place_on_roll, letter, seats, vote, listed")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_the_projects_steps_are_all_done_and_counted(tmp_path):
    federation.build(federation.Size(members=SIZE, contests=4, statewide=1), now=clock.now())
    assert freeze.prepare() == {"contests": 4}
    first, again = freeze.run(), freeze.run()
    assert first["operations"] == again["operations"] == enqueue.run()["operations"] > SIZE * 0.9
    ballots.prepare()
    forms = ballots.tickets_of(5, str(tmp_path / "forms"))["forms"]
    assert len((tmp_path / "forms").read_text().splitlines()) == forms == 5
    assert letters.prepare(3)["operations"] == 3
    assert letters.run()["operations"] <= 3
    assert {page["status"] for page in pages.run()["pages"].values()} <= {200, 302, 404}
    made = tally.prepare(turnout=1.0, cores=1)
    assert tally.run()["operations"] == made["envelopes"] == tally.count()["operations"] > 0


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_the_floors_do_as_much(floor):
    floor("roll", "prepare", size=SIZE)
    floor("letters", "prepare", size=SIZE)
    floor("counting", "prepare", size=SIZE, contests=5)
    for name in ("roll", "letters", "counting"):
        assert floor(name, "run")["operations"] == SIZE


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_both_sides_take_the_same_people_in_as_often_as_asked(floor, tmp_path):
    ours, bare = str(tmp_path / "list.csv"), str(tmp_path / "floor.csv")
    assert importing.prepare(SIZE, ours)["bytes"] > SIZE * 80
    floor("copying", "prepare", size=SIZE, path=bare)
    for _run in range(2):
        assert importing.run(ours)["operations"] == floor("copying", "run", path=bare)["operations"] == SIZE


def test_a_watch_counts_its_own_work_only():
    with watching.Watch(watching.os.getpid()) as watch:
        sum(number * number for number in range(200_000))
    assert watch.seconds > 0
    assert watch.cpu >= 0
    assert watching.os.getpid() in watching.family(watching.os.getppid())


@contextmanager
def answering(reply):
    """A server that gives one reply to every POST; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                try:
                    line, _address = server.accept()
                except OSError:
                    return
                threading.Thread(target=talk, args=(line,), daemon=True).start()

        def talk(line):
            with line:
                while line.recv(4096):
                    line.sendall(reply)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(("head", "status"), [(b"200 OK", "200"), (b"409 Conflict", "409")])
@pytest.mark.parametrize("rate", [None, 1000])
def test_a_crowd_sends_each_request_once_and_counts_the_answers(head, status, rate):
    forms = [crowd.post("/vote/", f"n={number}", host="vote.example.org") for number in range(20)]
    # In a thread of its own: in this one a loop may run already, that of the browser tests before.
    with answering(b"HTTP/1.1 " + head + b"\r\nContent-Length: 2\r\n\r\nok") as port, ThreadPoolExecutor(1) as aside:
        said = aside.submit(crowd.send, forms, port=port, clients=3, seconds=60, rate=rate).result().said()
    assert (said["operations"], said["status"]) == (20, {status: 20})


def test_the_sink_counts_whole_letters_however_they_arrive(monkeypatch):
    said = []
    monkeypatch.setattr(sink.Sink, "letters", 0)
    line = sink.Sink()
    line.connection_made(
        type("Line", (), {"write": lambda self, text: said.append(text), "close": lambda self: None})()
    )
    for piece in (b"EHLO me\r\nDATA\r\nhel", b"lo\r\n.", b"\r\nCOUNT\r\n", b"DATA\r\nx\r\n.\r\nQUIT\r\n"):
        line.data_received(piece)
    assert sink.Sink.letters == 2
    assert b"250 1\r\n" in said


def test_the_table_holds_the_medians_and_says_what_is_missed(tmp_path):
    ledger = pairs.Ledger(tmp_path, say=lambda text: None)
    for ours, floor in ((3.0, 1.0), (9.0, 2.0), (2.0, 1.0)):
        for side, seconds in (("ours", ours), ("floor", floor)):
            figures = {"seconds": seconds, "cpu": seconds, "steal": 0, "foreign": 0.1, "operations": 1000}
            ledger.note("freeze", side, {**figures, "peak_mib": {"python": 80, "postgres": 310}}, size=1000)

    said = report.table(tmp_path)

    assert "| 3000.00 µs each | 1000.00 µs each | 3.00 ×, CPU 3.00 × | **no** | 3 | 0.10 |" in said
    assert "| freeze | 80 | 310 |" in said
    assert "**not under** 300 MiB" in said


def test_the_desks_pages_are_told_by_how_much_they_grew(tmp_path):
    ledger = pairs.Ledger(tmp_path, say=lambda text: None)
    for size, times in ((1000, (10.0, 20.0)), (50_000, (25.0, 22.0))):
        for page, ms in zip(("/desk/", "/desk/groups/group/"), times, strict=True):
            ledger.note("desk", "ours", {"ms": ms, "queries": 11, "runs": 5}, page=page, size=size, stage="voting")

    said = report.table(tmp_path)

    assert "2 pages and lists" in said
    assert "At most 11 queries a page" in said
    assert "1 of them are over 2" in said
    assert "| `/desk/` | voting | 10.0 ms | 25.0 ms | 2.50 |" in said


def test_the_document_keeps_its_words_and_gets_the_figures(tmp_path):
    document = tmp_path / "performance.md"
    document.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    (tmp_path / "pages.jsonl").write_text(
        json.dumps({"page": "sign-up", "size": 9, "html_gz": 2048, "total": 40_000, "requests": 3, "queries": 1}) + "\n"
    )

    report.write(tmp_path, document)

    assert document.read_text() == f"before\n{report.BEGIN}\n{report.table(tmp_path)}\n{report.END}\nafter\n"
    assert "| sign-up | 9 | 2.0 KB | 39.1 KB | 3 | 1 | **no** |" in document.read_text()


def test_every_row_has_its_name():
    assert {name.partition("-")[0] for name in (row.name for row in report.ROWS)} <= ROWS.keys()
