"""Endorsements at home without a nomination: they count in vetting, show as conflicts, and stand on ballot and page."""

import pytest

from endorsements.models import Endorsement
from rounds import candidacies, local_votes, obstacles
from rounds.models import Candidacy, Contest, LocalEndorsement, Nomination, Race, Round
from tests.factories.groups import GroupFactory, district
from tests.factories.rounds import (
    START,
    CandidacyFactory,
    LocalEndorsementFactory,
    NominationFactory,
    RaceFactory,
    RoundFactory,
)
from tests.rounds.filling import NOW, TASKS
from vetting import filing
from voting import ballots, roll

pytestmark = pytest.mark.django_db


@pytest.fixture
def round(db):
    return RoundFactory(stage=Round.Stage.VETTING, name="Spring")


@pytest.fixture
def jane(round):
    """Jane Rivera stands in MA-07, cleared, named by the Salem Group."""
    candidacy = CandidacyFactory(
        round=round, name="Jane Rivera", name_key="jane rivera", state=Candidacy.State.CLEARED, gates=3
    )
    NominationFactory(candidacy=candidacy, group__name="Salem Group")
    return candidacy


def at_home(jane, candidate, group="Lynn Group", **more):
    group = GroupFactory(name=group, places=[district("MA", 7)])
    return LocalEndorsementFactory(group=group, candidate=candidate, race=jane.race, **more)


def seen(jane):
    found = local_votes.at_home([jane])[jane.pk]
    return [str(one.group) for one in found.same], [(str(one.group), one.candidate) for one in found.others]


def test_the_same_person_however_she_is_written_and_a_rival(jane):
    at_home(jane, "JANE  Rivéra")
    at_home(jane, "Bo Stone", group="Lowell Group")
    LocalEndorsementFactory(candidate="Jane Rivera", race=RaceFactory(place=district("MA", 8)))
    LocalEndorsementFactory(candidate="Jane Rivera", race=None)

    assert seen(jane) == (["Lynn Group"], [("Lowell Group", "Bo Stone")])


def test_a_group_that_nominated_speaks_by_its_nomination_and_the_latest_counts(jane):
    salem = jane.nominations.get().group
    LocalEndorsementFactory(group=salem, candidate="Bo Stone", race=jane.race)
    first = at_home(jane, "Bo Stone", decided_on="2026-01-10")
    LocalEndorsementFactory(group=first.group, candidate="Jane Rivera", race=jane.race, decided_on="2026-01-11")

    assert seen(jane) == (["Lynn Group"], [])


@pytest.mark.parametrize(
    ("state", "counts"), [("refused", True), ("withdrawn", False), ("returned", False), ("accepted", False)]
)
def test_the_vote_behind_a_nomination_stays_only_where_staff_refused_it(jane, state, counts):
    NominationFactory(candidacy=jane, group__name="Lynn Group", state=state)
    assert seen(jane) == ((["Lynn Group"] if counts else []), [])


@pytest.mark.parametrize("groups", [1, 3])
def test_queries_stay_the_same_however_many(jane, groups, django_assert_num_queries):
    for number in range(groups):
        at_home(jane, "Jane Rivera", group=f"Group {number}").joint_groups.add(GroupFactory())
    with django_assert_num_queries(3):
        assert len(local_votes.at_home([jane])[jane.pk].groups) == 2 * groups


def test_the_vetting_file_counts_and_shows_both(jane, dee):
    at_home(jane, "Jane Rivera")
    at_home(jane, "Bo Stone", group="Lowell Group")

    page = filing.file_of(filing.open_file(dee, jane.pk), reader=dee, now=NOW)["at_home"]

    assert ([str(group) for group in page.groups], [one.candidate for one in page.others]) == (
        ["Lynn Group"],
        ["Bo Stone"],
    )


def test_a_rival_at_home_is_an_obstacle_that_stops_nothing_and_is_told_once(jane):
    at_home(jane, "Bo Stone")
    ann = CandidacyFactory(race=jane.race, round=jane.round, name="Ann Ames", name_key="ann ames")
    NominationFactory(candidacy=ann)

    found = [one for one in obstacles.obstacles(jane.round, NOW) if "at home" in one.sentence]

    assert [(one.blocking, "Lynn Group endorsed Bo Stone at home" in one.sentence) for one in found] == [(False, True)]


def test_who_is_nominated_too_is_no_conflict_at_home(jane):
    at_home(jane, "Ann Ames")
    NominationFactory(
        candidacy=CandidacyFactory(race=jane.race, round=jane.round, name="Ann Ames", name_key="ann ames")
    )
    assert [one for one in obstacles.obstacles(jane.round, NOW) if "at home" in one.sentence] == []


def test_the_ballot_names_those_who_stood_there_at_the_freeze(jane, round):
    at_home(jane, "Jane Rivera")
    Round.objects.update(stage=Round.Stage.FROZEN)
    round.refresh_from_db()
    candidacies.make_contests(round, now=NOW)
    at_home(jane, "Jane Rivera", group="Late Group")

    (contest,) = roll.on_ballots(Contest.objects.values_list("pk", flat=True))

    assert ballots.paper(contest, 1).candidates[0].groups == ["Lynn Group", "Salem Group"]


def test_the_public_page_names_them_once(client, jane, round):
    salem = jane.nominations.get()
    salem.local_endorsement.joint_groups.add(at_home(jane, "Jane Rivera", group="Joint Group").group)
    at_home(jane, "Jane Rivera")
    Endorsement.objects.create(candidacy=jane, round=round, slug="jane", issued_at=START, announced_at=START)

    assert [str(group) for group in client.get("/endorsed/jane/").context["co_endorsing"]] == ["Lynn Group"]


def test_a_leader_records_one_for_a_race_of_ours(client, ada, group, round, set_clock):
    set_clock(NOW)
    client.force_login(ada)
    said = TASKS["vote"] | {"candidate": "Jane Rivera", "seat": "house", "usps": "MA", "district": "7"}

    assert client.post(f"/lead/{group.slug}/endorsements/add/", said).status_code == 302

    one = LocalEndorsement.objects.get()
    assert (one.race, one.office) == (Race.objects.get(), "U.S. House, Massachusetts 7th District")
    assert Nomination.objects.count() == 0


def test_a_race_out_of_reach_is_refused(client, ada, group, round, set_clock):
    set_clock(NOW)
    client.force_login(ada)
    district("MA", 8)
    said = TASKS["vote"] | {"candidate": "Jane Rivera", "seat": "house", "usps": "MA", "district": "8"}

    answer = client.post(f"/lead/{group.slug}/endorsements/add/", said)

    assert (answer.status_code, LocalEndorsement.objects.count()) == (400, 0)
    assert "A group nominates where its members live." in answer.content.decode()
