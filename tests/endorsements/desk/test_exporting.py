"""Exports: with a purpose, in the journal, no formula, no vote, and only for whom the role allows it."""

import csv
import io
from datetime import timedelta

import pytest

from endorsements.desk import exporting
from groups.models import Role
from groups.roles import make_roles
from journal import clock
from journal.models import Entry
from mailings import suppression
from tests.factories.groups import GroupFactory, MemberFactory, UserFactory, district
from tests.factories.mailings import LetterFactory
from tests.factories.rounds import START, NominationFactory

pytestmark = pytest.mark.django_db
PURPOSE = "To call the groups before the round opens."
PAGE = "/desk/export/"


def taken(client, table, purpose=PURPOSE):
    """The answer to a request for a table, and its rows."""
    with clock.standing_at(START):
        answer = client.post(PAGE, {"table": table, "purpose": purpose})
    if not answer.streaming:
        return answer, None
    return answer, list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode(), newline="")))


@pytest.fixture
def desk(client, dee):
    client.force_login(dee)
    return client


def test_a_table_comes_as_csv_and_stands_in_the_journal(desk, dee):
    home = district("MA", 7)
    MemberFactory(email="rosa@example.org", first_name="Rosa", last_name="Díaz", zip="02139", district=home)
    MemberFactory(email="new@example.org", confirmed_at=None)

    answer, rows = taken(desk, "members")

    name = f"members-delete-by-{(START + timedelta(days=7)).date()}.csv"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert "no-store" in answer["Cache-Control"]
    assert rows[0] == list(exporting.TABLES["members"].columns)
    assert [row[:6] for row in rows[1:]] == [["Rosa", "Díaz", "rosa@example.org", "02139", "MA", "7"]]
    entry = Entry.objects.get(verb="export")
    assert (entry.actor, entry.subject, entry.reason) == (f"user:{dee.pk}", "export:members", PURPOSE)
    assert entry.after == {"rows": 1}


@pytest.mark.parametrize(
    ("reason", "taken_along"), [("left", False), ("complained", False), ("disowned", False), ("news", True)]
)
def test_nobody_is_taken_along_to_whom_nothing_is_sent(desk, reason, taken_along):
    MemberFactory(email="Gone@Example.org")
    suppression.suppress(["gone@example.org"], reason, now=START)
    _answer, rows = taken(desk, "members")
    assert len(rows) == 1 + taken_along


@pytest.mark.parametrize("name", list(exporting.TABLES))
def test_every_table_comes_with_all_its_columns(desk, name):
    NominationFactory()
    LetterFactory(state=3)
    MemberFactory()
    _answer, rows = taken(desk, name)
    assert len(rows) >= 2
    assert {len(row) for row in rows} == {len(exporting.TABLES[name].columns)}


@pytest.mark.parametrize("purpose", ["", "   ", "because", " a  b  c  d  e "])
def test_without_a_purpose_nothing_goes(desk, purpose):
    answer, rows = taken(desk, "groups", purpose)
    assert (answer.status_code, rows) == (400, None)
    assert purpose.strip() in answer.content.decode()
    assert Entry.objects.count() == 0


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1 617 555 0100", "'+1 617 555 0100"),
        ("-2", "'-2"),
        ("@home", "'@home"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("  =1+1", "'  =1+1"),
        ("Ann = Bo", "Ann = Bo"),
        (None, ""),
        (7, "7"),
        (START, START.isoformat()),
    ],
)
def test_no_cell_is_a_formula(value, cell):
    assert exporting.cell(value) == cell


def test_a_groups_name_is_no_formula_in_the_file(desk):
    GroupFactory(name='=HYPERLINK("https://example.org")')
    _answer, rows = taken(desk, "groups")
    assert rows[1][0] == '\'=HYPERLINK("https://example.org")'


@pytest.mark.parametrize(
    ("role", "tables"),
    [
        ("Data manager", {"members"}),
        ("Auditor", {"journal"}),
        ("Vetting reviewer", set()),
        ("Round manager", {"nominations", "candidacies", "letters-not-sent", "journal"}),
    ],
)
def test_each_role_takes_what_is_its_own(client, role, tables):
    make_roles()
    user = UserFactory(email="eve@example.org", is_staff=True)
    user.groups.add(Role.objects.get(name=role))
    client.force_login(user)
    assert set(exporting.tables_of(user)) == tables
    assert client.get(PAGE).status_code == (200 if tables else 403)
    for name in set(exporting.TABLES) - tables:
        assert taken(client, name)[0].status_code in (400, 403)
    assert Entry.objects.count() == 0


def test_no_table_holds_a_vote_or_a_credential():
    said = " ".join(str(column) for table in exporting.TABLES.values() for column in table.columns.values())
    assert not any(word in said for word in ("credential", "seat", "envelope", "participation", "ballot"))


def test_an_organizer_takes_the_groups_of_her_places_only(client):
    make_roles()
    home = district("MA", 7)
    GroupFactory(name="Ours", places=[home])
    GroupFactory(name="Theirs", places=[district("MA", 8)])
    type(home).objects.filter(pk=home.pk).update(organizer_email="olu@example.org")
    olu = UserFactory(email="olu@example.org", is_staff=True)
    olu.groups.add(Role.objects.get(name="Organizer"))
    client.force_login(olu)
    _answer, rows = taken(client, "groups")
    assert [row[0] for row in rows[1:]] == ["Ours"]
