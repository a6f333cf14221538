"""Signing up and confirming: what is believed, and when."""

import pytest

from groups import signup
from groups.models import Member, MemberSource
from mailings import suppression
from mailings.models import Letter, Suppression
from tests.factories.groups import GroupFactory, MemberFactory, district, state, zips

pytestmark = pytest.mark.django_db


@pytest.fixture
def america():
    return zips({"02139": ["MA-5", "MA-7"], "02142": ["MA-7"], "30165": ["AL-3", "GA-14"], "82001": ["WY-0"]})


@pytest.fixture
def now(at):
    return at("2026-03-01 12:00")


def asked(email="new@example.org", zip5="02142", **rest):
    return signup.Request(email=email, first_name="Nia", last_name="New", zip=zip5, **rest)


def letters():
    return list(Letter.objects.order_by("id").values_list("name", "seat"))


def test_a_zip_in_one_district_asks_nothing(america):
    assert signup.question("02142") is None


def test_a_split_zip_asks_for_the_district_and_takes_not_sure(america):
    question = signup.question("02139")
    assert (question.kind, question.known) == ("district", True)
    assert [value for value, _words in question.choices] == ["MA-05", "MA-07", "unsure"]
    assert signup.question("02139", "MA", "MA-07") is None
    assert signup.question("02139", "", "unsure") is None
    assert signup.question("02139", "", "WY-AL").kind == "district"


def test_two_states_ask_for_the_state_first(america):
    question = signup.question("30165")
    assert (question.kind, question.choices) == ("state", [("AL", "Alabama"), ("GA", "Georgia")])
    assert signup.question("30165", "GA") is None
    assert signup.question("30165", "WY").kind == "state"


def test_an_unknown_zip_asks_for_state_then_district(america):
    question = signup.question("10118")
    assert (question.kind, question.known, len(question.choices)) == ("state", False, 56)
    question = signup.question("10118", "MA")
    assert [value for value, _words in question.choices] == ["MA-05", "MA-07", "unsure"]
    assert signup.question("10118", "WY") is None


def test_a_new_address_waits_for_its_click(america, now):
    group = GroupFactory()
    signup.sign_up(asked(" New@Example.org", group=group, language="es", wants_news=True), now=now)
    member = Member.objects.get()
    assert (member.email, member.email_key, member.language) == ("New@Example.org", "new@example.org", "es")
    assert (member.district, member.group, member.wants_news) == (district("MA", 7), group, True)
    assert not Member.objects.confirmed().exists()
    assert letters() == [("groups.confirm", member.pk)]
    assert signup.confirm(member, now=now)
    member.refresh_from_db()
    assert (member.confirmed_at, member.confirmed_how) == (now, "clicked")
    assert (member.district, member.doubt, str(member.address_dated)) == (district("MA", 7), "", "2026-03-01")


def test_confirming_twice_changes_nothing(america, now, at):
    signup.sign_up(asked(), now=now)
    member = Member.objects.get()
    assert signup.confirm(member, now=now) is True
    assert signup.confirm(member, now=at("2026-04-01 12:00")) is False
    member.refresh_from_db()
    assert member.confirmed_at == now
    assert MemberSource.objects.count() == 1


@pytest.mark.parametrize(
    ("zip5", "usps", "label", "expected"),
    [
        ("02139", "", "MA-07", ("MA", "MA-07", "")),
        ("02139", "", "", ("MA", None, "split")),
        ("30165", "GA", "", ("GA", "GA-14", "")),
        ("10118", "MA", "MA-07", ("MA", "MA-07", "unknown_zip")),
        ("10118", "MA", "", ("MA", None, "unknown_zip")),
        ("96910", "WY", "", ("WY", "WY-AL", "")),
    ],
)
def test_where_she_lives_by_her_own_word(america, now, zip5, usps, label, expected):
    chosen = district("MA", 7) if label else None
    signup.sign_up(asked(zip5=zip5, usps=usps, district=chosen), now=now)
    signup.confirm(Member.objects.get(), now=now)
    member = Member.objects.get()
    assert (member.state.usps, member.district.label if member.district else None, member.doubt) == expected


def test_a_stranger_cannot_change_a_member(america, now):
    ben = MemberFactory(email="ben@example.org", language="en")
    signup.sign_up(asked("BEN@example.org", "82001", language="es", wants_news=True), now=now)
    ben.refresh_from_db()
    assert (ben.first_name, ben.language, ben.district, ben.wants_news) == ("Ben", "en", district("MA", 7), False)
    assert letters() == [("groups.already", ben.pk)]


def test_a_member_who_moved_confirms_her_new_place(america, now):
    ben = MemberFactory(email="ben@example.org")
    confirmed = ben.confirmed_at
    signup.sign_up(asked("ben@example.org", "82001"), now=now)
    assert signup.confirm(ben, now=now)
    ben.refresh_from_db()
    assert (ben.district, ben.zip, ben.confirmed_at) == (district("WY", 0), "82001", confirmed)


def test_the_last_of_two_sign_ups_counts(america, now):
    signup.sign_up(asked(zip5="82001"), now=now)
    signup.sign_up(asked(zip5="02142"), now=now)
    signup.confirm(Member.objects.get(), now=now)
    assert Member.objects.get().district == district("MA", 7)
    assert len(letters()) == 1  # within a second it is one letter


def test_a_click_lifts_what_a_list_said_and_not_a_complaint(america, now):
    signup.sign_up(asked(), now=now)
    for reason in Suppression.Reason.values:
        suppression.suppress(["new@example.org"], reason, now=now)
    signup.confirm(Member.objects.get(), now=now)
    assert set(Suppression.objects.values_list("reason", flat=True)) == {"news", "complained"}


def test_anonymised_and_merged_members_are_left_alone(america, now):
    MemberFactory(email="a@example.org", merged_into=MemberFactory())
    signup.sign_up(asked("a@example.org"), now=now)
    assert not MemberSource.objects.exists()


def test_staff_settle_a_district_whatever_the_zip(america, now):
    ben = MemberFactory(district=None, state=state("MA"), doubt="split", zip="02139")
    district("MA", 9)
    signup.set_by_staff(ben, zip5="02139", usps="MA", district=district("MA", 9), now=now)
    ben.refresh_from_db()
    assert (ben.district, ben.doubt) == (district("MA", 9), "")


def test_news_stop_and_go_and_the_vote_is_untouched(now):
    ben = MemberFactory(email="ben@example.org", wants_news=True)
    signup.stop_news(ben, now=now)
    signup.stop_news(ben, now=now)
    ben.refresh_from_db()
    assert ben.wants_news is False
    assert suppression.blocked(["ben@example.org"], "news") == {"ben@example.org"}
    assert suppression.blocked(["ben@example.org"], "service") == set()
    assert list(Member.objects.confirmed()) == [ben]
    signup.take_news(ben)
    ben.refresh_from_db()
    assert ben.wants_news is True
    assert suppression.blocked(["ben@example.org"], "news") == set()
