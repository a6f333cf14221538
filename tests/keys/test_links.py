from hypothesis import given
from hypothesis import strategies as st

from keys import files, links

KEY = b"k" * 32
SUBJECTS = st.integers(min_value=0, max_value=2**63 - 1)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@given(subject=SUBJECTS, scope=st.integers(0, 10**6), generation=st.integers(0, 99), purpose=st.text(max_size=20))
def test_a_token_leads_back_to_its_subject(subject, scope, generation, purpose):
    token = links.derive(KEY, purpose, subject, scope=scope, generation=generation)

    assert len(token) == 39
    assert links.subject_of(token) == subject
    assert links.holds(token, KEY, purpose, scope=scope, generation=generation)


def test_a_token_is_the_same_whenever_it_is_asked_for():
    assert links.derive(KEY, "vote", 7, scope=1) == links.derive(KEY, "vote", 7, scope=1)


def test_every_other_letter_at_every_place_is_refused():
    token = links.derive(KEY, "vote", 2**62 + 12345, scope=3, generation=1)

    flipped = [
        token[:at] + letter + token[at + 1 :]
        for at in range(len(token))
        for letter in LETTERS + "."
        if letter != token[at]
    ]

    assert [text for text in flipped if links.holds(text, KEY, "vote", scope=3, generation=1)] == []


def test_a_token_is_good_for_its_own_purpose_scope_generation_and_key_alone():
    token = links.derive(KEY, "vote", 7, scope=1, generation=2)

    assert links.holds(token, KEY, "vote", scope=1, generation=2)
    assert not links.holds(token, KEY, "news", scope=1, generation=2)
    assert not links.holds(token, KEY, "vote", scope=2, generation=2)
    assert not links.holds(token, KEY, "vote", scope=1, generation=3)
    assert not links.holds(token, b"x" * 32, "vote", scope=1, generation=2)


def test_two_lists_of_parts_never_look_alike():
    assert links.mac(KEY, "ab", "c") != links.mac(KEY, "a", "bc")
    assert links.mac(KEY, "", "a") != links.mac(KEY, "a", "")


@given(st.text(max_size=60))
def test_any_other_text_is_no_token(text):
    assert not links.holds(text, KEY, "vote")


def test_a_token_that_lost_its_dot_still_holds():
    token = links.derive(KEY, "vote", 7)

    assert links.holds(token.replace(".", ""), KEY, "vote")


def test_a_number_too_large_for_a_subject_is_no_subject():
    token = links.encode((2**63).to_bytes(8, "big")) + "." + "A" * 27

    assert links.subject_of(token) is None


def test_a_line_break_behind_it_is_not_part_of_a_token():
    token = links.derive(KEY, "vote", 7)

    assert not links.holds(token + "\n", KEY, "vote")
    assert links.tidy(f" <{token}>.\n".replace("<", "")) == token
    assert links.tidy(f"{token[:20]}=\r\n{token[20:]}") == token


def test_standing_tokens_need_the_standing_key_of_this_installation():
    token = links.standing("confirm", 5, generation=1)

    assert links.standing_holds(token, "confirm", generation=1)
    assert not links.standing_holds(token, "confirm", generation=2)
    assert not links.standing_holds(token, "questionnaire", generation=1)

    files.destroy(files.LINK, links.STANDING)
    assert not links.standing_holds(token, "confirm", generation=1)
