"""Sign-ups as they arrive: one row for every address, taken in by the clock, flagged, forgotten."""

import random
from datetime import timedelta

import pytest
from django.urls import reverse

from groups import arrivals, signup
from groups.models import Member, SignUp
from groups.signup import Request
from journal import clock
from mailings.models import Letter
from tests.factories.groups import GroupFactory, MemberFactory, UserFactory, district
from tests.factories.rounds import START
from tests.rounds.sheets import typed

pytestmark = pytest.mark.django_db


def asked(email="new@example.org", **rest):
    return Request(**{"email": email, "first_name": "Nia", "last_name": "New", "zip": "02142"} | rest)


def test_the_page_writes_one_row_for_every_address_and_nothing_else(client, america, django_assert_num_queries):
    MemberFactory(email="ben@example.org")
    client.post(reverse("rounds:sign_up"), typed(email="warm@example.org"))
    SignUp.objects.all().delete()
    for email in ("ben@example.org", "new@example.org"):
        with django_assert_num_queries(17):
            client.post(reverse("rounds:sign_up"), typed(email=email))
    assert list(SignUp.objects.order_by("pk").values_list("email", "taken_at", "rule")) == [
        ("ben@example.org", None, ""),
        ("new@example.org", None, ""),
    ]
    assert (Member.objects.count(), Letter.objects.count()) == (1, 0)


def test_what_was_typed_is_taken_in_whole_and_once(america):
    group, other = GroupFactory(), GroupFactory()
    arrivals.keep(
        asked(
            email="New@Example.org",
            usps="MA",
            district=district("MA", 5),
            group=group,
            language="es",
            wants_news=True,
            came_by=other,
        ),
        network="192.0.2",
        now=START,
    )
    assert [arrivals.take_in(START + timedelta(seconds=9)) for _ in range(2)] == [1, 0]
    member = Member.objects.get()
    said = (member.email, member.first_name, member.group, member.language, member.wants_news, member.came_by)
    assert said == ("New@Example.org", "Nia", group, "es", True, other)
    assert (member.joined_at, member.district) == (START, signup.home_claimed(member).district)
    assert Letter.objects.values_list("name", flat=True).get() == signup.CONFIRM_LETTER


def test_one_that_fails_keeps_nobody_waiting_and_is_tried_again(america, monkeypatch):
    for email in ("a@example.org", "b@example.org"):
        arrivals.keep(asked(email), network="", now=START)

    def sign_up(request, *, now):
        if request.email == "a@example.org":
            raise ValueError("a fault")
        return signup.sign_up(request, now=now)

    monkeypatch.setattr(arrivals, "sign_up", sign_up)
    assert arrivals.take_in(START) == 1
    monkeypatch.undo()
    assert arrivals.take_in(START) == 1
    assert Member.objects.count() == 2


def test_more_than_a_piece_is_taken_in_by_one_tick(america, monkeypatch):
    monkeypatch.setattr(arrivals, "PIECE", 2)
    for number in range(5):
        arrivals.keep(asked(f"p{number}@example.org"), network="", now=START)
    assert arrivals.take_in(START) == 5


def test_a_network_is_kept_as_a_keyed_hash(settings):
    arrivals.keep(asked(), network="192.0.2", now=START)
    (kept,) = SignUp.objects.values_list("network", flat=True)
    assert (len(kept), kept) == (32, arrivals.hashed("192.0.2"))
    settings.SECRET_KEY = "another"
    assert arrivals.hashed("192.0.2") != kept


def series(number, **rest):
    draw = random.Random(1)
    for at in range(number):
        arrivals.keep(
            asked(f"list{at}@example.org", first_name=draw.choice("ABCDEFGH"), **rest),
            network=f"net{at}",
            now=START + timedelta(minutes=at),
        )


def test_a_pattern_is_flagged_with_its_rule_and_keeps_nobody_off_the_list(america):
    series(10)
    arrivals.keep(asked("ann@example.org"), network="other", now=START)
    assert arrivals.take_in(START) == 11
    assert [arrivals.flag(START + timedelta(hours=1)) for _ in range(2)] == [10, 0]
    assert arrivals.flag(START + timedelta(hours=26)) == 0
    assert {row.rule for row in arrivals.open_flags()} == {SignUp.Rule.SERIAL}
    assert SignUp.objects.get(email="ann@example.org").rule == ""
    assert Member.objects.count() == 11


def test_every_rule_has_its_words():
    from groups import bursts

    assert {pattern.rule for pattern in bursts.PATTERNS} == set(SignUp.Rule.values)


def test_staff_see_the_rule_and_say_that_it_is_fine(client, america):
    series(10)
    arrivals.flag(START)
    staff = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(staff)
    listed = reverse("admin:groups_signup_changelist")
    page = client.get(listed, {"flagged": "open"}).content.decode()
    assert page.count("addresses in a series") >= 10
    assert "Sign-ups that look made by one hand" in client.get(reverse("admin:index")).content.decode()
    keys = list(SignUp.objects.values_list("pk", flat=True))
    page = client.post(listed, {"action": "mark_seen", "_selected_action": keys}, follow=True)
    assert "10 sign-ups are marked as seen." in page.content.decode()
    assert list(arrivals.open_flags()) == []
    assert SignUp.objects.values_list("seen_by", flat=True).distinct().get() == staff.pk
    assert client.get(listed, {"flagged": "all"}).content.decode().count("addresses in a series") >= 10
    assert client.get(listed, {"flagged": "no"}).context["cl"].result_count == 0


@pytest.mark.parametrize(
    ("age", "rule", "seen", "stays"),
    [
        (timedelta(days=7), "", False, True),
        (timedelta(days=7, seconds=1), "", False, False),
        (timedelta(days=7, seconds=1), "serial", True, False),
        (timedelta(days=28), "serial", False, True),
        (timedelta(days=28, seconds=1), "serial", False, False),
    ],
)
def test_sign_ups_are_forgotten_after_a_week_and_flagged_ones_once_they_were_seen(america, age, rule, seen, stays):
    now = clock.now()
    arrivals.keep(asked(), network="", now=now - age)
    assert arrivals.forget_old(now) == 0  # not before it is taken in
    arrivals.take_in(now)
    SignUp.objects.update(rule=rule, seen_at=now if seen else None)
    arrivals.forget_old(now)
    assert SignUp.objects.exists() is stays
