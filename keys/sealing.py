"""The sealed envelope: HPKE (RFC 9180) with X25519, HKDF-SHA256 and ChaCha20-Poly1305, from cryptography."""

import hashlib

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

RECORD = 64  # bytes in
SEALED = 112  # bytes out: 32 for the encapsulated key, 64, 16 for the tag

SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)


class Unopenable(Exception):
    """A sealed box that this key and this info do not open: forged, copied or damaged."""


def make_pair() -> tuple[bytes, bytes]:
    """A fresh key pair as (private, public), 32 raw bytes each."""
    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def public_of(private: bytes) -> bytes:
    """The public half of a private key."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def seal(record: bytes, public: bytes, *, info: bytes) -> bytes:
    """112 bytes that only the private key opens, and only with the same info."""
    if len(record) != RECORD:
        raise ValueError(f"a record has {RECORD} bytes, not {len(record)}")
    return SUITE.encrypt(record, X25519PublicKey.from_public_bytes(public), info)


def open_sealed(sealed: bytes, private: bytes, *, info: bytes) -> bytes:
    """The 64 bytes inside; Unopenable when key, info or bytes do not fit."""
    return opener(private)(sealed, info=info)


def opener(private: bytes):
    """open_sealed for many envelopes under one key, which is read once: reading it costs as much as using it."""
    try:
        key = X25519PrivateKey.from_private_bytes(private)
    except ValueError:
        key = None  # no key at all opens nothing, envelope by envelope

    def open_with_key(sealed: bytes, *, info: bytes) -> bytes:
        try:
            return SUITE.decrypt(sealed, key, info)
        except Exception as error:  # the library raises several kinds for one fact: it does not open
            raise Unopenable("This envelope does not open with this round's key.") from error

    return open_with_key


def fingerprint(public: bytes) -> str:
    """What is printed on the public round page: SHA-256 in groups of four, the first 32 hex digits."""
    digits = hashlib.sha256(public).hexdigest()[:32]
    return " ".join(digits[at : at + 4] for at in range(0, 32, 4))
