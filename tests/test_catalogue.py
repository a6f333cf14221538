"""The message catalogues: everything is said, nothing is left over, what is compiled is what is written."""

import gettext
import re

import pytest

from tests.house import ROOT
from tools import messages

CATALOGUES = sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po"))
PARTS = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w+\}|</?\w+[^>]*>|\n")

each_catalogue = pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.parent.name)


@pytest.fixture(scope="module")
def wanted():
    """{(context, singular): plural or None} of the pages and letters for people outside the staff."""
    return messages.wanted()


def test_there_is_a_catalogue():
    assert [path.parent.parent.name for path in CATALOGUES] == ["es"]


def test_the_sources_are_read_whole(wanted):
    """A word of each kind: a page's, a letter's, a plural's, one with a context, a form's, one of Python alone."""
    assert wanted[None, "You have %(n)s vote."] == "You have %(n)s votes."
    for said in ("Send my vote", "Vote by %(closes)s.", "Enter your first name.", "Skip this race"):
        assert (None, said) in wanted
    assert ("time zone", "Eastern") in wanted
    assert (None, "Members whose district is not settled") not in wanted  # the desk's


@each_catalogue
def test_every_message_is_translated_and_no_other(path, wanted):
    assert messages.missing(path) == []
    assert sorted(messages.known(messages.read(path)), key=str) == sorted(wanted, key=str)


@each_catalogue
def test_what_is_compiled_is_what_is_written(path):
    with path.with_suffix(".mo").open("rb") as made:
        compiled = gettext.GNUTranslations(made)
    for (context, singular), string in messages.known(messages.read(path)).items():
        if isinstance(string, tuple):
            both = [compiled.ngettext(singular, "", number) for number in (1, 2)]
            assert tuple(both) == string
        else:
            said = compiled.pgettext(context, singular) if context else compiled.gettext(singular)
            assert said == string
    assert compiled.info()["pot-creation-date"] == "2026-01-01 00:00+0000"  # else each run makes another file


@each_catalogue
def test_no_text_loses_a_part_on_the_way(path, wanted):
    for (context, singular), string in messages.known(messages.read(path)).items():
        plural = wanted[context, singular]
        pairs = [(singular, string[0]), (plural, string[1])] if plural else [(singular, string)]
        for source, said in pairs:
            if not context:  # a format of dates is written anew
                assert sorted(PARTS.findall(said)) == sorted(PARTS.findall(source)), said


def glossary():
    """[(English word, the beginnings one of which its translation has)] of the glossary's table."""
    lines = (ROOT / "locale/es/LC_MESSAGES/glossary.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return [(row[0], [one.strip() for one in row[2].split(",")]) for row in rows[1:]]


@pytest.mark.parametrize(("word", "beginnings"), glossary(), ids=[word for word, _ in glossary()])
def test_a_word_of_the_trade_is_always_the_same(word, beginnings):
    meant = re.compile(rf"\b{word}s?\b", re.I)
    used = 0
    for (_context, singular), string in messages.known(messages.read(CATALOGUES[0])).items():
        if meant.search(re.sub(r"%\(\w+\)s|<[^>]*>", "", singular)):
            said = " ".join(string) if isinstance(string, tuple) else string
            used += 1
            assert any(one in said.lower() for one in beginnings), (singular, said)
    assert used
