"""Words before a colon in the desk's searches."""

import pytest

from endorsements.desk import searching
from tests.factories.groups import GroupFactory, MemberFactory, district, state
from tests.factories.rounds import CandidacyFactory, NominationFactory, RaceFactory

WORDS = {"race": "race", "group": "group", "email": ""}


@pytest.mark.parametrize(
    ("text", "said", "rest"),
    [
        ("lee", [], "lee"),
        ("race:MA-07", [("race", "MA-07")], ""),
        ("ada race:MA-07 lee", [("race", "MA-07")], "ada lee"),
        ('group:"Bay State" RACE:ma', [("group", "Bay State"), ("race", "ma")], ""),
        ("group:“Bay State”", [("group", "Bay State")], ""),
        ("round:7", [], "round:7"),
        ("race: MA", [], "race: MA"),
        ('race:""', [], 'race:""'),
    ],
)
def test_known_words_are_taken_out_and_the_rest_stays_as_it_is(text, said, rest):
    assert searching.parted(text, WORDS) == (said, rest)


@pytest.fixture
def listed(client, dee, db):
    client.force_login(dee)

    def listed(path, text):
        response = client.get(f"/desk/{path}/", {"q": text})
        said = [str(message) for message in response.context["messages"]]
        return sorted(str(row) for row in response.context["cl"].result_list), said

    return listed


def test_a_race_is_found_as_people_write_it(listed):
    house = CandidacyFactory(name="Kim Lee", race=RaceFactory(place=district("MA", 7)))
    senate = CandidacyFactory(name="Lee Kim", race=RaceFactory(place=state("MA"), office="senate"))
    CandidacyFactory(name="Kim Else", race=RaceFactory(place=district("NY", 3)))

    assert listed("rounds/candidacy", "race:ma-7") == ([str(house)], [])
    assert listed("rounds/candidacy", "race:MA-Sen") == ([str(senate)], [])
    assert listed("rounds/candidacy", "race:MA") == ([str(house), str(senate)], [])
    assert listed("rounds/candidacy", "race:MA Lee Kim race:MA-sen") == ([str(senate)], [])
    assert listed("rounds/race", "race:MA-Sen")[0] == [str(senate.race)]


def test_a_race_that_is_none_finds_nothing_and_says_why(listed):
    CandidacyFactory()

    assert listed("rounds/candidacy", "race:XX-1") == ([], ["“XX-1” is no district. Write it like MA-07 or WY-AL."])


def test_a_group_is_found_by_its_whole_name_first(listed):
    whole = NominationFactory(group=GroupFactory(name="Bay"), state="submitted")
    part = NominationFactory(group=GroupFactory(name="Bay State Circle"), state="submitted")

    assert listed("rounds/nomination", "group:bay")[0] == [str(whole)]
    assert listed("rounds/nomination", 'group:"y sta"')[0] == [str(part)]
    assert listed("rounds/nomination", "group:nobody")[0] == []


def test_a_candidate_whom_two_groups_named_stands_once(listed):
    candidacy = CandidacyFactory()
    for _n in range(2):
        NominationFactory(candidacy=candidacy, race=candidacy.race, group=GroupFactory(name=f"Bay {_n}"))

    assert listed("rounds/candidacy", "group:bay")[0] == [str(candidacy)]


def test_members_are_found_by_address_and_group(listed, group):
    ben = MemberFactory(email="ben@example.org", group=group)
    MemberFactory(email="cem@example.org")

    assert listed("groups/member", "email:Ben@Example.org")[0] == [str(ben)]
    assert listed("groups/member", 'group:"Boston Common Group"')[0] == [str(ben)]
    assert listed("groups/member", "email:nobody@example.org")[0] == []
