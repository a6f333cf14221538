from hypothesis import given
from hypothesis import strategies as st

from keys import codes


def test_the_alphabet_has_no_vowels_and_no_look_alikes():
    assert len(set(codes.ALPHABET)) == len(codes.ALPHABET) == 24
    assert set(codes.ALPHABET) & set("AEIOUY01LSZ8") == set()


@given(st.binary(min_size=8, max_size=32))
def test_a_number_is_three_groups_of_four_and_heard_as_said(raw):
    said = codes.spoken(raw)

    assert [len(group) for group in said.split("-")] == [4, 4, 4]
    assert codes.heard(said) == said
    assert codes.heard(f" {said.lower().replace('-', ' ')} ") == said


def test_the_same_bytes_give_the_same_number():
    assert codes.spoken(b"12345678") == codes.spoken(b"12345678")
    assert codes.spoken(b"12345678") != codes.spoken(b"12345679")


def test_what_is_no_number_is_heard_as_nothing():
    assert codes.heard("éO0 I1") == ""
