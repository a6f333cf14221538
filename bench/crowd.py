"""A crowd that sends prepared POSTs over kept connections: as fast as it is answered, or at a steady rate.

One process, one thread; each request is sent once. It counts answers by status and keeps each one's time.
"""

import asyncio
import re
import time
from collections import Counter
from dataclasses import dataclass, field

LENGTH = re.compile(rb"(?i)\r\ncontent-length: *([0-9]+)")
LATEST = 30  # seconds that an answer may take


@dataclass
class Answers:
    """What came back: how often each status, every answer's seconds, and how long it all took."""

    status: Counter = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    whole: float = 0.0

    def percentile(self, share) -> float:
        """Milliseconds that this share of the answers did not exceed."""
        return round(sorted(self.seconds)[min(len(self.seconds) - 1, int(len(self.seconds) * share))] * 1000, 1)

    def said(self) -> dict:
        return {
            "operations": len(self.seconds),
            "status": {str(code): count for code, count in sorted(self.status.items())},
            "p50_ms": self.percentile(0.50),
            "p99_ms": self.percentile(0.99),
            "a_second": round(len(self.seconds) / self.whole, 1),
        }


def post(path, body, *, host, cookies="", headers=()) -> bytes:
    """One POST of a form as it goes over the wire."""
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {host}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        *([f"Cookie: {cookies}"] if cookies else []),
        *headers,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def send(requests, *, port, clients, seconds, rate=None) -> Answers:
    """Send from a list until it or the time is over; with a rate, each at its own instant."""
    return asyncio.run(crowd(iter(requests), port, clients, seconds, rate))


async def crowd(requests, port, clients, seconds, rate):
    answers, began = Answers(), time.perf_counter()
    turns = due(began, rate) if rate else None
    await asyncio.gather(*(client(requests, port, began + seconds, turns, answers) for _ in range(clients)))
    answers.whole = time.perf_counter() - began
    return answers


def due(began, rate):
    """The instants at which a steady crowd sends, one after the other."""
    number = 0
    while True:
        yield began + number / rate
        number += 1


async def client(requests, port, until, turns, answers):
    """One kept connection. At a steady rate a late answer counts from when its request was due."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while True:
            begun = next(turns) if turns else time.perf_counter()
            if begun >= until:
                return
            if (early := begun - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            request = next(requests, None)
            if request is None:
                return
            writer.write(request)
            answers.status[await asyncio.wait_for(answer(reader), LATEST)] += 1
            answers.seconds.append(time.perf_counter() - begun)
    finally:
        writer.close()


async def answer(reader) -> int:
    """The status of the next answer, its body read."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = LENGTH.search(head)
    await reader.readexactly(int(length[1]) if length else 0)
    return int(head[9:12])
