"""Every desk page of people's data writes down who looked: the rows by their numbers, never an address or a search."""

from datetime import timedelta

import pytest
from django.test import Client

from groups.models import LeaderRequest, MemberReport, SignUp
from groups.roles import make_roles
from journal.models import Entry
from mailings.models import Suppression
from tests import world as worlds
from tests.factories.groups import UserFactory
from tests.factories.mailings import SuppressionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(group, ada, dee, set_clock):
    set_clock(worlds.NOW + timedelta(minutes=1))
    make_roles()
    world = worlds.World(group, ada, dee)
    SuppressionFactory(address="silent@example.org")
    return world


@pytest.fixture
def desk(world):
    client = Client()
    client.force_login(world.dee)
    return client


def read(desk, path, **asked):
    """What one page leaves in the journal, and that asking again leaves nothing."""
    before = Entry.objects.count()
    for _twice in range(2):
        assert desk.get(path, asked).status_code == 200, path
    return list(Entry.objects.order_by("id").values_list("verb", "subject"))[before:]


def test_rows_that_are_opened(desk, world):
    report, signup, asked = MemberReport.objects.first(), SignUp.objects.first(), LeaderRequest.objects.first()
    note, response = Suppression.objects.get(address="silent@example.org"), world.response
    her = world.entry.member_id
    for path, subject in [
        (f"groups/memberreport/{report.pk}/change/", f"member:{report.member_id}"),
        (f"groups/signup/{signup.pk}/change/", f"signup:{signup.pk}"),
        (f"groups/leaderrequest/{asked.pk}/change/", f"leaderrequest:{asked.pk}"),
        (f"mailings/suppression/{note.pk}/history/", f"suppression:{note.pk}"),
        (f"vetting/response/{response.pk}/change/", f"candidacy:{response.candidacy_id}"),
        (f"rounds/candidacy/{world.answered.candidacy_id}/change/", f"candidacy:{world.answered.candidacy_id}"),
        (f"groups/importbatch/waiting/{world.upload.pk}/", f"upload:{world.upload.pk}"),
        (f"voting/contestroll/round/{world.voting.pk}/{her}/mend/", f"member:{her}"),
    ]:
        assert read(desk, f"/desk/{path}") == [("read.opened", subject)], path
    assert "@" not in repr(list(Entry.objects.filter(verb__startswith="read.").values()))


def test_lists_and_searches(desk, world):
    for room, model in [
        ("groups", "memberreport"),
        ("groups", "signup"),
        ("groups", "leaderrequest"),
        ("mailings", "suppression"),
        ("vetting", "response"),
    ]:
        assert read(desk, f"/desk/{room}/{model}/") == [("read.listed", f"{model}s")], model
    note = Suppression.objects.get(address="silent@example.org")
    found = read(desk, "/desk/mailings/suppression/", q="Silent@example.org")
    assert found == [("read.found", f"suppression:{note.pk}")]
    assert read(desk, "/desk/rounds/candidacy/") == []  # no contact stands in that list


def test_who_was_not_reached(desk, world):
    path = f"/desk/voting/contestroll/round/{world.voting.pk}/"
    assert read(desk, path) == [("read.listed", f"unreached:{world.voting.pk}")]
    member = world.entry.member
    Suppression.objects.create(address=member.email_key, reason="bounced", since=worlds.NOW)
    assert read(desk, path, q=member.email) == [("read.found", f"member:{member.pk}")]


def test_the_table_of_bad_rows(desk, world):
    path = f"/desk/groups/importbatch/waiting/{world.upload.pk}/rows.csv"
    assert read(desk, path) == [("read.listed", f"upload:{world.upload.pk}")]


def test_who_may_not_open_a_page_has_read_nothing(world):
    client = Client()
    client.force_login(UserFactory(is_staff=True))
    assert client.get(f"/desk/vetting/response/{world.response.pk}/change/").status_code == 403
    assert client.get("/desk/mailings/suppression/").status_code == 403
    assert not Entry.objects.filter(verb__startswith="read.").exists()
