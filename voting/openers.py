"""Opening many envelopes on all cores: processes that get keys and envelopes by a pipe and answer with sorted lines.

They know no database and no settings, keep nothing, and end with whoever started them: their pipe is closed then.
Run as a program this is one of them.
"""

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
from itertools import islice
from pathlib import Path
from queue import SimpleQueue

from keys import sealing
from voting import packed, records

CHUNK = 4096  # envelopes a message: a quarter of a second's work, 0.6 MB
ENVELOPE = struct.Struct(f">q{sealing.SEALED}s32s")
SIZE = struct.Struct(">I")
HEAD = struct.Struct(">qq32s32s")
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

    def __repr__(self):
        return f"Opener of contest {self.contest_id}"  # no key in any report

    def open(self, envelopes: bytes) -> Answer:
        """The lines of these envelopes, in an order that says nothing of the envelopes'."""
        lines = []
        for credential, sealed, mac in ENVELOPE.iter_unpack(envelopes):
            fault, option, line = self.look_into(credential, sealed, mac)
            if fault:
                return Answer(fault, mac)
            lines.append(packed.LAYOUT.pack(line, option))
        return Answer(Fault.NONE, b"".join(sorted(lines)))

    def look_into(self, credential: int, sealed: bytes, mac: bytes) -> tuple[Fault, int, bytes]:
        """(fault, option, line id) of one envelope."""
        right = records.envelope_mac(self.key, self.round_id, credential, self.contest_id, sealed)
        if not hmac.compare_digest(right, mac):
            return Fault.MAC, 0, b""
        try:
            record = self.open_sealed(sealed, info=records.info(self.round_id, credential, self.contest_id))
            option, line = records.unpack(record, credential=credential, contest=self.contest_id)
        except sealing.Unopenable:
            return Fault.KEY, 0, b""
        except records.Malformed:
            return Fault.RECORD, 0, b""
        return (Fault.NONE, option, line) if option in self.options else (Fault.OPTION, 0, b"")

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


def answers(opener: Opener, envelopes: Iterable[bytes], *, processes: int) -> Iterator[Answer]:
    """The answer to each chunk of the envelopes, in their order; here when processes is 1, else on so many cores."""
    envelopes = iter(envelopes)
    chunks = iter(lambda: b"".join(islice(envelopes, CHUNK)), b"")
    if processes < 2:
        yield from map(opener.open, chunks)
        return
    with ExitStack() as stack:
        free: SimpleQueue = SimpleQueue()
        for _ in range(processes):
            free.put(stack.enter_context(started(opener)))

        def handed(chunk):
            process = free.get()
            send(process.stdin, chunk)
            answer = receive(process.stdout)
            free.put(process)
            return Answer(Fault(answer[0]), answer[1:])

        threads = stack.enter_context(ThreadPoolExecutor(processes))
        waiting: deque = deque()
        for chunk in chunks:
            waiting.append(threads.submit(handed, chunk))
            if len(waiting) > 2 * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@contextmanager
def started(opener: Opener):
    """One process that holds the opener's keys, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "voting.openers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=HOUSE,
        env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
        start_new_session=True,  # Ctrl-C reaches us alone, and we end it in order
    )
    try:
        send(process.stdin, opener.as_bytes())
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
    """An opener's life: the keys, then chunks until the pipe is closed."""
    opener = Opener.from_bytes(receive(orders))
    while True:
        answer = opener.open(receive(orders))
        send(replies, bytes([answer.fault]) + answer.content)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # choices in memory never become a core file
    with suppress(EOFError, BrokenPipeError):
        serve(sys.stdin.buffer, sys.stdout.buffer)
