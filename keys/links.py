"""Links that are derived and never stored: subject, then 20 bytes of an HMAC over purpose, scope and generation."""

import base64
import binascii
import hashlib
import hmac
import re

from keys import files

STANDING = "standing"
TOKEN = re.compile(r"^([A-Za-z0-9_-]{11})\.?([A-Za-z0-9_-]{27})\Z")


def mac(key: bytes, *parts: object) -> bytes:
    """HMAC-SHA256 over the parts, each with its length in front, so that no two lists of parts look alike."""
    return hmac.digest(key, laid_out(*parts), hashlib.sha256)


def laid_out(*parts: object) -> bytes:
    """The parts one behind the other, each with its length in front."""
    return b"".join(
        [
            len(raw).to_bytes(4, "big") + raw
            for raw in [part if isinstance(part, bytes) else str(part).encode() for part in parts]
        ]
    )


def derive(key: bytes, purpose: str, subject: int, *, scope: object = "", generation: int = 0) -> str:
    """The token of a subject (0 to 2**63-1): 39 characters, the same whenever it is asked for."""
    seal = mac(key, purpose, scope, subject, generation)[:20]
    return f"{encode(subject.to_bytes(8, 'big'))}.{encode(seal)}"


def taken_apart(token: str) -> tuple[int, str] | None:
    """The subject a token claims, and its seal; None where it is no token at all. Nothing is proven yet: see holds."""
    found = TOKEN.match(token)
    if not found:
        return None
    subject = int.from_bytes(decode(found[1]), "big")
    # The last letter holds two bits too many: of the spellings that decode alike only one is a token.
    if encode(subject.to_bytes(8, "big")) != found[1] or subject >= 2**63:
        return None
    return subject, found[2]


def subject_of(token: str) -> int | None:
    """The subject a token claims, None where it is no token at all. Nothing is proven yet: see holds."""
    apart = taken_apart(token)
    return apart and apart[0]


def holds(token: str, key: bytes, purpose: str, *, scope: object = "", generation: int = 0) -> bool:
    """Whether the token was derived from this key for this purpose, scope and generation; constant time."""
    apart = taken_apart(token)
    if apart is None:
        return False
    subject, given = apart
    right = encode(mac(key, purpose, scope, subject, generation)[:20])
    return hmac.compare_digest(given.encode(), right.encode())


def standing(purpose: str, subject: int, *, generation: int = 0) -> str:
    """A token outside any round (questionnaires, confirming an address), under the standing link key."""
    return derive(files.make(files.LINK, STANDING), purpose, subject, generation=generation)


def standing_holds(token: str, purpose: str, *, generation: int = 0) -> bool:
    """Whether a standing token is genuine for this purpose."""
    return holds(token, files.make(files.LINK, STANDING), purpose, generation=generation)


def tidy(text: str) -> str:
    """A pasted token without what mail programs add to it: blanks, soft breaks, a closing mark."""
    return re.sub(r"[\s\u00ad]|=\r?\n", "", text).strip(".>)]},;:!'\"")


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
