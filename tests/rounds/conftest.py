"""The ground of signing up: some ZIPs, a group with its link, and limits that nobody has used."""

import pytest
from django.core.cache import cache

from tests.factories.groups import GroupFactory, district, zips


@pytest.fixture
def america(quiet_limits):
    return zips({"02139": ["MA-5", "MA-7"], "02142": ["MA-7"], "30165": ["AL-3", "GA-14"], "82001": ["WY-0"]})


@pytest.fixture
def quiet_limits(settings):
    """Counters of requests that no other test has used."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "groups"}}
    cache.clear()


@pytest.fixture
def common(america):
    return GroupFactory(slug="common", name="Common Group", sign_up_code="7K4Q-2D", places=[district("MA", 7)])
