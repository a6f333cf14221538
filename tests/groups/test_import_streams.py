"""The fast lanes of an import give what the slow ones give; a list full of nonsense is answered row by row."""

import csv
import io
import random
from datetime import date

import pytest
from django.core.management import CommandError
from django.db import IntegrityError
from hypothesis import given, settings
from hypothesis import strategies as st

from groups.importing import intake, staging
from groups.importing.ordinary import Ordinary
from groups.importing.person import read_row
from groups.models import ImportBatch, Member, MemberSource
from groups.refusals import Refusal
from journal.models import Entry
from mailings.models import Suppression
from tests.groups.lists import HEADER, row

TODAY = date(2026, 3, 1)
NAMES = ["key", "first_name", "last_name", "email", "zip", "state", "status", "dated", "joined", "language"]
CELLS = {
    "key": ["", "u-1", "'77", "x" * 130],
    "first_name": ["Ana", " José ", "", "x" * 90, "O'Neil", "a\\b", "tab\there", "nul\0", "=1"],
    "last_name": ["Beltrán", "\u2028", "李", "\ud800"],
    "email": ["a@example.org", " A@Example.ORG ", "'a@example.org", "", "a@b", "a..b@example.org", "ü@example.org",
              "a@exämple.org", "a@example.org.", "a@-x.org", "x" * 260 + "@example.org", "a'b@example.org"],
    "zip": ["02139", "2139", "02139-1234", "'02139", "x", "", " 02139 ", "０２１３９"],
    "state": ["MA", "ma", "Massachusetts", "'MA", "Nowhere", ""],
    "status": ["subscribed", "Unsubscribed", "bouncing", "maybe", ""],
    "dated": ["2026-02-01", "2026-02-01 12:11:50", "2/1/2026", "2999-01-01", "x", ""],
    "joined": ["", "2025-01-01T00:00:00Z"],
    "language": ["", "es", "ES-us"],
}  # fmt: skip
ROWS = st.tuples(*(st.sampled_from(CELLS[name]) | st.text(max_size=6) for name in NAMES))


def slowly(cells):
    """What the slow lane makes of a row as it is staged; None where it has a word to say."""
    try:
        read = read_row(7, cells, today=TODAY)
    except Refusal:
        return None
    return None if read.warnings else staging.tuple_of(read)


@settings(max_examples=400, deadline=None)
@given(ROWS)
def test_the_fast_lane_reads_what_the_slow_one_reads_or_nothing(cells):
    fast = Ordinary({name: at for at, name in enumerate(NAMES)}, len(NAMES), None, TODAY).read(7, list(cells))
    assert fast is None or fast == slowly(dict(zip(NAMES, cells, strict=True)))


def test_a_plain_row_takes_the_fast_lane():
    cells = [
        "u-1",
        "Ana",
        "Beltrán",
        "A@Example.org",
        "02139-1234",
        "Massachusetts",
        "Subscribed",
        "2/1/2026",
        "",
        "es",
    ]
    fast = Ordinary({name: at for at, name in enumerate(NAMES)}, len(NAMES), None, TODAY).read(7, cells)
    assert fast == slowly(dict(zip(NAMES, cells, strict=True)))
    assert fast[1:8] == ("A@Example.org", "a@example.org", "Ana", "Beltrán", "02139", "MA", "1")


def drawn(seed):
    """A list with people in it several times, in every status, with every kind of ZIP."""
    draw = random.Random(seed)
    return HEADER + "".join(
        row(
            draw.choice(["{}@example.org", "{}@EXAMPLE.org", " {}@example.org"]).format(f"p{draw.randrange(60)}"),
            draw.choice(["02142", "02139", "2142", "82001", "30165", "", "10118", "96910"]),
            draw.choice(["subscribed", "subscribed", "unsubscribed", "bouncing", "spam complaint", "", "maybe"]),
            key=draw.choice(["", "1", "2"]),
            state_=draw.choice(["MA", "WY", "GA", "", "GU"]),
            dated=draw.choice(["", "2025-01-01", "2026-01-01"]),
            first=draw.choice(["A", ""]),
        )
        for _n in range(80)
    )


def everything():
    """All that imports write, by address."""
    people = Member.objects.order_by("email_key").values_list(
        "email", "email_key", "first_name", "last_name", "zip", "state__usps", "district__number", "map_version__name",
        "address_dated", "doubt", "language", "wants_news", "confirmed_how", "brought_by__file_name",
    )  # fmt: skip
    sources = MemberSource.objects.order_by("member__email_key", "source", "source_key").values_list(
        "member__email_key", "source", "source_key", "status", "zip", "usps", "dated", "batch__file_name"
    )
    notes = Suppression.objects.order_by("address", "reason").values_list("address", "reason")
    return list(people), list(sources), list(notes)


