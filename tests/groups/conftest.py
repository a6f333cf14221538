"""The ZIPs of the exports, and importing a text as a list."""

import pytest
from django.core.management import call_command

from groups.importing import intake
from journal import clock
from tests.data import shared
from tests.factories.groups import district, state, zips


@pytest.fixture
def america():
    """The ZIPs of the exports, as the real map has them, without loading all of it."""
    state("GU"), district("GU", 0), state("AZ"), district("MA", 1)
    zips(
        {
            "02139": ["MA-5", "MA-7"],
            "02142": ["MA-7"],
            "10025": ["NY-12", "NY-13"],
            "30165": ["AL-3", "GA-14"],
            "86044": ["AZ-2", "UT-3"],
            "82001": ["WY-0"],
            "20001": ["DC-0"],
            "99501": ["AK-0"],
            "78701": ["TX-37"],
            "05401": ["VT-0"],
        }
    )


@pytest.fixture
def take(tmp_path, america, capsys):
    """Import a text (or bytes, or a shared file's name) and return the counts that are not nought."""

    def run(content, format_name="action-network", name="list.csv", **options):
        if isinstance(content, str) and "\n" not in content and content:
            path = shared(f"exports/{content}")
        else:
            path = tmp_path / name
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        report = intake.import_members(path, format_name=format_name, now=clock.now(), **options)
        return {name: count for name, count in report.counts.items() if count}

    return run


@pytest.fixture
def command(tmp_path, america, capsys):
    def run(content, format_name="action-network", *more):
        path = tmp_path / "list.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        call_command("import_members", str(path), "--format", format_name, *more)
        return capsys.readouterr()

    return run
