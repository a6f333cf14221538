"""Instants in words: the zone is always said, and the other coast is too."""

from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, Template
from django.utils import translation

from journal import wording

CLOSING = datetime(2026, 3, 13, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("America/New_York", "Thursday, March 12, 2026, 8:00 p.m. Eastern (5:00 p.m. Pacific)"),
        ("America/Chicago", "Thursday, March 12, 2026, 7:00 p.m. Central (5:00 p.m. Pacific)"),
        ("America/Los_Angeles", "Thursday, March 12, 2026, 5:00 p.m. Pacific (8:00 p.m. Eastern)"),
        ("Pacific/Guam", "Friday, March 13, 2026, 10:00 a.m. Guam (Thursday, 5:00 p.m. Pacific)"),
        ("UTC", "Friday, March 13, 2026, 12:00 a.m. UTC (Thursday, 5:00 p.m. Pacific)"),
        ("Europe/London", "Friday, March 13, 2026, 12:00 a.m. London (Thursday, 5:00 p.m. Pacific)"),
    ],
)
def test_an_instant_names_its_zone_and_the_other_coast(zone, words):
    assert wording.in_zone(CLOSING, zone) == words


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (CLOSING + timedelta(days=21), "March 12 to April 2, 2026"),
        (CLOSING + timedelta(days=300), "March 12, 2026 to January 6, 2027"),
    ],
)
def test_two_days_name_their_year_once(end, words):
    assert wording.days_in_zone(CLOSING, end, "America/New_York") == words


def test_noon_is_called_noon():
    noon = datetime(2026, 7, 4, 16, 0, tzinfo=UTC)

    assert wording.in_zone(noon, "America/New_York") == "Saturday, July 4, 2026, 12:00 noon Eastern (9:00 a.m. Pacific)"


def test_the_hour_follows_daylight_saving_time():
    before, after = datetime(2026, 3, 7, 17, 0, tzinfo=UTC), datetime(2026, 3, 8, 17, 0, tzinfo=UTC)

    assert "12:00 noon Eastern" in wording.in_zone(before, "America/New_York")
    assert "1:00 p.m. Eastern" in wording.in_zone(after, "America/New_York")


def test_the_words_follow_the_language():
    with translation.override("es"):
        assert wording.day_in_zone(CLOSING, "America/New_York").lower().startswith("jueves")


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=1, hours=4, minutes=59), "1 day 4 hours"),
        (timedelta(days=21), "21 days"),
        (timedelta(days=3, minutes=5), "3 days"),
        (timedelta(hours=1, minutes=1), "1 hour 1 minute"),
        (timedelta(minutes=35, seconds=59), "35 minutes"),
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(0), ""),
        (timedelta(minutes=-1), ""),
    ],
)
def test_the_time_left_is_cut_to_two_units(left, words):
    now = datetime(2026, 3, 1, tzinfo=UTC)

    assert wording.until(now + left, now) == words


def test_no_instant_gives_no_words():
    assert wording.in_zone(None, "America/New_York") == ""
    assert wording.day_in_zone(None, "America/New_York") == ""
    assert wording.until(None, CLOSING) == ""


def test_templates_know_the_same_words():
    page = Template("{% load when %}{{ at|in_zone:zone }}|{{ at|day_in_zone:zone }}|{{ at|until:now }}")

    shown = page.render(Context({"at": CLOSING, "zone": "America/New_York", "now": CLOSING - timedelta(hours=28)}))

    assert shown == (
        "Thursday, March 12, 2026, 8:00 p.m. Eastern (5:00 p.m. Pacific)|Thursday, March 12, 2026|1 day 4 hours"
    )
