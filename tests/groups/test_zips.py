import pytest

from groups.zips import ReadZip, read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("02139", ReadZip("02139")),
        (" 02139 ", ReadZip("02139")),
        ("02139-1234", ReadZip("02139")),
        ("021391234", ReadZip("02139")),
        ("'02139", ReadZip("02139")),
        ('="02139"', ReadZip("02139")),
        ("10025.0", ReadZip("10025")),
        ("2139", ReadZip("02139", restored=True)),
        ("2139-1234", ReadZip("02139", restored=True)),
        ("2139.0", ReadZip("02139", restored=True)),
        ("501", ReadZip("00501", restored=True)),
        ("", ReadZip("")),
        ("  ", ReadZip("")),
        ("12", None),
        ("123456", None),
        ("K1A 0B1", None),
        ("０２１３９", None),
        ("02139\0", None),
        ("9" * 10_000, None),
    ],
)
def test_zips_as_people_and_spreadsheets_write_them(text, expected):
    assert read(text) == expected
