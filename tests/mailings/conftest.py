"""A sample app that sends letters: a roll of people, each with a private link under /sample/."""

import copy
import itertools
from pathlib import Path

import pytest
from django.core import mail

from keys import links
from mailings import letters, queue
from mailings.letters import NEWS, Draft

TEMPLATES = Path(__file__).parent / "templates"


class SampleApp:
    """Writes the letters sample.note, sample.news and sample.broken to the people on its roll.

    merge is what a test replaces to plant a bug: it gets the right answers and hands on what it likes.
    """

    def __init__(self):
        self.roll = {}
        self.languages = {}
        self.words = {}
        self.sent = []
        self.asked = []
        self.merge = lambda answers: answers
        self.follow = None
        self.shares = lambda letter: None  # what makes the text of two letters alike

    def seat(self, address, name="Ben", language="en", words="It is time."):
        seat = len(self.roll) + 1
        self.roll[seat] = address, name
        self.languages[seat], self.words[seat] = language, words
        return seat

    def seats(self, n):
        return [self.seat(f"person{i}@example.org", f"Person {i}") for i in range(len(self.roll), len(self.roll) + n)]

    def link(self, settings, seat):
        return f"{settings.BASE_URL}/sample/{links.standing('sample', seat)}"

    def owners(self, tokens, now):
        found = {token: links.subject_of(token) for token in tokens if links.standing_holds(token, "sample")}
        return {token: self.roll[seat][0] for token, seat in found.items() if seat in self.roll}


@pytest.fixture
def sample(settings, monkeypatch):
    """The sample app, registered for this test only; its letters' templates stand beside this file."""
    app = SampleApp()
    settings.TEMPLATES = copy.deepcopy(settings.TEMPLATES)
    settings.TEMPLATES[0]["DIRS"] = [TEMPLATES, *settings.TEMPLATES[0]["DIRS"]]
    monkeypatch.setattr(letters, "_letters", {})
    monkeypatch.setattr(letters, "_owners", {})
    letters.owner_of_links("/sample/")(app.owners)

    def draft(letter, **headers):
        address, name = app.roll[letter.seat]
        own = app.link(settings, letter.seat)
        context = {"words": app.words[letter.seat], "own_link": own}
        shared = {"circular": app.shares(letter), "own": {"own_link": own}}
        return Draft(address, app.languages[letter.seat], context, name=name, link=own, headers=headers, **shared)

    def on_sent(some, now):
        app.sent += [letter.seat for letter in some]
        if app.follow:
            app.follow(some, now)

    @letters.register("sample.note", priority=20, on_sent=on_sent, circular=True)
    def note(some, now):
        app.asked.append([letter.seat for letter in some])
        return app.merge({letter.pk: draft(letter) for letter in some})

    @letters.register("sample.news", kind=NEWS, priority=30, circular=True)
    def news(some, now):
        return {
            letter.pk: draft(letter, **{"List-Unsubscribe": f"<{settings.BASE_URL}/news/{letter.seat}/>"})
            for letter in some
        }

    @letters.register("sample.broken", priority=10)
    def broken(some, now):
        return {letter.pk: draft(letter) for letter in some}

    return app


@pytest.fixture
def in_line(sample, at):
    """Put letters in line at noon: in_line(seats, name="sample.note", topic="round:1", …) -> how many are new."""
    wave = itertools.count()

    def enqueue(seats, name="sample.note", topic="round:1", now=None, **rest):
        rest.setdefault("wave", next(wave))
        return queue.enqueue(name, seats=seats, now=now or at("2026-03-12 12:00"), topic=topic, subject=1, **rest)

    return enqueue


@pytest.fixture
def noon(at):
    return at("2026-03-12 12:00")


@pytest.fixture
def told():
    """Whom the letters of the test's outbox went to, in order."""
    return lambda: [message.to[0].partition("<")[2].rstrip(">") or message.to[0] for message in mail.outbox]
