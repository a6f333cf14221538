"""Local times on the two days a year that have no common clock (trust.md F26)."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from journal.localtime import NoSuchTime, instant_of

# The zone, and its hours from UTC before and after March 8, 2026, 2 a.m.
ZONES = {
    "America/New_York": (5, 4),
    "America/Chicago": (6, 5),
    "America/Denver": (7, 6),
    "America/Los_Angeles": (8, 7),
    "America/Anchorage": (9, 8),
}


@pytest.mark.parametrize("zone", ZONES)
def test_an_hour_is_missing_in_march_and_another_comes_twice_in_november(zone):
    winter, summer = ZONES[zone]

    def instant(text):
        return instant_of(datetime.fromisoformat(text), ZoneInfo(zone))

    assert instant("2026-03-08 01:59:59") == datetime(2026, 3, 8, 1 + winter, 59, 59, tzinfo=UTC)
    for missing in ("2026-03-08 02:00", "2026-03-08 02:30", "2026-03-08 02:59:59"):
        with pytest.raises(NoSuchTime, match="does not come"):
            instant(missing)
    assert instant("2026-03-08 03:00") == datetime(2026, 3, 8, 3 + summer, 0, tzinfo=UTC)

    assert instant("2026-11-01 00:59:59") == datetime(2026, 11, 1, 0 + summer, 59, 59, tzinfo=UTC)
    for twice in ("2026-11-01 01:00", "2026-11-01 01:30", "2026-11-01 01:59:59"):
        with pytest.raises(NoSuchTime, match="comes twice"):
            instant(twice)
    assert instant("2026-11-01 02:00") == datetime(2026, 11, 1, 2 + winter, 0, tzinfo=UTC)


def test_a_zone_without_summer_time_has_every_hour_once():
    for text in ("2026-03-08 02:30", "2026-11-01 01:30"):
        typed = datetime.fromisoformat(text)
        assert instant_of(typed, ZoneInfo("America/Phoenix")).hour == typed.hour + 7


def test_the_refusal_names_day_time_and_zone():
    with pytest.raises(NoSuchTime) as refused:
        instant_of(datetime(2026, 3, 8, 2, 30), ZoneInfo("America/New_York"))

    assert str(refused.value) == (
        "On Sunday, March 8, 2026 the clocks are set forward, and 2:30 a.m. Eastern does not come. Choose another time."
    )