@pytest.mark.postgresql
@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_the_mass_is_settled_as_by_weighing_everybody(take, monkeypatch, seed):
    # Every piece is cut several times.
    monkeypatch.setattr(intake.merging, "PIECE", 3)
    monkeypatch.setattr(intake, "CHUNK", 7)
    monkeypatch.setattr(staging, "PIECE", 5)
    lists = [(drawn(seed * 10 + n), {"vouched_by": "Dee" if n else "", "name": f"{n}.csv"}) for n in range(3)]
    told = [take(content, **options) for content, options in lists]
    found = everything()
    for model in (MemberSource, Member, Suppression):
        model.objects.all()._raw_delete("default")
    monkeypatch.setattr(intake.merging, "merge_plain", lambda *given, **named: staging.TABLE)
    assert [take(content, **options) for content, options in lists] == told
    assert everything() == found


# Ten thousand malformed rows

NONSENSE = [
    lambda n: f'u{n},A,B,,02142,MA,subscribed,"line\r\nend"',
    lambda n: f"u{n},A,B,no address {n},02142,MA,subscribed,",
    lambda n: f"u{n},A,B,n{n}@example.org,02142,MA,subscribed,,too,many",
    lambda n: f"u{n},A\0,B,n{n}@example.org,02142,MA,subscribed,",
    lambda n: f"u{n},{'x' * 2001},B,n{n}@example.org,02142,MA,subscribed,",
    lambda n: f"u{n},A,B,=HYPERLINK({n}),02142,MA,subscribed,",
    lambda n: f"u{n}",
    lambda n: f'u{n},"A ""quoted"" name",B,@,02142,MA,subscribed,',
    lambda n: f"u{n},A,B,ä{n}@@example.org,02142,MA,subscribed,",
    lambda n: f"u{n},A,B,n{n}@example.org\x00,02142,MA,subscribed,",
]


@pytest.mark.django_db
def test_ten_thousand_malformed_rows_import_nothing_and_each_is_answered(command, tmp_path, capsys):
    bad = "\r\n".join(NONSENSE[n % len(NONSENSE)](n) for n in range(10_000))
    content = ("\ufeff" + HEADER.strip() + "\r\n" + row("good@example.org").strip() + "\r\n" + bad).encode()
    table = tmp_path / "bad.csv"
    with pytest.raises(CommandError, match="Nothing was imported: 10000 of 10001 rows are bad"):
        command(content, "action-network", "--bad-rows", str(table))
    assert not (Member.objects.exists() or MemberSource.objects.exists() or Suppression.objects.exists())
    assert not (ImportBatch.objects.exists() or Entry.objects.exists())
    assert capsys.readouterr().err.splitlines()[-1] == "… and 9950 more."
    header, *said = csv.reader(io.StringIO(table.read_text(encoding="utf-8-sig"), newline=""))
    assert header[:3] == ["row", "what", "reason"]
    assert [int(line[0]) for line in said] == list(range(3, 10_003))
    assert {line[1] for line in said} == {"left out"}
    assert [line[2] for line in said[:10]] == [
        "there is no e-mail address.",
        "“no address 1” is no e-mail address.",
        "it has 10 cells and the header 8.",
        "the cell first_name holds a NUL character.",
        "the cell first_name is longer than 2000 characters.",
        "“=HYPERLINK(5)” is no e-mail address.",
        "there is no e-mail address.",
        "“@” is no e-mail address.",
        "“ä8@@example.org” is no e-mail address.",
        "the cell email holds a NUL character.",
    ]
    assert said[5][3] == "'=HYPERLINK(5)"  # a spreadsheet shows it and does not run it
    said = command(content, "action-network", "--skip-bad-rows")
    assert said.out.splitlines()[0].endswith("10000 bad address.")
    assert Member.objects.get().email == "good@example.org"


@pytest.mark.django_db
@pytest.mark.parametrize("fails", [1, 2, 3])
def test_a_sign_up_at_the_same_moment_makes_us_look_again(take, monkeypatch, fails):
    write, calls = intake.Chunk.write, []

    def racing(chunk, counts):
        calls.append(chunk)
        write(chunk, counts)
        if len(calls) <= fails:
            raise IntegrityError("duplicate key")

    monkeypatch.setattr(intake.Chunk, "write", racing)
    content = HEADER + row() + row() + row("b@example.org", status="unsubscribed")
    if fails == intake.TRIES:
        with pytest.raises(Refusal, match="signed up at the same moment"):
            take(content)
        assert not (Member.objects.exists() or Suppression.objects.exists() or ImportBatch.objects.exists())
    else:
        assert take(content) == {"rows": 3, "new": 2, "duplicate": 1, "suppressed": 1}
        assert (Member.objects.count(), ImportBatch.objects.count()) == (2, 1)
