"""The mail server of the faults: writes down what it accepted, and misbehaves as often as it is told to."""

import json
import os
import random
import re
import socketserver
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass
from email import message_from_bytes, policy
from pathlib import Path


@dataclass(frozen=True)
class Trouble:
    """How often (share of the letters) it does what, decided by seed, address and attempt alone."""

    seed: int = 0
    keeps: float = 0  # accepts the letter and hangs up without saying so
    closes: float = 0  # 421 in place of an answer
    refuses: float = 0  # 550, for this address each time
    resets: float = 0  # hangs up in the middle of the letter
    slow: float = 0  # seconds that a letter takes

    def of(self, address, attempt):
        """What happens to this attempt: "keeps", "closes", "resets", "refuses" or ""."""
        if random.Random(f"{self.seed}/{address}").random() < self.refuses:
            return "refuses"
        drawn = random.Random(f"{self.seed}/{address}/{attempt}").random()
        for name in ("keeps", "closes", "resets"):
            if drawn < getattr(self, name):
                return name
            drawn -= getattr(self, name)
        return ""


class Post(socketserver.StreamRequestHandler):
    """One connection; as much SMTP as Django's backend speaks."""

    timeout = 120

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self):
        try:
            self.converse()
        except OSError:
            pass  # a killed sender hangs up

    def converse(self):
        self.say("220 sink")
        to = fate = ""
        while said := self.rfile.readline():
            verb = said[:4].upper()
            if verb == b"EHLO":
                self.wfile.write(b"250-sink\r\n250 8BITMIME\r\n")
            elif verb == b"RCPT":
                to = re.search(rb"<([^>]*)>", said)[1].decode()
                fate = self.server.fate(to)
                if fate == "closes":
                    self.say("421 4.3.2 closing")
                    return
                self.say("550 5.1.1 nobody here" if fate == "refuses" else "250 ok")
            elif verb == b"DATA":
                self.say("354 go on")
                body = self.letter(fate == "resets")
                if body is None:
                    return
                self.server.accept(to, body)
                if fate == "keeps":
                    return
                self.say("250 ok")
            elif verb == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def letter(self, cut):
        lines = []
        while (line := self.rfile.readline()) and line != b".\r\n":
            lines.append(line[1:] if line.startswith(b"..") else line)
            if cut and len(lines) > 20:
                return None
        return b"".join(lines) if line else None


class Sink(socketserver.ThreadingTCPServer):
    """Listens on the loopback; its journal has one line of JSON for each letter accepted."""

    allow_reuse_address = daemon_threads = True
    request_queue_size = 64

    def __init__(self, port, journal, trouble):
        super().__init__(("127.0.0.1", port), Post)
        self.trouble, self.lock = trouble, threading.Lock()
        self.attempts, self.fates = Counter(), Counter()
        self.journal = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def fate(self, address):
        with self.lock:
            self.attempts[address] += 1
            fate = self.trouble.of(address, self.attempts[address])
        self.write({"tried": address, "fate": fate})
        return fate

    def accept(self, to, body):
        if self.trouble.slow:
            time.sleep(self.trouble.slow)
        message = message_from_bytes(body, policy=policy.default)
        text = message.get_body(("plain",)).get_content()
        links = sorted(set(re.findall(r"https?://\S+/v/\S+", text)))
        header = [one.addr_spec for one in message["To"].addresses]
        self.write(
            {"to": to, "header": header, "links": links, "id": message["Message-ID"], "subject": message["Subject"]}
        )

    def write(self, said):
        os.write(self.journal, json.dumps(said).encode() + b"\n")


def serve(port, journal, trouble):
    """Run until killed."""
    with Sink(port, journal, trouble) as sink:
        sink.serve_forever()


def accepted(journal):
    """Every letter that was accepted, in order."""
    return [said for said in lines(journal) if "to" in said]


def tried(journal):
    """{address: the fates of its attempts}."""
    found = {}
    for said in lines(journal):
        if "tried" in said:
            found.setdefault(said["tried"], []).append(said["fate"])
    return found


def lines(journal):
    return [json.loads(line) for line in Path(journal).read_text().splitlines()] if Path(journal).exists() else []


def in_words(trouble):
    """The shares, for a report."""
    return {name: share for name, share in asdict(trouble).items() if name not in ("seed", "slow")}
