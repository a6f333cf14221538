"""Opening many envelopes on all cores: processes that get keys and envelopes by a pipe and answer with sorted lines.

They know no database and no settings, keep nothing, and end with whoever started them: their pipe is closed then.
Run as a program this is one of them.
"""

import gc
import hmac
import os
import resource
import struct
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from queue import SimpleQueue

from keys import sealing
from voting import packed, records

PIECE = 2048  # envelopes a message: an eighth of a second's work, 0.3 MB
SIZE = struct.Struct(">I")
HEAD = struct.Struct(">qq32s32s")
SWITCH = 0.0005  # seconds
MOST = 32  # one process hands out envelopes no faster than so many open them
HOUSE = Path(__file__).resolve().parent.parent
# What a Python needs to start. Neither the database's address nor the secret key is any business of an opener.
ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")


class Fault(IntEnum):
    """What is wrong with an envelope."""

    NONE = 0
    MAC = 1  # changed, copied or put in by hand
    KEY = 2  # does not open in its place
    RECORD = 3  # no record of this envelope inside
    OPTION = 4  # not on the ballot


class Irregular(Exception):
    """An envelope of this house that is not as it was cast."""

    def __init__(self, fault: Fault):
        self.fault = fault


@dataclass(frozen=True)
class Answer:
    """Of a chunk: its lines, packed and sorted, or the first envelope that is irregular, by its MAC."""

    fault: Fault
    content: bytes


class Opener:
    """What opens the envelopes of one contest; its keys are read once."""

    def __init__(self, *, round_id: int, contest_id: int, options: Iterable[int], private: bytes, key: bytes):
        self.round_id, self.contest_id, self.options = round_id, contest_id, frozenset(options)
        self.private, self.key = private, key
        self.open_sealed = sealing.opener(private)
        self.mac_of = records.envelope_macs(key, round_id, contest_id)

    def __repr__(self):
        return f"Opener of contest {self.contest_id}"  # no key in any report

    def open(self, envelopes: bytes) -> Answer:
        """The lines of these envelopes, in an order that says nothing of the envelopes'.

        First all MACs, then all boxes: taken in turn, each library would push the other out of the processor's cache.
        """
        some = list(packed.ENVELOPE.iter_unpack(envelopes))
        mac_of, is_right, pack = self.mac_of, hmac.compare_digest, packed.LAYOUT.pack
        for credential, sealed, mac in some:
            if not is_right(mac_of(credential, sealed), mac):
                return Answer(Fault.MAC, mac)
        lines = []
        try:
            for credential, sealed, mac in some:  # noqa: B007 - the last one is the one that is named
                option, line = self.look_into(credential, sealed)
                lines.append(pack(line, option))
        except Irregular as irregular:
            return Answer(irregular.fault, mac)
        lines.sort()
        return Answer(Fault.NONE, b"".join(lines))

    def look_into(self, credential: int, sealed: bytes) -> tuple[int, bytes]:
        """(option, line id) of one envelope of ours; Irregular says what is wrong with it."""
        try:
            record = self.open_sealed(sealed, info=records.info(self.round_id, credential, self.contest_id))
            option, line = records.unpack(record, credential=credential, contest=self.contest_id)
        except sealing.Unopenable:
            raise Irregular(Fault.KEY) from None
        except records.Malformed:
            raise Irregular(Fault.RECORD) from None
        if option not in self.options:
            raise Irregular(Fault.OPTION)
        return option, line

    def as_bytes(self) -> bytes:
        """All it knows, for the pipe to another process's memory."""
        options = struct.pack(f">{len(self.options)}h", *sorted(self.options))
        return HEAD.pack(self.round_id, self.contest_id, self.private, self.key) + options

    @classmethod
    def from_bytes(cls, said: bytes) -> "Opener":
        round_id, contest_id, private, key = HEAD.unpack_from(said)
        options = struct.unpack_from(f">{(len(said) - HEAD.size) // 2}h", said, HEAD.size)
        return cls(round_id=round_id, contest_id=contest_id, options=options, private=private, key=key)


def cores() -> int:
    """How many openers this machine keeps busy."""
    return min(os.cpu_count() or 1, MOST)


class Pool:
    """So many processes that open for whoever asks; one process is this one, and none is started."""

    def __init__(self, processes: int):
        self.processes = processes
        self.stack = ExitStack()
        self.free: SimpleQueue = SimpleQueue()

    def __enter__(self):
        if self.processes > 1:
            # Whoever has an answer to fetch must not wait long for whoever sorts: the opener idles until it is fetched.
            self.stack.callback(sys.setswitchinterval, sys.getswitchinterval())
            sys.setswitchinterval(SWITCH)
            for _ in range(self.processes):
                self.free.put(self.stack.enter_context(started()))
            self.threads = self.stack.enter_context(ThreadPoolExecutor(self.processes))
        return self

    def __exit__(self, *error):
        self.stack.close()

    def answers(self, opener: Opener, pieces: Iterable[bytes]) -> Iterator[Answer]:
        """The answer to each piece, in their order; few of them are in memory at once."""
        if self.processes < 2:
            yield from map(opener.open, pieces)
            return
        said, waiting = opener.as_bytes(), deque()
        for piece in pieces:
            waiting.append(self.threads.submit(self.ask, said, piece))
            if len(waiting) > 2 * self.processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def ask(self, said: bytes, piece: bytes) -> Answer:
        """One piece opened by whichever process is free."""
        process = self.free.get()
        send(process.stdin, said)
        send(process.stdin, piece)
        answer = receive(process.stdout)
        self.free.put(process)
        return Answer(Fault(answer[0]), answer[1:])


@contextmanager
def started():
    """One process that opens, until the block ends. It is told the keys with each piece, and holds the latest."""
    process = subprocess.Popen(
        [sys.executable, "-m", "voting.openers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=HOUSE,
        env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
        start_new_session=True,  # Ctrl-C reaches us alone, and we end it in order
    )
    try:
        yield process
    finally:
        process.kill()  # it holds nothing that has to be put away
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(BrokenPipeError):
                pipe.close()


def send(pipe, message: bytes) -> None:
    pipe.write(SIZE.pack(len(message)) + message)
    pipe.flush()


def receive(pipe) -> bytes:
    """The next message; EOFError when the other side is gone."""
    size = pipe.read(SIZE.size)
    message = pipe.read(SIZE.unpack(size)[0]) if len(size) == SIZE.size else b""
    if not message:
        raise EOFError("The process at the other end of the pipe is gone.")
    return message


def serve(orders, replies) -> None:
    """An opener's life: the keys and a piece, again and again until the pipe is closed."""
    said, opener = b"", None
    while True:
        keys = receive(orders)
        if keys != said:
            said, opener = keys, Opener.from_bytes(keys)
        answer = opener.open(receive(orders))
        send(replies, bytes([answer.fault]) + answer.content)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # choices in memory never become a core file
    gc.disable()  # nothing here refers to itself, and all of it is short-lived
    with suppress(EOFError, BrokenPipeError):
        serve(sys.stdin.buffer, sys.stdout.buffer)
