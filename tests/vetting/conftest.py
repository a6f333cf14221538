"""A reviewer, signed in at the desk."""

import pytest

from tests.vetting.reviewer import NOW, vetter


@pytest.fixture
def ray(set_clock):
    """A reviewer by her role, who sees no journal."""
    set_clock(NOW)
    return vetter("Ray")


@pytest.fixture
def desk(client, ray):
    client.force_login(ray)
    return client
