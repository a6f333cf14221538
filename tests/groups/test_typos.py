import pytest

from groups.typos import meant


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ben@gmial.com", "ben@gmail.com"),
        ("ben@gmail.con", "ben@gmail.com"),
        ("Ben.B@GMAIL.CO", "Ben.B@gmail.com"),
        ("ben@yaho.com", "ben@yahoo.com"),
        ("ben@hotnail.com", "ben@hotmail.com"),
        ("ben@gmail.com", ""),
        ("ben@example.org", ""),
        ("ben@yahoo.ca", ""),
        ("ben@fastmail.com", ""),
        ("@gmial.com", ""),
        ("gmial.com", ""),
        ("", ""),
        ("ben@" + "x" * 10_000, ""),
    ],
)
def test_what_was_meant(address, expected):
    assert meant(address) == expected
