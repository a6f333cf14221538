"""The ordinary row, read fast: what person.read_row would answer without a word, or nothing. Pure.

Nearly all rows of a list are plain: an ASCII address, five digits, a status we know. They are read here, by
looking things up that were read before. Whatever is not plain is left to person.read_row, which says why.
"""

import re
from datetime import date

from groups import zips
from groups.importing.person import GRAVITY, LONGEST_CELL, STATUS_WORDS, day_of
from groups.places import home_of

# A part of what Django's own check takes for an address: what stands before the @, and the host.
BOX = re.compile(r"[A-Za-z0-9_+-]++(?:\.[A-Za-z0-9_+-]++)*+")
HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,20}")
LONGEST_ADDRESS, LONGEST_NAME, LONGEST_KEY = 254, 80, 120
MOST_KEPT = 100_000
# For a day that is not known: no cell can hold it, since person.clean takes control characters out.
NOTHING = "\x01"


class Kept(dict):
    """What cells of one column were read as. A cell that is not plain is kept as None."""

    def __init__(self, read):
        super().__init__()
        self.read = read

    def __missing__(self, text):
        if len(self) >= MOST_KEPT:
            self.clear()
        found = self[text] = self.read(text.strip())
        return found


class Ordinary:
    """Reads the plain rows of a table whose columns are known, as tuples in the order of staging.COLUMNS."""

    def __init__(self, columns: dict[str, int], width: int, status: str | None, today: date):
        self.width, self.today = width, today
        self.email, self.zip = columns["email"], columns.get("zip", width)
        self.first, self.last = columns.get("first_name", width), columns.get("last_name", width)
        self.key, self.state = columns.get("key", width), columns.get("state", width)
        self.status = width + 1 if status is not None else columns.get("status", width)
        self.dated, self.joined = columns.get("dated", width), columns.get("joined", width)
        self.language = columns.get("language", width)
        self.added = ["", status or ""]  # the cells width and width + 1: for columns that are not there
        self.zips, self.days, self.homes = Kept(plain_zip), Kept(self.plain_day), Kept(plain_home)
        self.hosts = Kept(HOST.fullmatch)
        self.statuses, self.languages = Kept(plain_status), Kept(lambda text: text[:2].lower())

    def read(self, number: int, row: list[str]) -> tuple | None:
        """The row, or None where it is not plain."""
        if len(row) != self.width:
            return None
        whole = "".join(row)
        if len(whole) > LONGEST_CELL or not whole.isprintable() or "\\" in whole:
            return None
        row = row + self.added
        email, first, last = row[self.email].strip(), row[self.first].strip(), row[self.last].strip()
        box, _at, host = email.partition("@")
        if len(email) > LONGEST_ADDRESS or not (self.hosts[host] and BOX.fullmatch(box)):
            return None
        zip5, usps, dated = self.zips[row[self.zip]], self.homes[row[self.state]], self.days[row[self.dated]]
        status, joined = self.statuses[row[self.status]], self.days[row[self.joined]]
        if zip5 is None or status is None or dated is None or joined is None:
            return None
        if len(first) > LONGEST_NAME or len(last) > LONGEST_NAME:
            return None
        key = row[self.key].strip().lstrip("'")[:LONGEST_KEY]
        known = (email, email.lower(), first, last, zip5, usps, *status, key, dated, joined)
        return (str(number), *known, self.languages[row[self.language]])

    def plain_day(self, text):
        """The day in ISO form, NOTHING for an empty cell, None for one that wants a warning."""
        if not text:
            return NOTHING
        day = day_of(text)
        return None if day is None or day > self.today else day.isoformat()


def plain_zip(text):
    read = zips.read(text)
    return None if read is None or read.restored else read.zip


def plain_home(text):
    home = home_of(text.lstrip("'"))
    return home.usps if home else ""


def plain_status(text):
    status = STATUS_WORDS.get(text.lower())
    return None if status is None else (str(GRAVITY.index(status)), text[:30])
