"""An organizer sees the groups of her places and what belongs to them; everybody else at the desk sees all."""

import pytest

from groups import roles, territory
from groups.models import Group, Place, Role
from tests.factories.groups import GroupFactory, UserFactory, district, state
from tests.factories.rounds import CandidacyFactory, NominationFactory, RaceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga():
    """Organizes in Massachusetts' 7th district."""
    roles.make_roles()
    olga = UserFactory(email="olga@example.org", is_staff=True)
    olga.groups.add(Role.objects.get(name=roles.ORGANIZER))
    return olga


def organizes(olga, place):
    Place.objects.filter(pk=place.pk).update(organizer_email="Olga@example.org")


@pytest.fixture
def groups():
    return {
        "seventh": GroupFactory(places=[district("MA", 7)]),
        "fifth": GroupFactory(places=[district("MA", 5)]),
        "state": GroupFactory(places=[state("MA")]),
        "far": GroupFactory(places=[district("WY", 0)]),
    }


@pytest.mark.parametrize(
    ("place", "seen"),
    [
        (lambda: district("MA", 7), ["seventh"]),
        (lambda: state("MA"), ["seventh", "fifth", "state"]),
        (lambda: district("CA", 1), []),
    ],
)
def test_she_sees_the_groups_of_her_places(client, olga, groups, place, seen):
    organizes(olga, place())
    client.force_login(olga)
    shown = client.get("/desk/groups/group/").content.decode()
    assert [name for name, group in groups.items() if f">{group.name}<" in shown] == seen
    for name, group in groups.items():
        status = client.get(f"/desk/groups/group/{group.pk}/change/").status_code
        assert (name, status) == (name, 200 if name in seen else 302)


def test_nominations_and_leave_follow_her_groups(client, olga, groups):
    organizes(olga, district("MA", 7))
    client.force_login(olga)
    near, far = NominationFactory(group=groups["seventh"]), NominationFactory(group=groups["far"])
    shown = client.get("/desk/rounds/nomination/").content.decode()
    assert (near.reference in shown, far.reference in shown) == (True, False)
    said = {"place": district("MA", 5).pk, "reason": "They asked."}
    page = client.post("/desk/rounds/admission/add/", said | {"group": groups["far"].pk})
    assert (page.status_code, groups["far"].admissions.count()) == (200, 0)
    client.post("/desk/rounds/admission/add/", said | {"group": groups["seventh"].pk})
    assert groups["seventh"].admissions.count() == 1


def test_candidacies_and_their_campaigns_follow_her_groups(client, olga, groups):
    organizes(olga, district("MA", 7))
    client.force_login(olga)
    near, far = NominationFactory(group=groups["seventh"]), NominationFactory(group=groups["far"])
    beside = NominationFactory(group=groups["fifth"], candidacy=near.candidacy)
    governor = CandidacyFactory(race=RaceFactory(office="governor", place=state("MA")))
    draft = NominationFactory(group=groups["seventh"], candidacy=governor, state="draft")

    shown = client.get("/desk/rounds/candidacy/").content.decode()
    statuses = [
        client.get(f"/desk/rounds/candidacy/{one.candidacy_id}/change/").status_code for one in (near, far, draft)
    ]
    page = client.get(f"/desk/rounds/candidacy/{near.candidacy_id}/change/").content.decode()

    assert statuses == [200, 302, 302]
    assert f"/desk/rounds/candidacy/{far.candidacy_id}/change/" not in shown
    assert (near.reference in page, beside.reference in page) == (True, False)


def test_another_role_beside_it_and_a_superuser_see_all(olga, groups, dee):
    assert territory.of(dee) is None
    assert list(territory.of(olga)) == []
    olga.groups.add(Role.objects.get(name="Compliance"))
    del olga.territory
    assert territory.of(olga) is None
    assert Group.objects.count() == 4
