"""The desk's rooms: lists without a query per row, and what each form may do."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from groups.models import ImportBatch, Leadership, MapVersion, MemberReport, Place, Role, User
from groups.roles import make_roles
from journal.models import Entry
from mailings.models import Letter
from tests.factories.groups import (
    SOME_DAY,
    GroupFactory,
    LeadershipFactory,
    MapVersionFactory,
    MemberFactory,
    UserFactory,
    district,
    state,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, dee):
    client.force_login(dee)
    return client


def make(model, count):
    for n in range(count):
        if model == "place":
            district("CA", n + 1)
        elif model == "group":
            GroupFactory(places=[district("CA", n + 1), state("WY")])
        elif model == "member":
            MemberFactory(district=district("CA", n + 1))
        elif model == "user":
            UserFactory()
        elif model == "mapversion":
            MapVersionFactory(name=f"map{n}", current=n == 0)
        else:
            ImportBatch.objects.create(file_name=f"{n}.csv", file_hash="x", format="osdi", taken_at=SOME_DAY)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("model", "queries"),
    [("place", 5), ("group", 6), ("member", 6), ("user", 6), ("mapversion", 5), ("importbatch", 6)],
)
def test_lists_ask_the_same_for_one_row_and_for_three(desk, django_assert_num_queries, model, queries, count):
    make(model, count)
    desk.get(reverse(f"admin:groups_{model}_changelist"))  # that she looked is written down the first time
    with django_assert_num_queries(queries):
        assert desk.get(reverse(f"admin:groups_{model}_changelist")).status_code == 200


@pytest.mark.parametrize("model", ["place", "group", "member", "user", "mapversion", "importbatch"])
@pytest.mark.parametrize(
    "query",
    ["", "?q=02139", "?q=%00", "?q=" + "x" * 2000, "?place=split", "?confirmed=no", "?state=MA", "?state=%00", "?q=🜁"],
)
def test_lists_search_and_filter(desk, model, query):
    make(model, 1)
    assert desk.get(reverse(f"admin:groups_{model}_changelist") + query).status_code in (200, 302)


def test_places_have_an_organizer_and_are_neither_added_nor_deleted(desk):
    place = district("MA", 7)
    page = reverse("admin:groups_place_change", args=[place.pk])
    desk.post(page, {"organizer_name": "Olu", "organizer_email": "olu@example.org", "name": "Hacked"})
    place.refresh_from_db()
    assert (place.organizer_name, place.name) == ("Olu", "Massachusetts 7th District")
    assert "Enter a valid email address" in desk.post(page, {"organizer_email": "x"}).content.decode()
    assert desk.get(reverse("admin:groups_place_add")).status_code == 403
    assert desk.post(reverse("admin:groups_place_delete", args=[place.pk])).status_code == 403


def test_a_leader_is_confirmed_from_the_groups_page(desk, dee, group):
    waiting = LeadershipFactory(group=group, confirmed_at=None)
    data = {
        "name": group.name,
        "slug": group.slug,
        "legal_form": "unincorporated",
        "places": [place.pk for place in group.places.all()],
        "active": "on",
        "leaderships-TOTAL_FORMS": "1",
        "leaderships-INITIAL_FORMS": "1",
        "leaderships-0-id": waiting.pk,
        "leaderships-0-group": group.pk,
        "leaderships-0-user": waiting.user.pk,
        "leaderships-0-confirm": "on",
    }
    answer = desk.post(reverse("admin:groups_group_change", args=[group.pk]), data)
    assert answer.status_code == 302
    waiting = Leadership.objects.get()
    assert waiting.confirmed_by == dee
    assert waiting.confirmed_at is not None


@pytest.fixture
def organizer(client, group):
    """Somebody who organizes where the group works, signed in."""
    make_roles()
    user = UserFactory(email="olu@example.org", is_staff=True)
    user.groups.add(Role.objects.get(name="Organizer"))
    group.places.update(organizer_email=user.email)
    client.force_login(user)
    return user


def rows_of_leaders(group, *new):
    """What her page of a group sends, with these new rows."""
    standing = list(group.leaderships.all())
    data = {
        "name": group.name,
        "slug": group.slug,
        "legal_form": "unincorporated",
        "places": [place.pk for place in group.places.all()],
        "active": "on",
        "leaderships-TOTAL_FORMS": str(len(standing) + len(new)),
        "leaderships-INITIAL_FORMS": str(len(standing)),
    }
    for at, one in enumerate(standing):
        data |= {f"leaderships-{at}-id": one.pk, f"leaderships-{at}-group": group.pk}
    for at, (email, name) in enumerate(new, start=len(standing)):
        data |= {f"leaderships-{at}-email": email, f"leaderships-{at}-name": name, f"leaderships-{at}-group": group.pk}
    return data


def test_an_organizer_lets_a_leader_in_by_her_address_and_looks_through_no_users(client, organizer, group, cem):
    page = reverse("admin:groups_group_change", args=[group.pk])
    assert "leaderships-__prefix__-email" in client.get(page).content.decode()
    new = [("Lou@Example.org", "Lou Lind"), (cem.email, ""), (organizer.email, "")]
    answer = client.post(page, rows_of_leaders(group, *new), follow=True).content.decode()
    assert "told by letter: Lou@Example.org" in answer
    assert "Somebody else must confirm" in answer  # not herself
    lou = User.objects.get(email="lou@example.org")
    assert (lou.name, lou.is_staff) == ("Lou Lind", False)
    hers = Leadership.objects.filter(group=group, confirmed_by=organizer, confirmed_at__isnull=False)
    assert {one.user for one in hers} == {lou, cem}
    assert not Leadership.objects.filter(user=organizer).exists()
    assert Letter.objects.filter(name="groups.leader_confirmed").count() == 2
    assert list(Entry.objects.values_list("verb", flat=True)) == ["leader.confirmed"] * 2
    again = client.post(page, rows_of_leaders(group, (cem.email, "")), follow=True).content.decode()
    import re

    print(re.findall(r"messagelist.*?</ul>", again, re.S))
    assert f"There before: {cem.email}" in again
    query = "?app_label=groups&model_name=leadership&field_name=user&term=a"
    assert client.get(reverse("admin:autocomplete") + query).status_code == 403
    assert client.get(reverse("admin:groups_user_changelist")).status_code == 403


def test_a_new_row_of_a_leader_wants_an_address(client, organizer, group):
    page = reverse("admin:groups_group_change", args=[group.pk])
    for email, words in [("", "Type the address"), ("nobody", "Enter a valid email address")]:
        answer = client.post(page, rows_of_leaders(group, (email, "Lou")))
        assert answer.status_code == 200
        assert words in answer.content.decode()
    assert not Leadership.objects.filter(confirmed_by=organizer).exists()


def test_who_only_looks_sees_who_leads(client, group, ada):
    looker = UserFactory(email="eve@example.org", is_staff=True)
    for name in ("view_group", "view_leadership"):
        looker.user_permissions.add(Permission.objects.get(codename=name, content_type__app_label="groups"))
    client.force_login(looker)
    page = client.get(reverse("admin:groups_group_change", args=[group.pk])).content.decode()
    assert ada.name in page.split("leaderships-group")[1]
    assert "-email" not in page


def test_a_group_and_the_rows_that_went_stand_in_the_journal(desk, group, ada, cem):
    row = LeadershipFactory(group=group, user=cem)
    page = reverse("admin:groups_group_change", args=[group.pk])
    data = rows_of_leaders(group) | {"name": "Renamed", "places": [state("WY").pk]}
    at = [one.pk for one in group.leaderships.all()].index(row.pk)
    assert desk.post(page, data | {f"leaderships-{at}-DELETE": "on"}).status_code == 302
    entry = Entry.objects.get(verb="group.edited")
    assert entry.before["name"] != entry.after["name"] == "Renamed"
    assert entry.after["places"] == ["Wyoming"]
    assert len(entry.before["places"]) > 0
    assert len(entry.before["leadership"]) == 1
    assert str(cem) in entry.before["leadership"][0]


def test_members_are_neither_added_nor_deleted(desk, ben):
    assert desk.get(reverse("admin:groups_member_add")).status_code == 403
    assert desk.post(reverse("admin:groups_member_delete", args=[ben.pk])).status_code == 403


def test_a_user_is_made_without_a_password_and_once(desk):
    page = reverse("admin:groups_user_add")
    said = {"email": "New@Example.org", "language": "en", "is_active": "on", "reason": "She joins the staff."}
    assert desk.post(page, said).status_code == 302
    user = User.objects.get(email="new@example.org")
    assert not user.has_usable_password()
    answer = desk.post(page, {"email": "NEW@example.org", "language": "en"})
    assert "There is a user with this address." in answer.content.decode()


def test_only_a_superuser_gives_rights(client, dee):
    clerk = UserFactory(is_staff=True)
    for name in ("view_user", "change_user", "add_user"):
        clerk.user_permissions.add(clerk.user_permissions.model.objects.get(codename=name))
    client.force_login(clerk)
    page = reverse("admin:groups_user_change", args=[clerk.pk])
    client.post(page, {"name": "Clerk", "language": "en", "is_superuser": "on", "is_staff": "on", "reason": "A typo."})
    clerk.refresh_from_db()
    assert (clerk.name, clerk.is_superuser) == ("Clerk", False)
    page = reverse("admin:groups_user_change", args=[dee.pk])
    client.post(page, {"name": "Dee", "language": "en", "email": "mine@example.org", "reason": "x"})
    dee.refresh_from_db()
    assert dee.email == "dee@example.org"


def test_a_users_rights_change_with_a_reason_that_the_journal_keeps(desk, dee):
    clerk = UserFactory(email="clerk@example.org", is_staff=True)
    clerk.groups.add(Role.objects.create(name="Old"))
    new = [Role.objects.create(name=name).pk for name in ("Writer", "Reader")]
    page = reverse("admin:groups_user_change", args=[clerk.pk])
    said = {"email": clerk.email, "name": clerk.name, "language": "en", "is_active": "on", "is_staff": "on"}
    same = said | {"groups": [clerk.groups.get().pk]}
    assert desk.post(page, same).status_code == 302
    assert not Entry.objects.exists()
    said |= {"is_superuser": "on", "groups": new}
    assert "Say why" in desk.post(page, said).content.decode()
    assert not User.objects.get(pk=clerk.pk).is_superuser
    assert desk.post(page, said | {"reason": "She leads the office."}).status_code == 302
    entry = Entry.objects.get()
    assert (entry.verb, entry.subject, entry.reason) == ("user.edited", f"user:{clerk.pk}", "She leads the office.")
    assert entry.actor == f"user:{dee.pk}"
    assert entry.before == {"is_superuser": False, "groups": ["Old"]}
    assert entry.after == {"is_superuser": True, "groups": ["Reader", "Writer"]}


def test_what_was_loaded_is_only_read(desk):
    make("mapversion", 1)
    make("importbatch", 1)
    for model, pk in [("mapversion", MapVersion.objects.get().pk), ("importbatch", ImportBatch.objects.get().pk)]:
        assert desk.get(reverse(f"admin:groups_{model}_change", args=[pk])).status_code == 200
        assert desk.post(reverse(f"admin:groups_{model}_change", args=[pk]), {}).status_code == 403
        assert desk.get(reverse(f"admin:groups_{model}_add")).status_code == 403


def test_autocomplete_finds_a_place(desk):
    district("MA", 7)
    query = "?app_label=groups&model_name=member&field_name=district&term=Massachusetts 7th"
    assert desk.get(reverse("admin:autocomplete") + query).json()["results"] == [
        {"id": str(Place.objects.get(number=7).pk), "text": "Massachusetts 7th District"}
    ]


# What members told us


def test_staff_see_who_moved_and_tick_it(desk, dee):
    ben = MemberFactory(email="ben@example.org", last_name="Brook")
    for kind in MemberReport.Kind:
        MemberReport.objects.create(member=ben, kind=kind, told_at=SOME_DAY, before="02139 MA-07", after="82001 WY-AL")
    url = reverse("admin:groups_memberreport_changelist")
    page = desk.get(f"{url}?seen=no").content.decode()
    assert page.count("02139 MA-07") == 3
    assert f'href="{reverse("admin:groups_member_change", args=[ben.pk])}"' in page
    chosen = {"action": "mark_seen", "_selected_action": list(MemberReport.objects.values_list("pk", flat=True))}
    page = desk.post(url, chosen, follow=True).content.decode()
    assert "3 reports are marked as seen." in page
    assert set(MemberReport.objects.values_list("seen_by", flat=True)) == {dee.pk}
    assert "02139 MA-07" not in desk.get(f"{url}?seen=no").content.decode()
    assert desk.get(f"{url}?seen=yes").content.decode().count("02139 MA-07") == 3


def test_only_who_may_change_reports_ticks_them(client):
    reader = UserFactory(email="reader@example.org", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_memberreport"))
    client.force_login(reader)
    report = MemberReport.objects.create(member=MemberFactory(), kind="moved", told_at=SOME_DAY)
    url = reverse("admin:groups_memberreport_changelist")
    client.post(url, {"action": "mark_seen", "_selected_action": [report.pk]})
    report.refresh_from_db()
    assert report.seen_at is None


def test_members_whose_district_is_not_settled_are_one_list(desk):
    MemberFactory(last_name="Settled")
    for doubt in ("split", "differing", "unknown_zip"):
        MemberFactory(last_name=f"Doubt-{doubt}", doubt=doubt)
    MemberFactory(last_name="Waiting", doubt="split", confirmed_at=None)
    page = desk.get(reverse("admin:groups_member_changelist") + "?place=unsettled").content.decode()
    names = ["Settled", "Doubt-split", "Doubt-differing", "Doubt-unknown_zip", "Waiting"]
    assert [name for name in names if name in page] == ["Doubt-split", "Doubt-differing", "Doubt-unknown_zip"]
