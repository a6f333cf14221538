"""All places, compared with the Open Civic Data list."""

import csv

import pytest
from django.core.management import call_command

from groups.models import Place
from tests.data import shared

pytestmark = pytest.mark.django_db


def test_the_places_are_those_of_open_civic_data():
    call_command("import_places")
    with shared("ocd_us_divisions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    current = [row for row in rows if not row["valid_through"]]
    expected = {row["id"]: row["name"] for row in current if row["kind"] in ("state", "district", "territory")}
    assert dict(Place.objects.states().values_list("ocd_id", "name")) == expected
    districts = {row["id"] for row in current if row["kind"] == "cd"}
    assert len(districts) == 441
    assert set(Place.objects.districts().values_list("ocd_id", flat=True)) == districts


def test_names_and_labels():
    call_command("import_places")
    named = {place.label: place.name for place in Place.objects.all()}
    assert named["MA-07"] == "Massachusetts 7th District"
    assert named["WY-AL"] == "Wyoming At-Large District"
    assert named["CA-52"] == "California 52nd District"
    assert named["NY-11"] == "New York 11th District"
    assert named["DC"] == "District of Columbia"


def test_twice_changes_nothing_and_keeps_the_organizer(capsys):
    call_command("import_places")
    Place.objects.filter(usps="MA", number=7).update(organizer_email="o@example.org", name="Wrong")
    call_command("import_places")
    assert capsys.readouterr().out == ("497 new, 0 changed, 497 places in all.\n0 new, 1 changed, 497 places in all.\n")
    place = Place.objects.get(usps="MA", number=7)
    assert (place.name, place.organizer_email) == ("Massachusetts 7th District", "o@example.org")
