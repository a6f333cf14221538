"""Encodings, and files that are no lists."""

import json
import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from groups.models import ImportBatch, Member
from tests.groups.lists import HEADER, row

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_and_line_ends(take, encoding):
    text = (HEADER + row(first="Beltrán")).replace("\n", "\r\n")
    assert take(text.encode(encoding)) == {"rows": 1, "new": 1}
    assert Member.objects.get().first_name == "Beltrán"


def test_semicolons_of_other_countries(take):
    assert take((HEADER + row()).replace(",", ";")) == {"rows": 1, "new": 1}


def test_header_case_blanks_and_repeated_names(take):
    take("E-MAIL, Zip Code ,First Name,first name\na@example.org,02142,A,B\n")
    assert Member.objects.get().first_name == "A"


# What is no list


@pytest.mark.parametrize(
    ("content", "format_name", "sentence"),
    [
        (b"", "action-network", "The file is empty."),
        (b"\n \n", "action-network", "The file is empty."),
        (HEADER, "action-network", "The file has a header and no rows."),
        (
            "emial,zip_code\nx,1\n",
            "action-network",
            "Missing column: email. The header found is: 'emial,zip_code'",
        ),
        ("Name\tPhone\n", "everyaction", "Missing column: email, zip_code. The header found is: 'Name\\tPhone'"),
        (b"PK\x03\x04rest", "action-network", "This is a spreadsheet or a zip archive. Save the list as CSV"),
        (bytes(range(256)) * 10, "action-network", "This is no text file."),
        (b"\x89\xff\xfe\xfdabcdefgh\n", "mailchimp", "Missing column: email"),
        (HEADER + row(first="x" * 1_000_000), "action-network", "Line 2 can't be read: field larger than field limit"),
        ("{", "osdi", "This is no JSON document (line 1)."),
        ("[" * 100_000, "osdi", "This JSON document is nested too deeply."),
        ("[" + "9" * 5000 + "]", "osdi", "This is no JSON document (line 1)."),
        ("[]", "osdi", "No people were found."),
        ('{"_embedded": []}', "osdi", "No people were found."),
        ("7", "osdi", "No people were found."),
        (b"\xff\xfe\x00", "osdi", "This is no JSON document"),
    ],
)
def test_files_that_are_no_list(command, content, format_name, sentence):
    with pytest.raises(CommandError) as refused:
        command(content, format_name)
    assert str(refused.value).startswith(sentence)
    assert not Member.objects.exists()
    assert not ImportBatch.objects.exists()


def test_a_missing_file_and_a_folder(america, tmp_path):
    for path, why in [(tmp_path / "no.csv", "No such file"), (tmp_path, "Is a directory")]:
        with pytest.raises(CommandError, match=why):
            call_command("import_members", str(path), "--format", "osdi")


def test_bad_rows_are_numbered_and_nothing_is_imported(take, command, capsys):
    rows = (
        HEADER + row() + row("") + row("no at") + row(first="x\0y") + "1,2,3,a@example.org,5,6,7,8,9,10\n" + row("b@x")
    )
    with pytest.raises(CommandError, match="Nothing was imported: 5 of 6 rows are bad"):
        command(rows)
    assert capsys.readouterr().err.splitlines() == [
        "Row 3: there is no e-mail address.",
        "Row 4: “no at” is no e-mail address.",
        "Row 5: the cell first_name holds a NUL character.",
        "Row 6: it has 10 cells and the header 8.",
        "Row 7: “b@x” is no e-mail address.",
    ]
    assert not Member.objects.exists()
    assert take(rows, skip_bad_rows=True) == {"rows": 6, "new": 1, "bad_address": 5}


@pytest.mark.parametrize(
    "person",
    [
        7,
        None,
        [],
        {},
        {"email_addresses": None},
        {"email_addresses": ["x"]},
        {"email_addresses": [{"address": 7}]},
        {"email_addresses": [{"address": {"a": 1}}]},
        {"email_addresses": [{"address": "a@example.org"}], "given_name": "\ud800"},
    ],
)
def test_osdi_people_of_wrong_shapes_are_bad_rows(take, person):
    good = {"email_addresses": [{"address": "g@example.org"}], "postal_addresses": "x", "identifiers": {}}
    document = json.dumps({"_embedded": {"osdi:people": [good, person]}})
    assert take(document + "\n", "osdi", skip_bad_rows=True)["bad_address"] == 1
    assert Member.objects.count() == 1


def test_a_file_whose_name_is_no_text(tmp_path, america):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/list\xff.csv")
    Path(path).write_text(HEADER + row())
    call_command("import_members", path, "--format", "action-network")
    assert ImportBatch.objects.get().file_name == "list?.csv"
