"""Plain text: 76 characters, links whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailings.prose import WIDTH, in_one_line, wrap

LINK = "https://vote.example.org/v/AAAAAAAAAAE.abcdefghijklmnopqrstuvwxyz1" + "x" * 40


def test_what_fits_stays_as_it_was_written():
    text = "Hello Ben,\n\nOne line\nand another.\n\n- item\n  more of it\n"
    assert wrap(text) == text


def test_a_long_paragraph_is_filled_anew():
    words = "word " * 40
    lines = wrap(f"Short start\n{words}\n").splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert lines[0].startswith("Short start word")
    assert " ".join(lines).split() == ["Short", "start", *["word"] * 40]


def test_a_link_is_never_broken_and_stays_alone():
    lines = wrap(f"{'word ' * 30}\n{LINK}\n{'word ' * 30}").splitlines()
    assert LINK in lines


def test_a_link_inside_a_sentence_is_never_broken():
    assert LINK in wrap(f"{'word ' * 30}{LINK} {'word ' * 30}")


def test_list_items_keep_their_lines_and_hang():
    lines = wrap("- " + "word " * 20 + "\n- short\n1. " + "word " * 20).splitlines()
    assert [line[:3] for line in lines] == ["- w", "  w", "- s", "1. ", "   "]


def test_blank_lines_and_line_ends():
    assert wrap("\n\n a\r\n\r\n \r\n\r\nb   \n\n") == "a\n\nb\n"
    assert wrap("") == "\n"


@given(st.text(alphabet=st.sampled_from(" \n\tabc-1.http://x"), max_size=400))
def test_no_word_is_lost(text):
    assert wrap(text).split() == text.split()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\r\nBcc: x", "a Bcc: x"),
        ("  a \t b ", "a b"),
        ("a\x00\u2028b\x85c", "a b c"),
        ("=?utf-8?q?=0D=0A?=", "= ?utf-8?q?=0D=0A?="),
    ],
)
def test_in_one_line(text, line):
    assert in_one_line(text) == line
