"""Whatever people are called and whatever they write, their letters come out right."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailings import checking, claiming, letters, rendering
from mailings.letters import Draft

pytestmark = pytest.mark.django_db
SOME = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SOME
@given(name=st.text(max_size=120), words=st.text(max_size=300), language=st.sampled_from(["en", "es", "", "xx"]))
def test_any_text_makes_a_right_letter(sample, noon, name, words, language):
    letter = claiming.Letter(pk=1, name="sample.note", subject=1, seat=1, wave=0)
    sample.roll[1] = "ben@example.org", name
    kind = letters.find("sample.note")
    sample.words[1], sample.languages[1] = words, language
    draft = kind.write([letter], noon)[1]
    message = rendering.render(kind, letter, draft, now=noon)
    assert checking.check({1: (draft, message)}, now=noon) == {}
    sent = message.message().as_bytes()
    assert b"\r\nBcc" not in sent
    assert message.message().get_all("To") == [message.message()["To"]]


@pytest.mark.parametrize(
    "address", ["ben@example.org", "BEN+tag@Example.ORG", "ben@müller.example", "b.e.n_o'x@sub.example.org"]
)
def test_addresses_that_are_written_to(sample, in_line, noon, address):
    in_line([sample.seat(address, "Bën, “the” <x>")])
    kind, [letter] = letters.find("sample.note"), claiming.claim(noon).letters
    draft = kind.write([letter], noon)[letter.pk]
    assert checking.check({1: (draft, rendering.render(kind, letter, draft, now=noon))}, now=noon) == {}


def test_a_message_is_built_once(sample, in_line, noon):
    """What is checked is what is sent, byte for byte."""
    in_line([sample.seat("ben@example.org")])
    kind, [letter] = letters.find("sample.note"), claiming.claim(noon).letters
    message = rendering.render(kind, letter, kind.write([letter], noon)[letter.pk], now=noon)
    assert message.message().as_bytes() == message.message().as_bytes()


@pytest.mark.parametrize(("mark", "subject"), [("", "Us: a note for Ben"), ("Trial", "[Trial] Us: a note for Ben")])
def test_a_mark_stands_before_the_subject(sample, noon, mark, subject):
    kind = letters.find("sample.note")
    draft = Draft("ben@example.org", name="Ben", context={"federation": "Us", "words": "x"}, mark=mark)
    assert rendering.write(kind, draft).subject == subject


def test_a_letter_without_subject_is_a_fault(sample, noon, settings):
    kind = letters.find("sample.note")
    letter = claiming.Letter(pk=1, name="sample.note", subject=1, seat=1, wave=0)
    draft = Draft("ben@example.org", context={"federation": "", "words": "x", "subject": ""})
    original = rendering.fill_in
    try:
        rendering.fill_in = lambda template, *rest, **more: (
            " \n" if template.endswith("subject.txt") else original(template, *rest, **more)
        )
        with pytest.raises(checking.Fault):
            rendering.render(kind, letter, draft, now=noon)
    finally:
        rendering.fill_in = original
