"""A new map: who is placed again, who loses her district, which groups staff look at; and that each piece is once."""

import pytest
from django.core import mail

from groups import crosswalk, members, redistricting, signup
from groups.models import Group, MapVersion, Member, MemberReport, MemberSource
from journal.models import Entry
from mailings import postroom
from mailings.models import Letter
from tests.factories.groups import GroupFactory, MemberFactory, district, state

pytestmark = pytest.mark.django_db

# MA-05 and MA-07 share 02139; on the new map 02139 lies in MA-07 alone, and 02142 is split.
OLD = "state,zip,cd\nMA,02139,5\nMA,02139,7\nMA,02142,7\nMA,01060,1\nWY,82001,0\n"
NEW = "state,zip,cd\nMA,02139,7\nMA,02142,5\nMA,02142,7\nMA,01060,1\nWY,82001,0\n"


@pytest.fixture
def now(at):
    return at("2026-03-01 12:00")


@pytest.fixture
def old_map(now):
    for usps, number in [("MA", 1), ("MA", 5), ("MA", 7), ("WY", 0)]:
        district(usps, number)
    return load(OLD, "cd119", now)


def load(text, name, now):
    return crosswalk.load(text.encode(), name=name, source="test", now=now).map_version


def living(zip5, home=None, *, chose=None, map_version, **facts):
    """A member as she was placed on a map, by a sign-up that named a district or none."""
    member = MemberFactory(zip=zip5, district=home, state=state("MA"), map_version=map_version, **facts)
    MemberSource.objects.create(
        member=member, source=MemberSource.SIGN_UP, status=MemberSource.SETTLED, zip=zip5, usps="MA", district=chose
    )
    return member


def place(member):
    member.refresh_from_db()
    return (member.district and member.district.label, member.doubt, member.map_version.name)


def reports():
    return list(MemberReport.objects.order_by("pk").values_list("member", "kind", "before", "after"))


def test_a_zip_that_lies_in_one_district_now_settles_her(old_map, now):
    unsure = living("02139", map_version=old_map, doubt=Member.DistrictDoubt.SPLIT)
    load(NEW, "cd120", now)
    redistricting.settle(now)
    assert place(unsure) == ("MA-07", "", "cd120")
    assert (reports(), Letter.objects.count()) == ([], 0)


def test_who_lives_in_a_zip_that_is_split_now_is_listed_and_asked(old_map, now):
    member = living("02142", district("MA", 7), map_version=old_map)
    new = load(NEW, "cd120", now)
    redistricting.settle(now)
    assert place(member) == (None, "split", "cd120")
    assert reports() == [(member.pk, "new_map", "02142 MA-07", "02142 MA")]
    assert list(Letter.objects.values_list("name", "seat", "wave")) == [("groups.new_districts", member.pk, new.pk)]


def test_who_has_not_confirmed_her_address_is_neither_listed_nor_asked(old_map, now):
    member = living("02142", district("MA", 7), map_version=old_map, confirmed_at=None)
    load(NEW, "cd120", now)
    redistricting.settle(now)
    assert place(member) == (None, "split", "cd120")
    assert (reports(), Letter.objects.count()) == ([], 0)


def test_a_choice_stands_where_her_zip_touches_the_same_districts(old_map, now):
    member = living("02139", district("MA", 5), chose=district("MA", 5), map_version=old_map)
    load(OLD.replace("01060,1", "01060,7"), "cd120", now)
    redistricting.settle(now)
    assert place(member) == ("MA-05", "", "cd120")


def test_a_choice_lapses_where_her_zip_touches_other_districts(old_map, now):
    member = living("02139", district("MA", 5), chose=district("MA", 5), map_version=old_map)
    load(NEW.replace("02139,7", "02139,5\nMA,02139,1"), "cd120", now)
    redistricting.settle(now)
    assert place(member) == (None, "split", "cd120")
    source = member.sources.get()
    assert (source.district, source.usps) == (None, "MA")
    signup.settle_member(member, map_version=MapVersion.objects.get(current=True))
    assert member.district is None


@pytest.mark.parametrize(("text", "kept"), [(NEW, None), (OLD + "WY,82009,0\n", "MA-05")])
def test_a_post_office_box_keeps_its_district_while_no_line_of_the_state_moves(old_map, now, text, kept):
    member = living("02999", district("MA", 5), chose=district("MA", 5), map_version=old_map)
    load(text, "cd120", now)
    redistricting.settle(now)
    assert place(member)[0] == kept


def test_what_staff_settled_lapses_alike_and_an_only_district_never_does(old_map, now):
    ben = living("02142", district("MA", 7), map_version=old_map)
    signup.set_by_staff(ben, zip5="02142", usps="MA", district=district("MA", 7), now=now)
    cody = MemberFactory(zip="82001", district=district("WY", 0), state=state("WY"), map_version=old_map)
    load(NEW, "cd120", now)
    redistricting.settle(now)
    assert (place(ben), place(cody)) == ((None, "split", "cd120"), ("WY-AL", "", "cd120"))


