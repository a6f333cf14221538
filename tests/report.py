"""Which tests run on which database, which skips are allowed, and one closing line over two runs.

tests/everything.py says by environment what it found; a plain pytest run needs none of it.
"""

import json
import os
from fnmatch import fnmatch
from pathlib import Path

import pytest
from django.conf import settings

from tests import servers

DATABASE = {"db", "transactional_db", "django_db_reset_sequences", "live_server", "django_db_setup"}
ALLOWED_SKIPS = Path(__file__).with_name("allowed_skips.txt")


def pytest_addoption(parser):
    parser.addoption("--no-unknown-skips", action="store_true", help="fail on a skip not in tests/allowed_skips.txt")


def touches_the_database(item):
    return bool(item.get_closest_marker("django_db") or DATABASE & set(item.fixturenames))


def pytest_collection_modifyitems(config, items):
    """PostgreSQL's tests need PostgreSQL; the second run, on PostgreSQL, leaves out what no database can change,
    and pages in a browser: what they do to the database is tested without one."""
    on_postgresql = "postgresql" in settings.DATABASES["default"]["ENGINE"]
    second = os.environ.get("TEST_RUN") == "second"

    def runs(item):
        if item.get_closest_marker("postgresql") and not on_postgresql:
            return False
        if not second or item.get_closest_marker("postgresql"):
            return True
        about_pages = item.get_closest_marker("once") or "browser" in item.fixturenames
        return touches_the_database(item) and not about_pages

    left_out = [item for item in items if not runs(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if runs(item)]
    # First what takes long, so that no core is left alone with it at the end.
    items.sort(key=lambda item: not item.get_closest_marker("long"))


@pytest.fixture(scope="session")
def redis_url():
    """A real Redis of our own; the test is skipped where it is not installed."""
    if "TEST_REDIS_URL" in os.environ:
        yield os.environ["TEST_REDIS_URL"]
    elif servers.find("redis-server"):
        with servers.redis_server() as url:
            yield url
    else:
        pytest.skip("Redis is not installed")


def unknown_skips(reports):
    """Skips that fit no line of allowed_skips.txt, as "test: reason"."""
    lines = ALLOWED_SKIPS.read_text().splitlines()
    allowed = [line for line in lines if line and not line.startswith("#")]
    said = [f"{report.nodeid}: {reason_of(report)}" for report in reports]
    return [skip for skip in said if not any(fnmatch(skip, pattern) for pattern in allowed)]


def reason_of(report):
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not reporter or hasattr(session.config, "workerinput"):
        return
    if session.config.getoption("--no-unknown-skips") and unknown_skips(reporter.stats.get("skipped", [])):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter, config):
    yield
    skips = unknown_skips(terminalreporter.stats.get("skipped", []))
    if config.getoption("--no-unknown-skips") and skips:
        terminalreporter.section("skips that tests/allowed_skips.txt does not know", red=True)
        for skip in skips:
            terminalreporter.line(skip)
    if "TEST_COUNTS" in os.environ:
        join_counts(Path(os.environ["TEST_COUNTS"]), terminalreporter)
    for line in os.environ.get("TEST_FOUND", "").splitlines():
        terminalreporter.line(line)


def join_counts(path, terminalreporter):
    """The first run leaves its counts; the second adds them, so that its closing line tells of both."""
    shown = ("passed", "failed", "error", "skipped", "xfailed", "xpassed")
    if os.environ["TEST_RUN"] == "first":
        path.write_text(json.dumps({kind: len(terminalreporter.stats.get(kind, [])) for kind in shown}))
    elif path.exists():
        earlier = json.loads(path.read_text())
        for kind, count in earlier.items():
            if count:
                terminalreporter.stats.setdefault(kind, []).extend(object() for _ in range(count))
        said = ", ".join(f"{count} {kind}" for kind, count in earlier.items() if count)
        terminalreporter.line(f"The closing line counts both runs; of these on SQLite: {said or 'none'}.")
