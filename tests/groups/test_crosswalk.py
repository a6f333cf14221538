"""Loading a map: the real one, other headers, and what is wrong with a file."""

from collections import Counter
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from groups.models import MapVersion, ZipDistrict
from tests.data import shared
from tests.factories.groups import district

pytestmark = pytest.mark.django_db


@pytest.fixture
def load(tmp_path, capsys):
    def run(content, name="cd119"):
        path = tmp_path / "walk.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        call_command("import_zip_districts", str(path), map=name)
        return capsys.readouterr()

    return run


def pairs():
    return sorted(ZipDistrict.objects.values_list("zip", "district__usps", "district__number"))


def test_the_real_map_has_the_numbers_its_page_says(capsys):
    call_command("import_places")
    path = str(shared("zcta_cd119.csv"))
    call_command("import_zip_districts", path, map="cd119")
    rows = Counter(ZipDistrict.objects.values_list("zip", flat=True))
    states = Counter(zip5 for zip5, _usps in set(ZipDistrict.objects.values_list("zip", "district__usps")))
    assert rows.total() == 42_033
    assert len(rows) == 33_774
    assert sum(count > 1 for count in rows.values()) == 7_299
    assert sum(count > 1 for count in states.values()) == 109
    call_command("import_zip_districts", path, map="cd119")
    assert capsys.readouterr().out.splitlines()[1:] == [
        "42033 rows, 33774 ZIPs on map cd119: 42033 new, 0 gone.",
        "42033 rows, 33774 ZIPs on map cd119: 0 new, 0 gone.",
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"state_abbr,zcta,cd\r\nMA,02139,7\r\n",
        b"\xef\xbb\xbfCD,ZIP,STATE_FIPS\n07,02139,25\n",
        b"state_fips,state_abbr,zip,cd119\n25,ma,02139,7\n\n",
        b"state,zip,cd\nMA,2139,7\n",
    ],
)
def test_headers_marks_and_line_ends(load, content):
    district("MA", 7)
    load(content)
    assert pairs() == [("02139", "MA", 7)]


def test_at_large_is_0_or_98_and_a_lost_zero_is_said(load):
    district("WY", 0), district("DC", 0), district("PR", 0)
    said = load("state_abbr,zcta,cd\nWY,82001,0\nDC,20001,98\nPR,901,98\n")
    assert pairs() == [("00901", "PR", 0), ("20001", "DC", 0), ("82001", "WY", 0)]
    assert said.err == "Put a leading zero back into 1 ZIPs; a spreadsheet had dropped it.\n"


def test_a_changed_file_changes_only_what_differs_and_a_new_map_becomes_current(load):
    district("MA", 5), district("MA", 7)
    load("state_abbr,zcta,cd\nMA,02139,7\nMA,02142,7\n")
    assert load("state_abbr,zcta,cd\nMA,02139,5\nMA,02142,7\n").out == "2 rows, 2 ZIPs on map cd119: 1 new, 1 gone.\n"
    load("state_abbr,zcta,cd\nMA,02139,5\n", name="cd120")
    assert list(MapVersion.objects.order_by("name").values_list("name", "current")) == [
        ("cd119", False),
        ("cd120", True),
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b" \n\n", "The file is empty."),
        (b"state_abbr,zcta,cd\n", "The file has a header and no rows."),
        (b"state_abbr,zcta\nMA,02139\n", "Missing column: cd. The header found is: 'state_abbr,zcta'"),
        (b"a;b\n1;2\n", "Missing column: state_abbr (or state_fips), zcta (or zip), cd. The header found is: 'a;b'"),
        (b"\xff\xfe\x00\x01", "This is no CSV file in UTF-8."),
        (b"state_abbr,zcta,cd\nMA,02139," + b"7" * 200_000, "Row 2 can't be read: field larger than field limit"),
    ],
)
def test_files_that_are_no_map(load, content, sentence):
    district("MA", 7)
    with pytest.raises(CommandError) as refused:
        load(content)
    assert str(refused.value).startswith(sentence)
    assert not MapVersion.objects.exists()


def test_bad_rows_are_numbered_and_nothing_is_loaded(load):
    district("MA", 7)
    with pytest.raises(CommandError) as refused:
        load("state_abbr,zcta,cd\nMA,02139,7\nXX,02139,7\nMA,x\0,7\nMA,02139,10\nMA,02139,x\nMA\n")
    assert str(refused.value).splitlines() == [
        "Nothing was loaded, because of these rows:",
        "Row 3: “XX” is no state.",
        "Row 4: “x\0” is no ZIP code.",
        "Row 5: Massachusetts has the districts 1 to 9, and no district 10.",
        "Row 6: “x” is no district number.",
        "Row 7: it has too few cells.",
    ]
    assert pairs() == []


def test_no_file_no_places_no_name(load, tmp_path):
    with pytest.raises(CommandError, match="can't be read: No such file"):
        call_command("import_zip_districts", str(tmp_path / "none.csv"), map="x")
    with pytest.raises(CommandError, match="run import_places first"):
        load("state_abbr,zcta,cd\nMA,02139,7\n")
    with pytest.raises(CommandError, match="--map is a short name"):
        call_command("import_zip_districts", str(Path(tmp_path)), map="two words")
