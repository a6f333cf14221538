"""Ten thousand malformed rows over all formats: nothing by halves, each answered, the good ones among them taken in."""

import csv
import io
import json
import random
from itertools import count

import pytest

from groups.importing import intake
from groups.models import ImportBatch, Member, MemberSource
from journal import clock
from journal.models import Entry
from mailings.models import Suppression
from tests.groups.lists import HEADER, row

pytestmark = pytest.mark.django_db

MALFORMED = 2000  # in each of five formats
NAMES = ["email", "first_name", "last_name", "zip", "state", "key", "dated"]
COLUMNS = {
    "email": "Correo",
    "first_name": "Nombre",
    "last_name": "Apellido",
    "zip": "Codigo",
    "key": "No",
    "dated": "Fecha",
}
HEADERS = {
    "action-network": [
        "email",
        "first_name",
        "last_name",
        "zip_code",
        "can2_user_state",
        "uuid",
        "can2_subscription_date",
    ],
    "mailchimp": ["Email Address", "First Name", "Last Name", "ZIP code", "State", "EUID", "LAST_CHANGED"],
    "everyaction": ["Email", "FirstName", "LastName", "Zip", "State", "VANID", "Note"],
    "other": ["Correo", "Nombre", "Apellido", "Codigo", "Provincia", "No", "Fecha"],
}
ENCODINGS = {"action-network": "utf-8-sig", "mailchimp": "cp1252", "everyaction": "utf-16", "other": "utf-8"}
NO_LETTER = "~~"  # where Windows-1252 has a byte without meaning
LEFT_OUT, TAKEN_IN = "left out", "taken in"

# What is wrong with a person: (what she is changed to, how she is answered). Everything else of her is as it should be.
BAD = [
    ({"email": ""}, "there is no e-mail address."),
    ({"email": "  '  "}, "there is no e-mail address."),
    ({"email": "no address"}, "“no address” is no e-mail address."),
    ({"email": "ä@@example.org"}, "“ä@@example.org” is no e-mail address."),
    ({"email": "=cmd|' /C calc'!A0"}, "“=cmd|' /C calc'!A0” is no e-mail address."),
    ({"email": "x" * 250 + "@example.org"}, f"“{'x' * 80}” is no e-mail address."),
    ({"email": "two@example.org two@example.org"}, "“two@example.org two@example.org” is no e-mail address."),
    ({"email": "a\x07b@example.org"}, "“a b@example.org” is no e-mail address."),
    ({"first_name": "nul\0"}, "the cell first_name holds a NUL character."),
    ({"last_name": "x" * 2001}, "the cell last_name is longer than 2000 characters."),
]
MENDED = [
    ({"zip": "no ZIP"}, "“no ZIP” is no ZIP code and was left out."),
    ({"zip": "2142"}, "2142 was read as 02142."),
    ({"first_name": "y" * 90}, "the name was cut to 80 characters."),
]
GOOD = [
    {},
    {"zip": ""},
    {"zip": "'02142"},
    {"first_name": "O\x1bNeil"},
    {"last_name": "two\r\nlines"},
    {"last_name": NO_LETTER},
    {"first_name": 'a "quoted" name', "last_name": "Beltrán"},
]
WRONG_DATES = [
    ({"dated": day}, f"“{day}” is no date that can be used.") for day in ("31/31/2026", "2999-01-01", "soon")
]
# Wrong counts of cells, and open quotes, that only a table has.
TOO_MANY, LEFT_OPEN = "too many", "left open"


def drawn(seed, *, table, dates):
    """People in a list, each with how she is answered: (person, what, reason), both "" where nothing is said."""
    draw, number = random.Random(seed), count()
    wrong = [(change, LEFT_OUT, reason) for change, reason in BAD]
    if table:
        wrong += [(TOO_MANY, LEFT_OUT, "it has 9 cells and the header 7."), (LEFT_OPEN, LEFT_OUT, "")]
    right = [(change, TAKEN_IN, reason) for change, reason in (MENDED + WRONG_DATES if dates else MENDED)] + [
        (change, "", "") for change in GOOD
    ]
    chosen = [draw.choice(wrong) for _n in range(MALFORMED)] + [draw.choice(right) for _n in range(200)]
    draw.shuffle(chosen)
    for change, what, reason in chosen:
        at = next(number)
        person = {"email": f"p{at}@example.org", "first_name": "Ann", "last_name": "B", "zip": "02142", "state": "MA"}
        yield (
            person
            | {"key": f"u{at}", "dated": "2026-02-01"}
            | (change if isinstance(change, dict) else {"wrong": change}),
            what,
            reason,
        )


