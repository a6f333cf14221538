"""The known cast, instants, and a clean room for each test."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.utils import translation

from endorsements.desk import sessions
from journal import clock
from keys import files
from mailings.carriers import anymail_settings
from tests import providers
from tests.factories.groups import (
    GroupFactory,
    LeadershipFactory,
    MemberFactory,
    UserFactory,
    district,
)
from voting import receipts

pytest_plugins = ["tests.browser", "tests.report"]


class Visitor(Client):
    """Whoever asks; staff who sign in have shown their sign of life, so that no counted page writes it down first."""

    def force_login(self, user, backend=None):
        super().force_login(user, backend)
        if user.is_staff:
            session = self.session
            session[sessions.BEGAN] = session[sessions.SEEN] = int(sessions.time())
            session.save()


@pytest.fixture
def client():
    return Visitor()


# The cast: Ada leads a group, Ben is a member, Cem a stranger, Dee staff.


@pytest.fixture
def group(db):
    """The group that Ada leads, in MA-07."""
    return GroupFactory(name="Boston Common Group", slug="boston-common", places=[district("MA", 7)])


@pytest.fixture
def ada(group):
    """A user who leads a group."""
    user = UserFactory(email="ada@example.org", name="Ada Adams")
    LeadershipFactory(group=group, user=user)
    return user


@pytest.fixture
def ben(db):
    """A confirmed member of MA-07; never a user."""
    return MemberFactory(email="ben@example.org", first_name="Ben", last_name="Brook", district=district("MA", 7))


@pytest.fixture
def cem(db):
    """A user who leads another group, in WY-AL: a stranger to everything of Ada's."""
    user = UserFactory(email="cem@example.org", name="Cem Celik")
    other = GroupFactory(name="Laramie Group", slug="laramie", places=[district("WY", 0)])
    LeadershipFactory(group=other, user=user)
    return user


@pytest.fixture
def dee(db):
    """Staff with every permission."""
    return UserFactory(email="dee@example.org", name="Dee Dorn", is_staff=True, is_superuser=True)


# Time


@pytest.fixture(scope="session")
def at():
    """Instants as people write them: at("2026-03-12 20:00") is UTC, at("…", "America/New_York") is not."""

    def instant(text, zone="UTC"):
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)

    return instant


@pytest.fixture
def set_clock():
    """Move what journal.clock reads, in this process, until the test ends: set_clock(instant)."""

    def move(instant):
        clock.shift_of_tests = clock.shift_to(instant)

    yield move
    clock.shift_of_tests = timedelta()


# A clean room


@pytest.fixture(autouse=True)
def own_folders(settings, tmp_path):
    """Each test has its own empty folders for keys, uploads and letters, and remembers no key and no round."""
    settings.KEYS_DIR = tmp_path / "keys"
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.OUTBOX_DIR = tmp_path / "outbox"
    files.read_once.cache_clear()
    receipts.facts_of.cache_clear()
    yield
    files.read_once.cache_clear()


@pytest.fixture(autouse=True)
def own_language():
    """No test speaks the language of the last page that the test before it asked for."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def emptied(request, django_db_blocker):
    """After a test that commits: empty the tables that Django's flush does not know (ballots, the cache)."""
    marker = request.node.get_closest_marker("django_db")
    commits = {"transactional_db", "live_server"} & set(request.fixturenames)
    if not commits and not (marker and marker.kwargs.get("transaction")):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    with django_db_blocker.unblock():
        known = {*connection.introspection.django_table_names(include_views=False), "django_migrations"}
        foreign = [name for name in connection.introspection.table_names() if name not in known]
        with connection.constraint_checks_disabled(), connection.cursor() as cursor:
            for name in map(connection.ops.quote_name, foreign):
                if connection.vendor == "postgresql":
                    cursor.execute(f"TRUNCATE {name} CASCADE")
                else:
                    cursor.execute(f"DELETE FROM {name}")


# A mail provider


@pytest.fixture(scope="session")
def local_provider():
    with providers.running() as provider:
        yield provider


@pytest.fixture
def provider(local_provider, settings):
    """Letters go to a provider on the loopback: provider("mailgun") says which, and gives it, empty."""

    def choose(name):
        local_provider.requests, local_provider.answers, local_provider.bad = [], [], set()
        settings.EMAIL_BACKEND = providers.BACKENDS[name]
        settings.ANYMAIL = anymail_settings({}) | local_provider.settings()
        return local_provider

    return choose
