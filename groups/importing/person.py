"""The one shape that every list format is read into, and how a cell becomes part of it. Pure."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from groups import zips
from groups.members import email_key
from groups.places import home_of
from groups.refusals import Refusal

SUBSCRIBED, UNSUBSCRIBED, COMPLAINED, BOUNCED, UNSAID = "subscribed", "unsubscribed", "complained", "bounced", ""
# From harmless to grave: of two rows about one person the graver word counts (process.md 15).
GRAVITY = [UNSAID, SUBSCRIBED, UNSUBSCRIBED, BOUNCED, COMPLAINED]
LONGEST_CELL = 2000

STATUS_WORDS = {
    "subscribed": SUBSCRIBED,
    "unsubscribed": UNSUBSCRIBED,
    "opted out": UNSUBSCRIBED,
    "bouncing": BOUNCED,
    "bounced": BOUNCED,
    "previous bounce": BOUNCED,
    "cleaned": BOUNCED,
    "spam complaint": COMPLAINED,
    "previous spam complaint": COMPLAINED,
    "complained": COMPLAINED,
    # Never asked to be written to, and never asked not to be.
    "not subscribed": UNSAID,
    "non-subscribed": UNSAID,
    "nonsubscribed": UNSAID,
    "": UNSAID,
}


@dataclass
class Row:
    """One row of a list about one person. number counts as the spreadsheet does, the header being row 1."""

    number: int
    email: str
    email_key: str
    first_name: str = ""
    last_name: str = ""
    zip: str = ""
    usps: str = ""
    status: str = UNSAID
    status_words: str = ""
    source_key: str = ""
    dated: date | None = None
    joined: date | None = None
    language: str = ""
    warnings: list[str] = field(default_factory=list)


def read_row(number: int, cells: dict[str, str], *, today: date) -> Row:
    """A Row from cells by our own names (email, first_name, zip, state, status, key, dated …). Refusal says why not."""
    cells = {name: clean(name, text) for name, text in cells.items()}
    address = cells.get("email", "").lstrip("'").strip()
    if not address:
        raise Refusal(_("there is no e-mail address."))
    check_address(address)
    row = Row(number, address, email_key(address))
    row.first_name = cut(row, cells.get("first_name", ""), 80)
    row.last_name = cut(row, cells.get("last_name", ""), 80)
    row.source_key = cells.get("key", "").lstrip("'")[:120]
    row.language = cells.get("language", "")[:2].lower()
    row.zip = read_zip(row, cells.get("zip", ""))
    home = home_of(cells.get("state", "").lstrip("'"))
    row.usps = home.usps if home else ""
    row.status_words = cells.get("status", "")[:30]
    row.status = read_status(row, cells.get("status", ""))
    row.dated = read_day(row, cells.get("dated", ""), today)
    row.joined = read_day(row, cells.get("joined", ""), today)
    return row


def clean(name, text):
    """A cell without what no database or reader can keep; Refusal where that would lose something."""
    if len(text) > LONGEST_CELL:
        raise Refusal(_("the cell %(name)s is longer than %(most)s characters.") % {"name": name, "most": LONGEST_CELL})
    if "\0" in text:
        raise Refusal(_("the cell %(name)s holds a NUL character.") % {"name": name})
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise Refusal(_("the cell %(name)s holds half a character.") % {"name": name})
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text).strip()


def check_address(address):
    try:
        if len(address) > 254:
            raise ValidationError("")
        validate_email(address)
    except ValidationError as error:
        raise Refusal(_("“%(address)s” is no e-mail address.") % {"address": address[:80]}) from error


def cut(row, text, most):
    if len(text) > most:
        row.warnings.append(_("the name was cut to %(most)s characters.") % {"most": most})
    return text[:most]


def read_zip(row, text):
    """The ZIP, or "" with a warning: a person with a bad ZIP is still on the list."""
    read = zips.read(text)
    if read is None:
        row.warnings.append(_("“%(text)s” is no ZIP code and was left out.") % {"text": text[:40]})
        return ""
    if read.restored:
        row.warnings.append(_("%(text)s was read as %(zip)s.") % {"text": text[:40], "zip": read.zip})
    return read.zip


def read_status(row, text):
    status = STATUS_WORDS.get(text.lower())
    if status is None:
        row.warnings.append(_("the status “%(text)s” is not known and counts as not said.") % {"text": text[:40]})
        return UNSAID
    return status


def read_day(row, text, today):
    """The day of 2026-02-01, 2026-02-01 12:11:50, 2026-02-01T14:00:00Z or 2/1/2026; a future day is not believed."""
    if not text:
        return None
    day = day_of(text)
    if day is None or day > today:
        row.warnings.append(_("“%(text)s” is no date that can be used.") % {"text": text[:40]})
        return None
    return day


@lru_cache(maxsize=4096)
def day_of(text):
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        pass
    american = re.match(r"^(\d{1,2})/(\d{1,2})/(\d{4})\b", text, re.ASCII)
    if not american:
        return None
    try:
        return date(int(american[3]), int(american[1]), int(american[2]))
    except ValueError:
        return None


@dataclass
class Person:
    """All rows of one file about one person, merged."""

    email: str
    email_key: str
    first_name: str
    last_name: str
    language: str
    joined: date | None
    statuses: set[str]
    statements: dict[str, Row]  # by the source's key: the row whose address counts

    @property
    def status(self) -> str:
        """The gravest status any of her rows gives: suppression wins over subscription."""
        return max(self.statuses, key=GRAVITY.index)


def merge(rows: list[Row]) -> list[Person]:
    """One Person per address, in the order of first appearance. The first name given stays."""
    people: dict[str, Person] = {}
    for row in rows:
        person = people.get(row.email_key)
        if person is None:
            people[row.email_key] = Person(
                row.email,
                row.email_key,
                row.first_name,
                row.last_name,
                row.language,
                row.joined,
                {row.status},
                {row.source_key: row},
            )
            continue
        person.first_name = person.first_name or row.first_name
        person.last_name = person.last_name or row.last_name
        person.language = person.language or row.language
        person.statuses.add(row.status)
        before = person.statements.get(row.source_key)
        if before is None or says_more(row, before):
            person.statements[row.source_key] = row
    return list(people.values())


def says_more(row, before):
    """Whether a later row of the same person and key has the better address: newer, or with a ZIP at last."""
    if (row.dated or date.min) != (before.dated or date.min):
        return (row.dated or date.min) > (before.dated or date.min)
    return bool(row.zip) and not before.zip
