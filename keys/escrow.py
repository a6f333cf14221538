"""The seal key among three holders, any two of whom have it: k = a XOR b XOR c; they get (a,b), (b,c), (c,a)."""

import secrets


class BadShares(Exception):
    """These two shares do not make one key."""


def split(key: bytes) -> list[str]:
    """Three shares as text; each alone says nothing about the key."""
    a, b = secrets.token_bytes(len(key)), secrets.token_bytes(len(key))
    c = bytes(x ^ y ^ z for x, y, z in zip(key, a, b, strict=True))
    pieces = {"a": a, "b": b, "c": c}
    return [f"{one}{pieces[one].hex()}.{two}{pieces[two].hex()}" for one, two in ("ab", "bc", "ca")]


def join(first: str, second: str) -> bytes:
    """The key from any two different shares; BadShares when they do not fit together."""
    pieces: dict[str, bytes] = {}
    try:
        for share in (first.strip(), second.strip()):
            for piece in share.split("."):
                name, value = piece[0], bytes.fromhex(piece[1:])
                if pieces.setdefault(name, value) != value:
                    raise BadShares("These two shares come from different keys.")
    except (ValueError, IndexError) as error:
        raise BadShares("A share is a line like a12….b34…; one of these is not.") from error
    if set(pieces) != {"a", "b", "c"}:
        raise BadShares("Two different shares are needed, and these are the same one twice.")
    if len({len(value) for value in pieces.values()}) > 1:
        raise BadShares("A share was cut short: copy both lines whole.")
    return bytes(x ^ y ^ z for x, y, z in zip(*pieces.values(), strict=True))
