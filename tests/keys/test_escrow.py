from itertools import permutations

import pytest

from keys import escrow

KEY = bytes(range(32))


def test_any_two_of_three_have_the_key():
    shares = escrow.split(KEY)

    assert len(shares) == 3
    assert [escrow.join(first, second) for first, second in permutations(shares, 2)] == [KEY] * 6


def test_pasted_blanks_do_no_harm():
    first, second, _third = escrow.split(KEY)

    assert escrow.join(f"  {first}\n", f"{second}\r\n") == KEY


def test_one_alone_says_nothing():
    """The two pieces of a share are random: the third, which the holder lacks, could make any key of them."""
    first, _second, _third = escrow.split(KEY)
    pieces = [bytes.fromhex(piece[1:]) for piece in first.split(".")]
    again = [bytes.fromhex(piece[1:]) for piece in escrow.split(KEY)[0].split(".")]

    assert KEY not in pieces
    assert bytes(x ^ y for x, y in zip(*pieces, strict=True)) != KEY
    assert pieces != again
    with pytest.raises(escrow.BadShares, match="the same one twice"):
        escrow.join(first, first)


def test_shares_of_two_keys_do_not_mix():
    first = escrow.split(KEY)[0]
    second = escrow.split(KEY)[1]

    with pytest.raises(escrow.BadShares, match="different keys"):
        escrow.join(first, second)


@pytest.mark.parametrize("text", ["", ".", "a", "axyz.b00", "hello", "a00..", "é00.b00"])
def test_what_is_no_share_is_refused_in_words(text):
    with pytest.raises(escrow.BadShares):
        escrow.join(escrow.split(KEY)[0], text)


def test_a_share_cut_short_is_refused_in_words():
    first, second, _third = escrow.split(KEY)

    with pytest.raises(escrow.BadShares, match="cut short"):
        escrow.join(first, second[:-2])