def table_of(people, format_name):
    """The list as a table, and the answers due: [(row, what, reason)], the addresses that must come in."""
    mark = "\t" if format_name == "everyaction" else ","
    out = io.StringIO()
    writer = csv.writer(out, delimiter=mark)
    writer.writerow(HEADERS[format_name])
    said, coming, line = [], set(), 2
    for at, (person, what, reason) in enumerate(people, start=2):
        begun = out.tell()
        cells = [person[name] for name in NAMES]
        if person.get("wrong") == TOO_MANY:
            writer.writerow([*cells, "more", "still"])
        elif person.get("wrong") == LEFT_OPEN:
            # Up to the next quote in the same column: two people more are inside.
            for number, quote in enumerate(['"', "", '"']):
                hers = [f"lost{number}.{cells[0]}", f"{quote}Cy", *cells[2:]]
                out.write(mark.join(hers) + "\r\n")
            reason = f"a quote is opened and not closed in lines {line} to {line + 2}."
        else:
            writer.writerow(cells)
        line += out.getvalue().count("\n", begun)
        if what:
            said.append((at, what, reason))
        if what != LEFT_OUT:
            coming.add(person["email"])
    content = out.getvalue().encode(ENCODINGS[format_name])
    return content.replace(NO_LETTER.encode(), b"\x81") if format_name == "mailchimp" else content, said, coming


def document_of(people):
    """The list as an OSDI document, a tenth of it no people at all."""
    made, said, coming = [], [], set()
    for at, (person, what, reason) in enumerate(people, start=1):
        if what == LEFT_OUT and at % 10 == 0:
            made.append(random.Random(at).choice([7, None, [], "x", True]))
            said.append((at, what, "it is no person."))
            continue
        made.append(
            {
                "email_addresses": [{"address": person["email"]}],
                "given_name": person["first_name"],
                "family_name": person["last_name"],
                "postal_addresses": [{"postal_code": person["zip"], "region": person["state"]}],
                "identifiers": [person["key"]],
                "modified_date": person["dated"],
            }
        )
        if what:
            said.append((at, what, reason))
        if what != LEFT_OUT:
            coming.add(person["email"])
    return json.dumps({"_embedded": {"osdi:people": made}}).encode(), said, coming


def remarks_of(report):
    text = b"".join(report.remarks.pieces()).decode("utf-8-sig")
    return [(int(line[0]), line[1], line[2]) for line in list(csv.reader(io.StringIO(text, newline="")))[1:]]


def written():
    return {model: model.objects.count() for model in (Member, MemberSource, Suppression, ImportBatch, Entry)}


@pytest.mark.parametrize("format_name", [*HEADERS, "osdi"])
def test_nothing_by_halves_and_each_is_answered(format_name, tmp_path, america):
    people = drawn(format_name, table=format_name != "osdi", dates=format_name != "everyaction")
    content, said, coming = document_of(people) if format_name == "osdi" else table_of(people, format_name)
    path = tmp_path / "list"
    path.write_bytes(content)
    bad = len([what for _row, what, _reason in said if what == LEFT_OUT])
    assert bad == MALFORMED

    def take(**options):
        columns = COLUMNS if format_name == "other" else None
        return intake.import_members(path, format_name=format_name, columns=columns, now=clock.now(), **options)

    before = written()
    refused = take()
    assert (refused.refused, refused.batch, written()) == (True, None, before)
    tried = take(dry_run=True, skip_bad_rows=True)
    assert written() == before
    taken = take(skip_bad_rows=True)
    assert taken.counts == tried.counts
    assert remarks_of(refused) == remarks_of(tried) == remarks_of(taken) == said
    assert set(Member.objects.values_list("email_key", flat=True)) == coming
    assert MemberSource.objects.count() == len(coming)
    assert not Member.objects.filter(first_name__contains="@").exists()
    counts = taken.counts
    assert (counts["rows"], counts["bad_address"], counts["new"]) == (MALFORMED + len(coming), bad, len(coming))
    assert take(skip_bad_rows=True).counts["new"] == 0


# Quotes that are opened and not closed


def answered(take, content, **options):
    return take(content, skip_bad_rows=True, **options), set(Member.objects.values_list("email", flat=True))


def test_an_open_quote_takes_nobody_into_another_ones_name(take):
    lost = row("a@example.org", first='"Ann') + row("b@example.org", status="unsubscribed") + row(first='"Cy"')
    found = answered(take, HEADER + lost + row("d@example.org"))
    assert found == ({"rows": 2, "new": 1, "bad_address": 1}, {"d@example.org"})


def test_an_open_quote_at_the_end_takes_nobody_with_it(take):
    content = 'email,first_name,zip_code\nd@example.org,D,02142\na@example.org,"Ann,02142\nb@example.org,B,02142\n'
    assert answered(take, content) == ({"rows": 2, "new": 1, "bad_address": 1}, {"d@example.org"})


@pytest.mark.parametrize("note", ["one, two\nthree, four\n, five", "write to a@example.org,\nnot to b@example.org"])
def test_a_note_of_several_lines_is_no_open_quote(take, note):
    content = f'email,zip_code,note,first_name\nd@example.org,02142,"{note}",D\n'
    assert answered(take, content) == ({"rows": 1, "new": 1}, {"d@example.org"})


def test_rows_count_as_the_spreadsheet_does_from_an_empty_line_above_the_header_on(tmp_path, america):
    path = tmp_path / "list.csv"
    path.write_text("\n,,\n" + HEADER + row("") + "\n" + row("x"))
    report = intake.import_members(path, format_name="action-network", now=clock.now())
    assert [row for row, _what, _reason in remarks_of(report)] == [4, 6]
