"""From a file's bytes to rows of cells: encodings, tables, OSDI documents. Whatever is malformed is a Refusal."""

import codecs
import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _

from groups.importing.layouts import LAYOUTS, OSDI, OTHER, columns_of, matched, status_of_file
from groups.importing.ordinary import Ordinary
from groups.refusals import Refusal

BLOCK = 1 << 20
# A document is held whole in memory, unlike a table.
LARGEST_DOCUMENT = 50 * BLOCK
# How a file ends that a pull has fetched.
PULLED = ".pulled"
MAGIC = [
    (b"PK\x03\x04", "a spreadsheet or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet in an old format"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a compressed file"),
]


@dataclass(frozen=True)
class ListFile:
    """A list as found on disk: its encoding was tried on all of it before any row is read."""

    path: Path
    encoding: str
    digest: str

    @property
    def shown_name(self) -> str:
        """The file's name as text: a name may hold bytes that are none."""
        return self.path.name.encode("utf-8", "replace").decode()[:200]

    @property
    def is_utf(self) -> bool:
        return self.encoding.startswith("utf")


def examine(path: Path) -> ListFile:
    """Read the whole file once for its digest and its encoding: UTF-8 or UTF-16 with a mark, else Windows-1252."""
    digest = hashlib.sha256()
    utf8 = codecs.getincrementaldecoder("utf-8")()
    holds = {"utf-8"}
    try:
        with path.open("rb") as file:
            first = file.read(8)
            file.seek(0)
            if not first:
                raise Refusal(_("The file is empty."))
            for start, what in MAGIC:
                if first.startswith(start):
                    raise Refusal(_("This is %(what)s. Save the list as CSV and try again.") % {"what": what})
            while block := file.read(BLOCK):
                digest.update(block)
                if "utf-8" in holds:
                    try:
                        utf8.decode(block)
                    except UnicodeDecodeError:
                        holds.discard("utf-8")
            if "utf-8" in holds:
                try:
                    utf8.decode(b"", final=True)
                except UnicodeDecodeError:
                    holds.discard("utf-8")
    except OSError as error:
        raise Refusal(_("%(path)s can't be read: %(why)s.") % {"path": path, "why": error.strerror}) from error
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ListFile(path, "utf-16", digest.hexdigest())
    if "utf-8" in holds:
        return ListFile(path, "utf-8-sig", digest.hexdigest())
    if b"\0" in first:
        raise Refusal(_("This is no text file. Save the list as CSV in UTF-8 and try again."))
    return ListFile(path, "cp1252", digest.hexdigest())


@dataclass(frozen=True)
class Odd:
    """A row that has to be looked at: its number and its cells by our names, or why it is no row."""

    number: int
    cells: dict[str, str] | Refusal


def rows_of(file: ListFile, format_name: str, *, today, columns=None) -> Iterator[tuple | Odd]:
    """Each row: ready to be staged where it is plain, else an Odd one."""
    if format_name == OSDI:
        people = pulled_people(file) if file.path.suffix == PULLED else people_of(file)
        return (Odd(number, cells) for number, cells in people)
    return table_of(file, matched(columns) if format_name == OTHER else LAYOUTS[format_name], today)


def table_of(file, layout, today):
    """The rows of a table with a header."""
    line = 1  # at which the row begins that is read
    try:
        with opened(file) as lines:
            delimiter = delimiter_of(lines, layout)
            rows = csv.reader(lines, delimiter=delimiter)
            above, header = next(
                ((at, row) for at, row in enumerate(rows, start=1) if any(cell.strip() for cell in row)), (0, None)
            )
            if header is None:
                raise Refusal(_("The file is empty."))
            columns = columns_of(header, layout)
            said = status_of_file(header, file.path.name) if layout.name == "mailchimp" else None
            ordinary = Ordinary(columns, len(header), said, today)
            line = rows.line_num + 1
            for number, row in enumerate(rows, start=above + 1):
                if ready := ordinary.read(number, row):
                    yield ready
                elif swallows(row, len(header), delimiter):
                    yield Odd(number, left_open(line, rows.line_num))
                elif any(cell.strip() for cell in row):
                    yield Odd(number, cells_of(row, header, columns, said))
                line = rows.line_num + 1
    except csv.Error as error:
        raise Refusal(_("Line %(line)s can't be read: %(why)s.") % {"line": line, "why": error}) from error
    except UnicodeError as error:
        raise Refusal(_("This is no text file. Save the list as CSV in UTF-8 and try again.")) from error


def opened(file):
    # cp1252 leaves five bytes without meaning; they become � rather than stop a whole list.
    return file.path.open(encoding=file.encoding, errors="strict" if file.is_utf else "replace", newline="")


def swallows(row, width, delimiter):
    """Whether a quote was left open, so that a cell took whole people of the next lines into itself.

    Up to another open quote of the same column such a cell holds a row's delimiters for each line end; up to the
    end of the file it is the last of a row that is too short.
    """
    for at, cell in enumerate(row, start=1):
        ends = cell.count("\n") or cell.count("\r")
        if ends and "@" in cell and cell.count(delimiter) >= max(ends * (width - 1), 1):
            return True
        if ends and at == len(row) < width and delimiter in cell:
            return True
    return False


def left_open(first, last):
    return Refusal(
        _("a quote is opened and not closed in lines %(first)s to %(last)s.") % {"first": first, "last": last}
    )


def cells_of(row, header, columns, said):
    """A row's cells by our names, or a Refusal where it has more of them than the header."""
    if len(row) > len(header) and any(cell.strip() for cell in row[len(header) :]):
        return Refusal(
            _("it has %(cells)s cells and the header %(names)s.") % {"cells": len(row), "names": len(header)}
        )
    cells = {name: row[at] for name, at in columns.items() if at < len(row)}
    if said is not None:
        cells["status"] = said
    return cells


def first_rows(file: ListFile, most=5) -> tuple[list[str], list[list[str]]]:
    """The header of a table and its first rows, for somebody who says what the columns are."""
    try:
        with opened(file) as lines:
            rows = csv.reader(lines, delimiter=delimiter_of(lines, matched({})))
            filled = (row for row in rows if any(cell.strip() for cell in row))
            found = [[cell[:200] for cell in row] for row in islice(filled, most + 1)]
    except (csv.Error, UnicodeError) as error:
        raise Refusal(_("This is no text file. Save the list as CSV in UTF-8 and try again.")) from error
    if not found:
        raise Refusal(_("The file is empty."))
    return found[0], found[1:]


def delimiter_of(lines, layout):
    """The layout's own delimiter, or the one its header is written with: spreadsheets change it by country."""
    header = lines.readline(100_000)
    lines.seek(0)
    if layout.delimiter in header:
        return layout.delimiter
    return max(",\t;", key=header.count) if any(mark in header for mark in ",\t;") else layout.delimiter


def pulled_people(file):
    """The cells that a pull has put down, a person a line."""
    with file.path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            cells = json.loads(line)
            yield number, cells if cells is not None else Refusal(_("it is no person."))


def people_of(file):
    """The people of an OSDI document: a page, a list of pages, a list of people, or one person."""
    if file.path.stat().st_size > LARGEST_DOCUMENT:
        raise Refusal(_("The document is larger than 50 MB. Split it by pages, or fetch it with --osdi."))
    try:
        errors = "strict" if file.is_utf else "replace"
        document = json.loads(file.path.read_text(encoding=file.encoding, errors=errors))
    except ValueError as error:  # no JSON, no Unicode, or a number of thousands of digits
        where = getattr(error, "lineno", 1)
        raise Refusal(_("This is no JSON document (line %(line)s).") % {"line": where}) from error
    except RecursionError as error:
        raise Refusal(_("This JSON document is nested too deeply.")) from error
    people = list(people_in(document))
    if not people:
        raise Refusal(_("No people were found. An OSDI document has them under _embedded, osdi:people."))
    for number, person in enumerate(people, start=1):
        yield number, person_cells(person) if isinstance(person, dict) else Refusal(_("it is no person."))


def people_in(document):
    """Whatever stands where people should, in any of the shapes that tools write."""
    if isinstance(document, list):
        for part in document:
            yield from people_in(part) if is_page(part) else [part]
    elif is_page(document):
        embedded = document.get("_embedded")
        people = embedded.get("osdi:people") if isinstance(embedded, dict) else document.get("people")
        yield from people if isinstance(people, list) else []
    elif isinstance(document, dict) and "email_addresses" in document:
        yield document


def is_page(part):
    return isinstance(part, dict) and ("_embedded" in part or "people" in part) and "email_addresses" not in part


def person_cells(person):
    """One OSDI person's cells, by our names."""
    address = main_of(person.get("email_addresses"))
    home = main_of(person.get("postal_addresses"))
    identifiers = person.get("identifiers")
    languages = person.get("languages_spoken")
    return {
        "email": text_of(address.get("address")),
        "status": text_of(address.get("status")),
        "first_name": text_of(person.get("given_name")),
        "last_name": text_of(person.get("family_name")),
        "zip": text_of(home.get("postal_code")),
        "state": text_of(home.get("region")),
        "key": text_of(identifiers[0]) if isinstance(identifiers, list) and identifiers else "",
        "dated": text_of(person.get("modified_date")),
        "joined": text_of(person.get("created_date")),
        "language": text_of(languages[0]) if isinstance(languages, list) and languages else "",
    }


def main_of(entries):
    """The entry marked as primary, else the first; an empty one where there is none."""
    entries = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return next((entry for entry in entries if entry.get("primary") is True), entries[0] if entries else {})


def text_of(value):
    """A JSON value as a cell: text and whole numbers only."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
