"""Numbers that people read aloud: no vowels, no look-alikes, in groups of four."""

# 24 characters: no vowels (no words by accident), no 0 O 1 I L, no S beside 5, no Z beside 2.
ALPHABET = "2345679BCDFGHJKMNPQRTVWX"


def spoken(raw: bytes, length: int = 12) -> str:
    """A number of so many characters from random or derived bytes, as XXXX-XXXX-XXXX."""
    number = int.from_bytes(raw, "big")
    letters = []
    for _ in range(length):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    text = "".join(letters)
    return "-".join(text[at : at + 4] for at in range(0, length, 4))


def heard(text: str) -> str:
    """What was meant by a typed number: capitals, no blanks or dashes, regrouped in fours."""
    kept = "".join(letter for letter in text.upper() if letter in ALPHABET)
    return "-".join(kept[at : at + 4] for at in range(0, len(kept), 4))
