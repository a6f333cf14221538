"""The letters there are."""

import re

import pytest
from django.template import engines

from mailings import letters


def test_every_letter_has_its_three_templates():
    engine = engines["django"].engine
    assert letters.names()
    for name in letters.names():
        for part in ["subject.txt", "txt", "html"]:
            assert engine.get_template(letters.find(name).template(part)), (name, part)


def test_every_letter_wears_the_layout():
    engine = engines["django"].engine
    for name in letters.names():
        for part in ["txt", "html"]:
            template = letters.find(name).template(part)
            while template != f"emails/layout.{part}":
                found = re.match(r'{% extends "([^"]+)" %}', engine.get_template(template).source)
                assert found, template
                template = found[1]


def test_a_registered_letter_is_found(monkeypatch):
    monkeypatch.setattr(letters, "_letters", {})

    @letters.register("sample.one", kind=letters.NEWS, priority=5, on_sent=print)
    def one(some, now):
        return {}

    found = letters.find("sample.one")
    assert (found.write, found.kind, found.priority, found.on_sent) == (one, letters.NEWS, 5, print)
    assert found.template("subject.txt") == "emails/sample/one.subject.txt"
    assert letters.names() == ["sample.one"]


def test_two_functions_cannot_share_a_name(monkeypatch):
    monkeypatch.setattr(letters, "_letters", {})
    letters.register("sample.one")(test_every_letter_has_its_three_templates)
    letters.register("sample.one")(test_every_letter_has_its_three_templates)
    with pytest.raises(ValueError, match=r"sample\.one"):
        letters.register("sample.one")(test_every_letter_wears_the_layout)


def test_a_letter_nobody_registered():
    with pytest.raises(LookupError, match=r"No letter is registered as sample\.nothing"):
        letters.find("sample.nothing")
