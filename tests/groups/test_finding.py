"""Finding members by whole addresses and the beginnings of names, by the indexes alone."""

import pytest
from django.db import connection

from groups import finding
from groups.models import Member
from tests.factories.groups import MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people():
    MemberFactory(email="rosa.diaz@example.org", first_name="Rosa", last_name="Díaz", zip="01060")
    MemberFactory(email="ada.smith@example.org", first_name="Ada", last_name="Smith", zip="01060")
    MemberFactory(email="bo.smith@example.org", first_name="Bo", last_name="SMITHSON", zip="02139")
    MemberFactory(email="ann.mcdonald@example.org", first_name="Mary Ann", last_name="McDonald", zip="02139")


def found(text):
    return sorted(finding.matching(Member.objects.all(), text).values_list("email", flat=True))


@pytest.mark.parametrize(
    ("text", "emails"),
    [
        ("ada.smith@example.org", ["ada.smith@example.org"]),
        (" Ada.Smith@Example.org ", ["ada.smith@example.org"]),
        ("smith@example.org", []),
        ("smith", ["ada.smith@example.org", "bo.smith@example.org"]),
        ("Smiths", ["bo.smith@example.org"]),
        ("mcdonald", ["ann.mcdonald@example.org"]),
        ("Ada Smith", ["ada.smith@example.org"]),
        ("Smith, Ada", ["ada.smith@example.org"]),
        ("smith 02139", ["bo.smith@example.org"]),
        ("smith b", ["bo.smith@example.org"]),
        ("smith c", []),
        ("rosa", []),
        ("01060", []),
        ("%", []),
        ("_mith", []),
        ("", []),
        ("a\0b", []),
    ],
)
def test_whole_addresses_and_beginnings_of_last_names(text, emails):
    assert found(text) == emails


@pytest.mark.postgresql
@pytest.mark.parametrize("text", ["smith", "smith ada", "ada.smith@example.org"])
def test_no_search_walks_over_all_members(text):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = finding.matching(Member.objects.all(), text).explain()
    assert "Seq Scan" not in plan
