"""ZIP codes as people and spreadsheets write them. Pure."""

import re
from typing import NamedTuple

# Blanks, an apostrophe or ="…" are what spreadsheets put around a number that should stay text.
WRAPPING = " \t\r\n'’\"="
WHOLE = re.compile(r"^(\d{5})(?:[-– ]?\d{4})?$")
SHORTENED = re.compile(r"^(\d{3,4})(?:\.0)?(?:-\d{4})?$")


class ReadZip(NamedTuple):
    """zip is five digits or ""; restored says that a leading zero was put back, which wants a warning."""

    zip: str
    restored: bool = False


def read(text: str) -> ReadZip | None:
    """The ZIP in a cell: 5 or 5+4 digits, or with its leading zeros lost ("2139"). None: that is no ZIP.

    An empty cell is ReadZip(""). The four digits after the dash are dropped (process.md 8.4).
    """
    bare = text.strip(WRAPPING)
    if not bare:
        return ReadZip("")
    if not bare.isascii():
        return None
    if whole := WHOLE.match(bare.removesuffix(".0")):
        return ReadZip(whole[1])
    if shortened := SHORTENED.match(bare):
        return ReadZip(shortened[1].zfill(5), restored=True)
    return None
