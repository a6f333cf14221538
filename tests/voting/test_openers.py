"""Opening in other processes: the same answers, and nothing left behind."""

import contextlib
import os
import secrets
import select
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from keys import sealing
from voting import openers, opening, packed, records

CONTEST, ROUND = 5, 3
PIECE = 3


@pytest.fixture(scope="module")
def box():
    """(opener, [(credential, sealed, mac)]) of seven envelopes."""
    private, public = sealing.make_pair()
    key, made = secrets.token_bytes(32), []
    for number in range(7):
        credential = secrets.randbits(63)
        record = records.pack(
            credential=credential, contest=CONTEST, option=number % 3, line_id=secrets.token_bytes(packed.LINE)
        )
        sealed = sealing.seal(record, public, info=records.info(ROUND, credential, CONTEST))
        made.append((credential, sealed, records.envelope_mac(key, ROUND, credential, CONTEST, sealed)))
    opener = openers.Opener(round_id=ROUND, contest_id=CONTEST, options=[0, 1, 2], private=private, key=key)
    return opener, made


def pieces(made, size=PIECE):
    rows = [packed.ENVELOPE.pack(*one) for one in made]
    return [b"".join(rows[at : at + size]) for at in range(0, len(rows), size)]


def answers(opener, made, processes, size=PIECE):
    with openers.Pool(processes) as pool:
        return list(pool.answers(opener, pieces(made, size)))


def test_two_processes_answer_as_one_does_piece_by_piece(box):
    opener, made = box
    here, there = answers(opener, made, 1, size=2), answers(opener, made, 2, size=2)
    assert here == there
    assert [len(answer.content) // packed.WIDTH for answer in here] == [2, 2, 2, 1]
    for answer in here:
        lines = [answer.content[at : at + packed.WIDTH] for at in range(0, len(answer.content), packed.WIDTH)]
        assert lines == sorted(lines)


def test_an_irregular_envelope_is_named_by_its_mac_from_another_process_too(box):
    opener, made = box
    credential, sealed, mac = made[3]
    made = [*made[:3], (credential + 1, sealed, mac), *made[4:]]
    assert answers(opener, made, 2, size=7) == [openers.Answer(openers.Fault.MAC, mac)]


def test_one_pool_opens_contest_after_contest(box):
    opener, made = box
    other = openers.Opener(
        round_id=ROUND, contest_id=CONTEST + 1, options=[0, 1, 2], private=opener.private, key=opener.key
    )
    with openers.Pool(2) as pool:
        first, second, third = (list(pool.answers(one, pieces(made))) for one in (opener, other, opener))
    assert [answer.fault for answer in first + third] == [openers.Fault.NONE] * 6
    assert first == third
    assert [answer.fault for answer in second] == [openers.Fault.MAC] * 3  # made for the other contest


def test_what_an_opener_knows_travels_by_the_pipe_and_is_never_printed(box):
    opener, _made = box
    again = openers.Opener.from_bytes(opener.as_bytes())
    assert again.as_bytes() == opener.as_bytes()
    assert opener.private.hex() not in repr(opener) + str(vars(type(opener)))


def test_a_process_has_no_key_in_its_arguments_or_environment_and_ends_with_the_block(box, monkeypatch):
    opener, made = box
    monkeypatch.setenv("SECRET_KEY", "not for openers")
    with openers.started() as process:
        openers.send(process.stdin, opener.as_bytes())
        openers.send(process.stdin, pieces(made)[0])
        assert openers.receive(process.stdout)[0] == openers.Fault.NONE  # it runs
        said = [Path(f"/proc/{process.pid}/{name}").read_bytes() for name in ("cmdline", "environ")]
        assert not any(word in text for text in said for word in (b"not for openers", opener.private, opener.key))
    assert process.poll() is not None


def test_a_process_ends_when_whoever_started_it_is_killed(box, tmp_path):
    """The pipe closes with its other end, whatever ended that."""
    opener, made = box
    starter = (
        "import os, sys, signal; from voting import openers\n"
        "with openers.started() as process:\n"
        "    for _ in range(2): openers.send(process.stdin, bytes.fromhex(sys.stdin.readline()))\n"
        "    openers.receive(process.stdout)\n"
        "    print(process.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    said = f"{opener.as_bytes().hex()}\n{pieces(made)[0].hex()}\n"
    process = subprocess.run(
        [sys.executable, "-c", starter], cwd=openers.HOUSE, input=said, text=True, capture_output=True
    )
    left = int(process.stdout)
    with contextlib.suppress(ProcessLookupError):
        watched = os.pidfd_open(left)
        assert select.select([watched], [], [], 60)[0]  # readable once the process is over
        os.close(watched)


def test_a_process_that_dies_stops_the_opening_with_an_error():
    with openers.started() as process:
        process.kill()
        with pytest.raises(EOFError):
            openers.receive(process.stdout)


@pytest.mark.django_db(transaction=True)
def test_a_box_with_many_envelopes_is_opened_by_other_processes(voted, close, monkeypatch):
    round, [contest], _entries = voted([1, 1, 2, 1])
    close(round)
    started = []
    real = openers.started
    monkeypatch.setattr(openers, "started", lambda: started.append(1) or real())
    monkeypatch.setattr(openers, "cores", lambda: 2)
    monkeypatch.setattr(opening, "FEW", 4)
    assert opening.open_some(round, now=round.voting_closes_at) is True
    assert len(started) == (2 if connection.vendor == "postgresql" else 0)
    assert opening.left(round) == 0


def test_lines_come_sorted_and_one_that_stands_twice_is_found():
    pairs = [(bytes([first]) * packed.LINE, option) for first, option in ((9, 1), (200, 0), (9, 2), (3, 1))]
    lines = packed.Lines(pairs)
    assert (len(lines), list(lines)) == (4, sorted(pairs))
    assert lines.twice() == bytes([9]) * packed.LINE
    assert packed.Lines(pairs[1:]).twice() is None
    again = packed.Lines()
    again.add_packed(b"".join(packed.LAYOUT.pack(*pair) for pair in pairs))
    assert list(again) == list(lines)