def test_whom_only_her_record_places_is_placed_by_it(old_map, now):
    ben = MemberFactory(zip="02139", district=district("MA", 5), map_version=old_map)
    load(NEW, "cd120", now)
    redistricting.settle(now)
    assert place(ben) == ("MA-07", "", "cd120")


def test_a_map_corrected_under_its_own_name_places_whom_it_touches(old_map, now):
    chose = living("02139", district("MA", 5), chose=district("MA", 5), map_version=old_map)
    other = living("01060", district("MA", 1), map_version=old_map)
    load(NEW, "cd119", now)
    assert list(redistricting.behind(old_map)) == [chose]
    redistricting.settle(now)
    assert (place(chose), place(other)) == (("MA-07", "", "cd119"), ("MA-01", "", "cd119"))


def test_pieces_go_on_where_they_stopped_and_the_end_is_written_once(old_map, now, monkeypatch):
    monkeypatch.setattr(redistricting, "CHUNK", 2)
    for _n in range(5):
        living("02142", district("MA", 7), map_version=old_map)
    load(NEW, "cd120", now)
    assert str(redistricting.under_way()) == "cd120"
    assert [redistricting.settle_some(now) for _n in range(5)] == [2, 2, 1, None, None]
    assert redistricting.under_way() is None
    entry = Entry.objects.get(verb="map.settled")
    assert entry.after == {"moved": 0, "lost": 5}
    assert redistricting.settle(now) == 0
    assert len(reports()) == 5


def test_who_came_by_the_older_map_meanwhile_is_not_forgotten(old_map, now):
    living("02142", district("MA", 7), map_version=old_map)
    load(NEW, "cd120", now)
    redistricting.settle_some(now)
    late = living("02139", district("MA", 5), map_version=old_map)
    MapVersion.objects.filter(current=True).update(settled_through=late.pk)
    redistricting.settle(now)
    assert place(late) == ("MA-07", "", "cd120")


def test_the_first_map_and_the_same_one_again_ask_nothing_of_anybody(old_map, now):
    GroupFactory()
    assert redistricting.under_way() is None
    load(OLD, "cd119", now)
    assert (redistricting.under_way(), redistricting.to_place().count()) == (None, 0)


def test_groups_of_redrawn_districts_are_listed_with_where_their_members_live(old_map, now):
    near = GroupFactory(places=[district("MA", 7)])
    GroupFactory(places=[district("MA", 1)])
    GroupFactory(places=[state("MA")])
    for _n in range(2):
        living("02139", district("MA", 7), map_version=old_map, group=near)
    living("01060", district("MA", 1), map_version=old_map, group=near)
    load(NEW, "cd120", now)
    redistricting.settle(now)
    assert list(redistricting.to_place()) == [near]
    assert redistricting.homes_in(near) == [(district("MA", 7), 2), (district("MA", 1), 1)]


def test_a_group_is_looked_at_once(old_map, now, ada):
    near = GroupFactory(places=[district("MA", 7)])
    load(NEW, "cd120", now)
    assert redistricting.looked_at(near, by=ada, now=now) is True
    assert redistricting.looked_at(near, by=ada, now=now) is False
    assert Entry.objects.get(verb="group.placed").after == {"places": ["MA-07"]}


def test_a_piece_asks_the_same_however_many_are_in_it(old_map, now, django_assert_max_num_queries):
    MemberFactory.create_batch(300, zip="02142", map_version=old_map)
    load(NEW, "cd120", now)
    with django_assert_max_num_queries(24):
        redistricting.settle_some(now)


@pytest.mark.parametrize("edit", [{"checked": "on"}, {"places": "MA-05"}])
def test_the_desk_asks_beside_the_places_until_somebody_has_looked(old_map, now, edit, client, dee):
    client.force_login(dee)
    near = GroupFactory(places=[district("MA", 7)])
    load(NEW, "cd120", now)
    url = f"/desk/groups/group/{near.pk}/change/"
    page = client.get(url)
    assert "One of its districts has had other lines since" in page.content.decode()
    posted = {**page.context["adminform"].form.initial, "legal_form": near.legal_form}
    posted = {name: value for name, value in posted.items() if value not in (None, "")}
    posted["places"] = [place.pk for place in near.places.all()]
    posted |= {"leaderships-TOTAL_FORMS": "0", "leaderships-INITIAL_FORMS": "0"}
    if "places" in edit:
        edit = {"places": [district("MA", 5).pk]}
    client.post(url, posted | edit)
    assert Group.objects.get(pk=near.pk).redrawn_at is None
    assert "One of its districts" not in client.get(url).content.decode()


def test_the_letter_asks_who_is_still_without_her_district(old_map, now):
    ben = living("02142", district("MA", 7), map_version=old_map, email="ben@example.org")
    living("02142", district("MA", 7), map_version=old_map, email="ina@example.org")
    load(NEW, "cd120", now)
    redistricting.settle(now)
    Member.objects.filter(email_key="ina@example.org").update(district=district("MA", 7))
    postroom.send_due(now)
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (
        ["Ben <ben@example.org>"],
        "Your state has new districts: which one is yours?",
    )
    assert members.moved_url(Member.objects.get(pk=ben.pk)) in letter.body
