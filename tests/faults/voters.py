"""Voters with a link each: they open it, choose, send, and try again until they are told; what they hear is kept."""

import http.client
import json
import os
import random
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from urllib.parse import urlencode, urlsplit

TICKET = re.compile(r'name="ticket" value="([^"]+)"')
NUMBER = re.compile(r'class="number">([^<]+)<')
HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.S)
TRIES, PAUSE = 200, 0.05
LOST = (OSError, http.client.HTTPException)


class Told:
    """The journal of what clients were told, one line of JSON each, written at once."""

    def __init__(self, path):
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def __call__(self, **said):
        os.write(self.file, json.dumps(said).encode() + b"\n")


class Browser:
    """One voter's connection, which may be lost."""

    def __init__(self, url):
        at = urlsplit(url)
        self.host, self.port = at.hostname, at.port
        self.line = None

    def ask(self, method, path, fields=None):
        """(status, page). Raises one of LOST when no whole answer came."""
        if self.line is None:
            self.line = http.client.HTTPConnection(self.host, self.port, timeout=30)
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if fields else {}
        try:
            self.line.request(method, path, urlencode(fields) if fields else None, headers)
            answer = self.line.getresponse()
            return answer.status, answer.read().decode()
        except LOST:
            self.hang_up()
            raise

    def hang_up(self):
        if self.line is not None:
            self.line.close()
        self.line = None


def vote_all(url, ballots, journal, voters, seed, pace=0):
    """Let so many voters at a time cast these ballots, each with retries; back when all were told something."""
    told, waiting = Told(journal), SimpleQueue()
    for ballot in ballots:
        waiting.put(ballot)

    def work(number):
        browser, chance = Browser(url), random.Random(f"{seed}/{number}")
        while True:
            try:
                ballot = waiting.get_nowait()
            except Empty:
                browser.hang_up()
                return
            told(**vote(browser, ballot))
            if pace:
                time.sleep(chance.uniform(0, 2 * pace))

    with ThreadPoolExecutor(voters) as pool:
        for done in [pool.submit(work, number) for number in range(voters)]:
            done.result()


def vote(browser, ballot):
    """One voter's whole way; what she was told in the end, and what went wrong before."""
    heard = {"lost": 0, "statuses": []}
    ticket = ballot.get("ticket")
    if not ticket:
        status, page = until_told(browser, heard, "GET", f"/v/{ballot['token']}")
        found = TICKET.search(page)
        if not found:
            return {**answer_of(status, page), **heard, "credential": ballot["credential"], "ticket": ""}
        ticket = found[1]
    fields = {"ticket": ticket, "go": "send", **{f"c{pk}": f"{option:02d}" for pk, option in ballot["choices"].items()}}
    status, page = until_told(browser, heard, "POST", "/vote/", fields)
    sent = {"credential": ballot["credential"], "ticket": ticket, "choices": ballot["choices"]}
    return {**answer_of(status, page), **heard, **sent}


def until_told(browser, heard, method, path, fields=None):
    """Ask again until an answer comes that is no failure of the server's."""
    for _ in range(TRIES):
        try:
            status, page = browser.ask(method, path, fields)
        except LOST:
            heard["lost"] += 1
            time.sleep(PAUSE)
            continue
        if status < 500:
            return status, page
        heard["statuses"].append(status)
        time.sleep(PAUSE)
    return 0, ""


def answer_of(status, page):
    """What a page says to her: "receipt" with its number, or its heading."""
    number, heading = NUMBER.search(page), HEADING.search(page)
    said = " ".join(heading[1].split()) if heading else ""
    return {"told": "receipt" if status == 200 and number else said, "status": status, "number": number and number[1]}


def journal_of(path):
    """Everything that was told, in order."""
    return [json.loads(line) for line in Path(path).read_text().splitlines()] if Path(path).exists() else []
