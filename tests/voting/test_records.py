"""What stands inside and on an envelope."""

import hashlib

import pytest

from keys import sealing
from voting import records

KEY = b"k" * 32
NONCE = bytes(range(16))
LINE = bytes(range(13))


def test_a_record_has_64_bytes_whatever_it_says_and_comes_back():
    for option in (0, 1, 2, 300):
        record = records.pack(credential=2**63 - 1, contest=2**40, option=option, line_id=LINE)
        assert len(record) == sealing.RECORD
        assert records.unpack(record, credential=2**63 - 1, contest=2**40) == (option, LINE)


def good():
    return records.pack(credential=7, contest=3, option=1, line_id=LINE)


@pytest.mark.parametrize(
    "record",
    [
        b"",
        good()[:-1],
        good() + b"\0",
        b"\2" + good()[1:],
        good()[:-1] + b"\1",
        good()[:17] + b"\xff\xff" + good()[19:],
    ],
    ids=["empty", "short", "long", "version", "padding", "below zero"],
)
def test_bytes_that_are_no_record_are_refused(record):
    with pytest.raises(records.Malformed):
        records.unpack(record, credential=7, contest=3)


@pytest.mark.parametrize(("credential", "contest"), [(8, 3), (7, 4)])
def test_a_record_of_another_envelope_is_refused(credential, contest):
    with pytest.raises(records.Malformed):
        records.unpack(good(), credential=credential, contest=contest)


def test_a_line_id_of_another_length_is_not_packed():
    with pytest.raises(ValueError, match="13 bytes"):
        records.pack(credential=7, contest=3, option=1, line_id=LINE[:-1])


def test_an_envelope_copied_to_another_key_does_not_open():
    private, public = sealing.make_pair()
    sealed = sealing.seal(good(), public, info=records.info(1, 7, 3))
    assert sealing.open_sealed(sealed, private, info=records.info(1, 7, 3)) == good()
    for other in (records.info(2, 7, 3), records.info(1, 8, 3), records.info(1, 7, 4)):
        with pytest.raises(sealing.Unopenable):
            sealing.open_sealed(sealed, private, info=other)


def test_the_mac_changes_with_each_part():
    first = records.envelope_mac(KEY, 1, 7, 3, b"s" * 112)
    others = {
        records.envelope_mac(b"x" * 32, 1, 7, 3, b"s" * 112),
        records.envelope_mac(KEY, 2, 7, 3, b"s" * 112),
        records.envelope_mac(KEY, 1, 8, 3, b"s" * 112),
        records.envelope_mac(KEY, 1, 7, 4, b"s" * 112),
        records.envelope_mac(KEY, 1, 7, 3, b"t" * 112),
    }
    assert len(first) == 32
    assert len(others - {first}) == 5


def test_the_retry_check_knows_the_form_and_the_choice():
    first = records.retry_check(KEY, 7, 3, NONCE, 1)
    assert len(first) == 32
    assert first == records.retry_check(KEY, 7, 3, NONCE, 1)
    assert first != records.retry_check(KEY, 7, 3, NONCE, 2)
    assert first != records.retry_check(KEY, 7, 3, NONCE[::-1], 1)


def test_anybody_can_compute_a_line_from_its_code():
    code = records.code(KEY, 7, 3, NONCE)
    line = records.line_id(3, code, "teapot")
    assert len(code) == len(line) == 13
    assert line == hashlib.sha256(f"line|3|{code.hex()}|teapot".encode()).digest()[:13]
    assert line != records.line_id(3, code)
    assert line != records.line_id(4, code, "teapot")
    assert records.line_text(line) == line.hex()


def test_the_receipt_number_is_the_same_whenever_it_is_asked_for():
    number = records.receipt_number(KEY, 1, 7)
    assert number == records.receipt_number(KEY, 1, 7)
    assert [len(part) for part in number.split("-")] == [4, 4, 4]
    assert number not in {records.receipt_number(KEY, 2, 7), records.receipt_number(KEY, 1, 8)}
