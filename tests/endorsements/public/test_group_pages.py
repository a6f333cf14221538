"""A group's public page: where it works, and the endorsements it nominated, from their announcement on."""

from datetime import timedelta

import pytest

from groups.models import Group
from rounds.models import Nomination, Round
from tests.endorsements.public.test_public_pages import ANNOUNCED_AT, endorse, text
from tests.factories.groups import GroupFactory, district
from tests.factories.rounds import NominationFactory, RoundFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def after_the_announcement(set_clock):
    set_clock(ANNOUNCED_AT + timedelta(days=1))


@pytest.fixture
def past(db):
    return RoundFactory(stage=Round.Stage.ANNOUNCED)


def shown(client, group):
    """The candidates on a group's page."""
    return [endorsement.candidacy.name for endorsement in client.get(group.get_absolute_url()).context["page"]]


def test_it_shows_places_and_where_to_find_the_group_and_no_leader(client, ada, group):
    Group.objects.update(website="https://group.example.org/")

    page = client.get(group.get_absolute_url())

    assert "Massachusetts 7th District" in text(page)
    assert b"https://group.example.org/" in page.content
    assert b"ada@example.org" not in page.content
    assert b"/sign-up/?group=boston-common" in page.content
    assert "Endorsed candidates" not in text(page)


def test_no_page_for_a_group_that_is_gone(client):
    GroupFactory(slug="gone", active=False)
    assert client.get("/groups/gone/").status_code == 404


def test_it_shows_whom_it_nominated_alone_or_jointly(client, past, group):
    sent = endorse("Maria Santos", past)
    joint = endorse("Ray Ellison", past, district("MA", 5))
    endorse("Some Stranger", past, district("WY", 0))
    NominationFactory(candidacy=sent.candidacy, group=group)
    NominationFactory(candidacy=joint.candidacy, group=GroupFactory()).local_endorsement.joint_groups.add(group)

    assert sorted(shown(client, group)) == ["Maria Santos", "Ray Ellison"]


@pytest.mark.parametrize("state", [state for state in Nomination.State if state != Nomination.State.ACCEPTED])
def test_a_nomination_that_was_not_accepted_brings_nobody_here(client, past, group, state):
    NominationFactory(candidacy=endorse("Maria Santos", past).candidacy, group=group, state=state)

    assert shown(client, group) == []


@pytest.mark.parametrize(("late", "names"), [(timedelta(seconds=1), []), (timedelta(), ["Maria Santos"])])
def test_an_endorsement_stands_here_from_its_announcement_on(client, past, group, set_clock, late, names):
    at = ANNOUNCED_AT + timedelta(days=2)
    set_clock(at)
    NominationFactory(candidacy=endorse("Maria Santos", past, announced_at=at + late * 3600).candidacy, group=group)

    assert shown(client, group) == names


@pytest.mark.parametrize("number", [1, 3])
def test_it_asks_as_much_for_one_endorsement_as_for_three(client, past, group, number, django_assert_num_queries):
    for district_number in range(1, number + 1):
        endorsement = endorse(f"Candidate {district_number}", past, district("MA", district_number))
        NominationFactory(candidacy=endorsement.candidacy, group=group)

    with django_assert_num_queries(4):
        client.get(group.get_absolute_url())
