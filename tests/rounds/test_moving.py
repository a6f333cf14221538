"""The page on which a member says where she lives now: what it asks, and from which vote on it counts."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client

from groups import members
from groups.models import MemberReport
from journal.wording import in_zone
from tests.factories.groups import district, state, zips
from tests.factories.rounds import START, RoundFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(ben):
    zips({"02139": ["MA-5", "MA-7"], "30165": ["AL-3", "GA-14"], "82001": ["WY-0"]})
    return urlsplit(members.moved_url(ben)).path


@pytest.fixture
def strict():
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def spring():
    """A round whose roll is frozen on March 7, and the next one's on April 18."""
    return (
        RoundFactory(name="Spring round", stage="vetting", starts_at=START),
        RoundFactory(name="Summer round", stage="draft", starts_at=START + timedelta(weeks=6)),
    )


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def hidden(page):
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode()))


def test_one_zip_and_it_is_done_without_any_cookie(strict, ben, path, spring, set_clock):
    set_clock(spring[0].freeze_at - timedelta(hours=1))
    assert "Our list says of b•••@example.org: Massachusetts 7th District." in text_of(strict.get(path))
    page = strict.post(path, {"zip": "82001"})
    start = in_zone(spring[0].voting_opens_at, spring[0].time_zone)
    assert "We have your new place" in text_of(page)
    assert f"Your place counts from Spring round on. Its vote opens {start}." in text_of(page)
    assert "roll of" not in text_of(page)
    ben.refresh_from_db()
    assert (ben.district, strict.cookies) == (district("WY", 0), {})


def test_once_a_roll_is_closed_it_counts_from_the_next_round_and_she_is_told(strict, ben, path, spring, set_clock):
    set_clock(spring[0].freeze_at + timedelta(minutes=5))
    page = text_of(strict.post(path, {"zip": "82001"}))
    assert "The roll of Spring round is closed. In that vote you still have the races of your old place." in page
    assert "Your place counts from Summer round on." in page
    ben.refresh_from_db()
    assert ben.district == district("WY", 0)


def test_who_came_after_that_roll_is_told_of_the_next_one_alone(strict, ben, path, spring, set_clock):
    ben.confirmed_at = spring[0].freeze_at + timedelta(minutes=1)
    ben.save()
    set_clock(spring[0].freeze_at + timedelta(minutes=5))
    page = text_of(strict.post(path, {"zip": "82001"}))
    assert ("Spring round" in page, "Your place counts from Summer round on." in page) == (False, True)


def test_a_split_zip_asks_and_a_wrong_button_changes_nothing(strict, ben, path):
    page = strict.post(path, {"zip": "02139"})
    assert (page.status_code, "Which district do you live in?" in text_of(page)) == (200, True)
    unanswered = strict.post(path, hidden(page))
    assert (unanswered.status_code, "Choose your district" in text_of(unanswered)) == (422, True)
    again = strict.post(path, hidden(page) | {"change": "zip"})
    assert 'value="02139"' in again.content.decode()
    assert not MemberReport.objects.exists()
    strict.post(path, hidden(page) | {"district": "MA-05"})
    ben.refresh_from_db()
    assert ben.district == district("MA", 5)


def test_two_states_and_not_sure(strict, ben, path):
    page = strict.post(path, {"zip": "30165"})
    assert "Which state do you live in?" in text_of(page)
    page = strict.post(path, hidden(page) | {"state": "GA"})
    ben.refresh_from_db()
    assert ben.district == district("GA", 14)
    page = strict.post(path, {"zip": "02139", "asked": "district", "district": "unsure"})
    assert "We settle your House district later." in text_of(page)
    ben.refresh_from_db()
    assert (ben.state, ben.district, ben.doubt) == (state("MA"), None, "split")


def test_the_same_place_again_is_no_news(strict, ben, path):
    strict.post(path, {"zip": "82001"})
    assert "That is the place we have" in text_of(strict.post(path, {"zip": "82001"}))
    assert MemberReport.objects.count() == 1


@pytest.mark.parametrize("zip5", ["", "x", "2139", "\0", "9" * 5000, "<script>alert(1)</script>"])
def test_what_is_no_zip_is_said_and_stays(strict, ben, path, zip5):
    page = strict.post(path, {"zip": zip5, "state": "\0", "district": "💥" * 50})
    assert page.status_code == 422
    assert "<script>alert" not in page.content.decode()
    assert not MemberReport.objects.exists()


@pytest.mark.parametrize("district_said", ["XX-99", "MA-", "MA-99999999999999", "WY-AL", "\0", "unsure-1"])
def test_a_forged_district_is_asked_again(strict, ben, path, district_said):
    page = strict.post(path, {"zip": "02139", "asked": "district", "district": district_said})
    assert page.status_code == 422
    assert not MemberReport.objects.exists()


def test_looking_changes_nothing(strict, path):
    for _n in range(5):
        assert strict.get(path).status_code == strict.head(path).status_code == 200
    assert not MemberReport.objects.exists()
