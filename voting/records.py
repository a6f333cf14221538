"""What is written inside and on a sealed envelope, and the numbers derived from it. Pure: no query is made here.

A record is 64 bytes: version, credential, contest, option and line id, then zeros (trust.md 2.3).
"""

import hashlib
import struct

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from keys import codes, links, sealing

VERSION = 1
NONCE = 16  # bytes, made with the page, stored nowhere
LINE = 13  # bytes of a code and of a line id
LAYOUT = struct.Struct(f">Bqqh{LINE}s")
PADDING = bytes(sealing.RECORD - LAYOUT.size)


class Malformed(Exception):
    """The bytes of an opened envelope are no record of this contest and credential."""


def key_name(round_id: int) -> str:
    """The name of a round's key in link/, cast/ and seal/; the public half stands in cast/ as public_name."""
    return f"round-{round_id}"


def public_name(round_id: int) -> str:
    """The name of the public half of a round's seal key, in cast/: the hosts that seal can't open."""
    return f"round-{round_id}.pub"


def pack(*, credential: int, contest: int, option: int, line_id: bytes) -> bytes:
    """The 64 bytes of one choice. Every choice, a skip too (option 0), has the same length."""
    if len(line_id) != LINE:
        raise ValueError(f"a line id has {LINE} bytes, not {len(line_id)}")
    return LAYOUT.pack(VERSION, credential, contest, option, line_id) + PADDING


def unpack(record: bytes, *, credential: int, contest: int) -> tuple[int, bytes]:
    """(option, line id) of a record; Malformed unless it was written for this credential and contest."""
    if len(record) != sealing.RECORD:
        raise Malformed(f"A record has {sealing.RECORD} bytes; this one has {len(record)}.")
    version, for_credential, for_contest, option, line_id = LAYOUT.unpack(record[: LAYOUT.size])
    if version != VERSION:
        raise Malformed(f"This record has version {version}, which is not known here.")
    if record[LAYOUT.size :] != PADDING:
        raise Malformed("Something stands where this record must be empty.")
    if (for_credential, for_contest) != (credential, contest):
        raise Malformed("This record was written for another envelope.")
    if option < 0:
        raise Malformed("An option has no number below zero.")
    return option, line_id


def info(round_id: int, credential: int, contest_id: int) -> bytes:
    """What an envelope is bound to when sealed: a copy under another key opens no more."""
    return b"ballot-envelope/v1" + struct.pack(">qqq", round_id, credential, contest_id)


def envelope_mac(key: bytes, round_id: int, credential: int, contest_id: int, sealed: bytes) -> bytes:
    """The seal of this house on an envelope: 32 bytes that the database alone can't make."""
    return links.mac(key, "env", round_id, credential, contest_id, sealed)


def envelope_macs(key: bytes, round_id: int, contest_id: int):
    """envelope_mac for many envelopes of one contest, by (credential, sealed); what they share is done once."""
    before, after, keyed = links.laid_out("env", round_id), links.laid_out(contest_id), HMAC(key, SHA256())

    def mac_of(credential: int, sealed: bytes) -> bytes:
        own, mac = b"%d" % credential, keyed.copy()
        mac.update(before + len(own).to_bytes(4, "big") + own + after + len(sealed).to_bytes(4, "big") + sealed)
        return mac.finalize()

    return mac_of


def retry_check(key: bytes, credential: int, contest_id: int, nonce: bytes, option: int) -> bytes:
    """32 bytes that tell whether the same form was sent again with the same choice, and nothing else."""
    return links.mac(key, "chk", credential, contest_id, nonce, option)


def code(key: bytes, credential: int, contest_id: int, nonce: bytes) -> bytes:
    """13 bytes from which a voter's line follows; stored nowhere."""
    return links.mac(key, "code", credential, contest_id, nonce)[:LINE]


def line_id(contest_id: int, code: bytes, word: str = "") -> bytes:
    """A line's name in the public file: the first 13 bytes of SHA-256 over "line|contest|code in hex|word"."""
    said = f"line|{contest_id}|{code.hex()}|{word}"
    return hashlib.sha256(said.encode()).digest()[:LINE]


def line_text(line_id: bytes) -> str:
    """A line's name as it is printed, in the file and on the voter's page alike: 26 hex digits."""
    return line_id.hex()


def receipt_number(key: bytes, round_id: int, credential: int) -> str:
    """XXXX-XXXX-XXXX: says that a vote is in, never how. Derived from the round's cast key, stored nowhere."""
    return codes.spoken(links.mac(key, "receipt", round_id, credential), 12)
