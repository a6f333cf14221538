import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys import sealing

PRIVATE, PUBLIC = sealing.make_pair()


@given(record=st.binary(min_size=64, max_size=64), info=st.binary(max_size=40))
def test_what_was_sealed_opens_again(record, info):
    sealed = sealing.seal(record, PUBLIC, info=info)

    assert len(sealed) == sealing.SEALED == 112
    assert sealing.open_sealed(sealed, PRIVATE, info=info) == record


def test_the_same_record_never_looks_the_same():
    record = bytes(64)

    assert sealing.seal(record, PUBLIC, info=b"i") != sealing.seal(record, PUBLIC, info=b"i")


def test_another_info_another_key_or_one_changed_byte_does_not_open():
    sealed = sealing.seal(bytes(64), PUBLIC, info=b"round 1, credential 2, contest 3")
    other, _public = sealing.make_pair()

    with pytest.raises(sealing.Unopenable):
        sealing.open_sealed(sealed, PRIVATE, info=b"round 1, credential 4, contest 3")
    with pytest.raises(sealing.Unopenable):
        sealing.open_sealed(sealed, other, info=b"round 1, credential 2, contest 3")
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(sealing.Unopenable):
            sealing.open_sealed(changed, PRIVATE, info=b"round 1, credential 2, contest 3")


@pytest.mark.parametrize("size", [0, 1, 111, 113, 500])
def test_a_box_of_another_size_does_not_open(size):
    with pytest.raises(sealing.Unopenable):
        sealing.open_sealed(bytes(size), PRIVATE, info=b"")


@pytest.mark.parametrize("size", [0, 63, 65])
def test_a_record_of_another_size_is_not_sealed(size):
    with pytest.raises(ValueError, match=f"64 bytes, not {size}"):
        sealing.seal(bytes(size), PUBLIC, info=b"")


def test_the_public_key_follows_from_the_private_one_and_has_a_fingerprint():
    assert sealing.public_of(PRIVATE) == PUBLIC
    assert sealing.fingerprint(bytes(32)) == "6668 7aad f862 bd77 6c8f c18b 8e9f 8e20"
