"""The desk's rooms: lists without a query per row, and what each form may do."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from groups.models import ImportBatch, Leadership, MapVersion, MemberReport, Place, User
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
    [("place", 4), ("group", 5), ("member", 5), ("user", 5), ("mapversion", 4), ("importbatch", 5)],
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


def test_members_are_neither_added_nor_deleted(desk, ben):
    assert desk.get(reverse("admin:groups_member_add")).status_code == 403
    assert desk.post(reverse("admin:groups_member_delete", args=[ben.pk])).status_code == 403


def test_a_user_is_made_without_a_password_and_once(desk):
    page = reverse("admin:groups_user_add")
    assert desk.post(page, {"email": "New@Example.org", "language": "en", "is_active": "on"}).status_code == 302
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
    client.post(page, {"name": "Clerk", "language": "en", "is_superuser": "on", "is_staff": "on"})
    clerk.refresh_from_db()
    assert (clerk.name, clerk.is_superuser) == ("Clerk", False)
    page = reverse("admin:groups_user_change", args=[dee.pk])
    client.post(page, {"name": "Dee", "language": "en", "email": "mine@example.org"})
    dee.refresh_from_db()
    assert dee.email == "dee@example.org"


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
