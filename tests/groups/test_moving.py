"""A member's word that she moved: what it changes, what staff see, and what it does not overrule."""

import pytest

from groups import moving, reports, signup
from groups.models import MemberReport, MemberSource
from tests.factories.groups import MemberFactory, district, state, zips

pytestmark = pytest.mark.django_db


@pytest.fixture
def america():
    return zips({"02139": ["MA-5", "MA-7"], "02142": ["MA-7"], "82001": ["WY-0"]})


@pytest.fixture
def now(at):
    return at("2026-03-01 12:00")


def told():
    return list(MemberReport.objects.order_by("pk").values_list("kind", "before", "after"))


def test_she_lives_where_she_says_and_staff_see_it(america, ben, now):
    assert moving.move(ben, zip5="82001", now=now) is True
    assert (ben.zip, ben.district, ben.state, ben.doubt) == ("82001", district("WY", 0), state("WY"), "")
    assert str(ben.address_dated) == "2026-03-01"
    assert told() == [("moved", "02139 MA-07", "82001 WY-AL")]


def test_twice_is_once(america, ben, now):
    moving.move(ben, zip5="82001", now=now)
    assert moving.move(ben, zip5="82001", now=now) is False
    assert len(told()) == 1
    assert ben.sources.count() == 1


def test_not_sure_keeps_the_state_and_is_a_doubt_for_staff(america, ben, now):
    moving.move(ben, zip5="02139", usps="MA", now=now)
    assert (ben.state, ben.district, ben.doubt) == (state("MA"), None, "split")
    assert told() == [("moved", "02139 MA-07", "02139 MA")]


def test_a_chosen_district_of_a_split_zip_is_hers(america, ben, now):
    moving.move(ben, zip5="02139", usps="MA", district=district("MA", 5), now=now)
    assert (ben.district, ben.doubt) == (district("MA", 5), "")


def test_an_older_word_of_staff_yields_and_a_newer_one_stands(america, ben, at):
    signup.set_by_staff(ben, zip5="02142", usps="MA", district=district("MA", 7), now=at("2026-02-01 12:00"))
    moving.move(ben, zip5="82001", now=at("2026-03-01 12:00"))
    assert ben.district == district("WY", 0)
    signup.set_by_staff(ben, zip5="02142", usps="MA", district=district("MA", 7), now=at("2026-04-01 12:00"))
    ben.refresh_from_db()
    assert ben.district == district("MA", 7)


def test_a_sign_up_that_waited_is_forgotten(america, ben, now, at):
    signup.sign_up(signup.Request(ben.email, "Ben", "", "02142"), now=at("2026-02-01 12:00"))
    moving.move(ben, zip5="82001", now=now)
    assert not ben.sources.filter(status=MemberSource.WAITING).exists()
    assert signup.confirm(ben, now=now) is False
    ben.refresh_from_db()
    assert ben.district == district("WY", 0)


def test_a_report_is_seen_once_by_the_first(america, now, dee, ada):
    for _n in range(2):
        moving.move(MemberFactory(), zip5="82001", now=now)
    assert reports.mark_seen(MemberReport.objects.all(), by=dee, now=now) == 2
    assert reports.mark_seen(MemberReport.objects.all(), by=ada, now=now) == 0
    assert (reports.open_reports().count(), set(MemberReport.objects.values_list("seen_by", flat=True))) == (
        0,
        {dee.pk},
    )
