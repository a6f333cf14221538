from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.cache.backends import db
from django.db import connection
from django.utils import timezone

from keys import limits

pytestmark = pytest.mark.django_db


@pytest.fixture
def later(monkeypatch):
    """Let the cache believe that so many seconds have passed."""

    def move(seconds):
        monkeypatch.setattr(db, "tz_now", lambda: timezone.now() + timedelta(seconds=seconds))

    return move


def asks(times, who="ben@example.org", purpose="link", limit=3):
    return [limits.allow(purpose, who, limit=limit, seconds=600) for _ in range(times)]


def test_the_third_is_allowed_and_the_fourth_is_not():
    assert asks(5) == [True, True, True, False, False]


def test_looking_whether_all_is_spent_counts_nothing():
    asks(2)
    assert [limits.spent("link", "ben@example.org", limit=3) for _ in range(4)] == [False] * 4
    assert asks(1) == [True]
    assert limits.spent("link", "ben@example.org", limit=3) is True
    assert limits.spent("link", "cem@example.org", limit=3) is False


def test_each_person_and_each_purpose_counts_alone():
    assert asks(3) == [True, True, True]

    assert asks(1, who="cem@example.org") == [True]
    assert asks(1, purpose="sign-up") == [True]
    assert asks(1) == [False]


def test_a_window_ends_and_not_before(later):
    assert asks(3) == [True, True, True]

    later(597)
    assert asks(1) == [False]
    later(602)
    assert asks(1) == [True]


def test_a_limit_of_none_allows_nobody():
    assert asks(1, limit=0) == [False]


def test_the_cache_keeps_no_address():
    asks(1)

    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM cache")
        kept = [row[0] for row in cursor.fetchall()]
    assert len(kept) == 1
    assert "ben" not in kept[0]
    assert cache.get(kept[0].split(":", 2)[2]) == 1


def test_text_that_is_no_text_is_only_another_person():
    assert asks(1, who="\udcff\x00") == [True]


@pytest.mark.parametrize(
    ("count", "meta", "network"),
    [
        (0, {"REMOTE_ADDR": "203.0.113.9"}, "203.0.113"),
        (0, {"REMOTE_ADDR": "203.0.113.9", "HTTP_X_FORWARDED_FOR": "198.51.100.1"}, "203.0.113"),
        (1, {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "6.6.6.6, 198.51.100.1"}, "198.51.100"),
        (2, {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "198.51.100.1, 10.0.0.2"}, "198.51.100"),
        (2, {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "198.51.100.1"}, "10.0.0"),
        (0, {"REMOTE_ADDR": "2001:db8:7:1::5"}, "2001:db8:7"),
        (0, {}, ""),
    ],
)
def test_the_network_is_read_from_trusted_proxies_alone(rf, settings, count, meta, network):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = count
    request = rf.get("/")
    request.META.pop("REMOTE_ADDR")
    request.META.update(meta)

    assert limits.network_of(request) == network
