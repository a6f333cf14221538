import pytest
from hypothesis import given
from hypothesis import strategies as st

from rounds import admission
from rounds.admission import name_key
from rounds.refusals import Refusal
from tests.factories.groups import GroupFactory, district, state


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jane Rivera", "jane  RIVERA "),
        ("José Núñez", "Jose Nunez"),
        ("Ann-Marie O’Neil", "Ann Marie ONeil"),
        ("Martin L. King, Jr.", "Martin L King Jr"),
        ("Jane\u00a0Rivera", "Jane Rivera"),
    ],
)
def test_two_spellings_of_one_name_meet(one, other):
    assert name_key(one) == name_key(other)


def test_two_people_stay_two():
    assert name_key("Jane Rivera") != name_key("Jane Riviera")
    assert name_key("!!!") == "!!!"
    assert name_key("李明") == "李明"


@given(st.text(max_size=120))
def test_a_key_is_folded_already_and_fits(name):
    key = name_key(name)
    assert len(key) <= 120
    assert name_key(key) == key
    assert name_key(f"  {name} ") == key


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("office", "usps", "text", "label"),
    [
        ("house", "MA", "7", "MA-07"),
        ("house", "MA", "MA07", "MA-07"),
        ("house", "WY", "", "WY-AL"),
        ("house", "WY", "at-large", "WY-AL"),
        ("house", "WY", "WY-98", "WY-AL"),
        ("house", "DC", "", "DC-AL"),
        ("house", "PR", "0", "PR-AL"),
        ("senate", "MA", "", "MA"),
        ("governor", "PR", "7", "PR"),
    ],
)
def test_office_and_place_make_the_place_that_elects(office, usps, text, label):
    for home, number in [("MA", 7), ("WY", 0), ("DC", 0), ("PR", 0)]:
        district(home, number)
    assert admission.race_place(office, usps, text).label == label


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("office", "usps", "text"),
    [
        ("senate", "DC", ""),
        ("governor", "DC", ""),
        ("senate", "GU", ""),
        ("house", "MA", ""),
        ("house", "MA", "0"),
        ("house", "MA", "10"),
        ("house", "MA", "MA"),
        ("house", "MA", "WY-AL"),
        ("house", "ZZ", "1"),
        ("house", "", ""),
        ("mayor", "MA", "1"),
        ("house", "MA", "7" * 500),
        ("house", "MA", "\x00"),
        ("house", "MA", "７"),
        ("house", "MA", "²"),
    ],
)
def test_what_nobody_elects_is_refused(office, usps, text):
    state("MA")
    with pytest.raises(Refusal):
        admission.race_place(office, usps, text)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("own", "race", "reaches"),
    [
        (("MA", 7), ("MA", 7), True),
        (("MA", None), ("MA", 7), True),
        (("MA", 7), ("MA", None), True),
        (("MA", 7), ("MA", 8), False),
        (("MA", 7), ("WY", 0), False),
        (("MA", None), ("WY", None), False),
    ],
)
def test_group_reaches_races_where_its_members_live(own, race, reaches):
    def place(usps, number):
        return state(usps) if number is None else district(usps, number)

    group = GroupFactory(places=[place(*own)])
    if reaches:
        admission.check_reach(group, place(*race))
        return
    with pytest.raises(Refusal) as told:
        admission.check_reach(group, place(*race))
    for words in (group.name, place(*own).name, place(*race).name, "help@example.org"):
        assert words in str(told.value)


@pytest.mark.django_db
def test_refusal_names_the_organizer_of_the_place():
    home = district("MA", 7)
    home.organizer_name, home.organizer_email = "Olga Organizer", "olga@example.org"
    home.save()
    with pytest.raises(Refusal, match=r"write to Olga Organizer \(olga@example.org\)"):
        admission.check_reach(GroupFactory(places=[home]), state("WY"))


@pytest.mark.django_db
def test_inactive_group_and_group_without_a_place():
    with pytest.raises(Refusal, match="is not active"):
        admission.check_group(GroupFactory(active=False))
    with pytest.raises(Refusal, match="no place yet"):
        admission.check_reach(GroupFactory(places=[]), state("MA"))
