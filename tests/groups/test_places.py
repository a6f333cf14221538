"""What people write for a place, what a map says of a ZIP, whom to write to."""

import csv

import pytest
from django.core.management import call_command

from groups import places
from groups.models import MapVersion, Place
from groups.refusals import Refusal
from tests.data import shared
from tests.factories.groups import MapVersionFactory, district, state, zips


@pytest.mark.parametrize("text", ["WY-0", "WY00", "WY-98", "WY-AL", "wy-at-large", "WY at large", "wy-1", " WY-01 "])
def test_an_at_large_district_in_all_spellings(text):
    assert places.parse_district(text) == ("WY", 0)


@pytest.mark.parametrize("text", ["MA-7", "MA07", "MA-07", "ma 7", "MA7"])
def test_a_numbered_district_in_all_spellings(text):
    assert places.parse_district(text) == ("MA", 7)


@pytest.mark.parametrize("text", ["MA", "ma", " Massachusetts "])
def test_a_state_has_no_number(text):
    assert places.parse_district(text) == ("MA", None)


@pytest.mark.parametrize("text", ["", "XX-1", "MA-", "MA-x", "7", "MA-7-8", "\0", "MA-٧", "x" * 10_000, "<b>MA</b>"])
def test_what_is_no_district(text):
    with pytest.raises(Refusal, match="is no district"):
        places.parse_district(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("MA-10", "Massachusetts has the districts 1 to 9, and no district 10."),
        ("MA-0", "Massachusetts has the districts 1 to 9, and no district 0."),
        ("WY-2", "Wyoming has one district only, WY-AL."),
    ],
)
def test_a_number_the_state_does_not_have(text, sentence):
    with pytest.raises(Refusal) as refused:
        places.parse_district(text)
    assert str(refused.value) == sentence


@pytest.mark.django_db
def test_find_by_text_and_by_ocd_id():
    seventh = district("MA", 7)
    assert places.find("MA07") == places.find(seventh.ocd_id) == seventh
    assert places.find("ma") == state("MA")
    with pytest.raises(Refusal, match="not loaded yet"):
        places.find("WY-AL")


@pytest.mark.django_db
def test_contact_falls_back_from_district_to_state_to_federation(settings):
    settings.FEDERATION_NAME, settings.CONTACT_EMAIL = "Fed", "help@example.org"
    seventh = district("MA", 7)
    assert places.contact(seventh) == ("Fed", "help@example.org")
    Place.objects.filter(pk=seventh.state_id).update(organizer_name="Sue", organizer_email="sue@example.org")
    assert places.contact(Place.objects.get(pk=seventh.pk)) == ("Sue", "sue@example.org")
    Place.objects.filter(pk=seventh.pk).update(organizer_email="dan@example.org")
    assert places.contact(Place.objects.get(pk=seventh.pk)) == ("Massachusetts 7th District", "dan@example.org")


@pytest.mark.django_db
def test_many_zips_are_asked_together(django_assert_num_queries):
    zips({"02139": ["MA-5", "MA-7"], "82001": ["WY-0"], "30165": ["AL-3", "GA-14"]})
    with django_assert_num_queries(3):
        answers = places.resolve_zips(["02139", "82001", "30165", "00000"])
    kinds = {zip5: answer.kind for zip5, answer in answers.items()}
    assert kinds == {"02139": "split", "82001": "one", "30165": "two_states", "00000": "unknown"}
    assert [place.label for place in answers["02139"].districts] == ["MA-05", "MA-07"]
    assert [place.usps for place in answers["30165"].states] == ["AL", "GA"]


@pytest.mark.django_db
def test_without_a_map_every_zip_is_unknown():
    assert places.resolve_zip("02139").kind == "unknown"


@pytest.mark.django_db
def test_an_older_map_may_be_asked():
    old = MapVersionFactory(name="old", current=False)
    zips({"02139": ["MA-7"]}, old)
    zips({"02139": ["MA-5"]})
    assert places.resolve_zip("02139").districts == [district("MA", 5)]
    assert places.resolve_zip("02139", old).districts == [district("MA", 7)]


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "\0", "abcde", "x" * 10_000, "０２１３９"])
def test_a_zip_that_is_none_is_unknown(text):
    MapVersionFactory()
    assert places.resolve_zip(text).kind == "unknown"


@pytest.mark.django_db
def test_every_edge_case_of_the_real_map():
    call_command("import_places")
    call_command("import_zip_districts", str(shared("zcta_cd119.csv")), map="cd119")
    assert MapVersion.objects.get().current
    with shared("zip_edge_cases.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            answer = places.resolve_zip(row["zip"])
            found = [f"{place.usps}-{place.number}" for place in answer.districts]
            assert found == row["districts_in_file"].split(), row["zip"]
            assert len(answer.states) == int(row["n_states"]), row["zip"]
            kinds = {(0, 0): "unknown", (1, 1): "one"}
            expected = kinds.get((len(found), len(answer.states))) or (
                "two_states" if len(answer.states) > 1 else "split"
            )
            assert answer.kind == expected, row["zip"]
