"""Who may do what with the ballot box on PostgreSQL: three database roles beside the owner, and their rights.

One role for everything works too (small installations, the embedded default); then this is not used.
"""

from django.db import connection, transaction
from django.utils.translation import gettext as _

from voting.refusals import Refusal
from voting.statements import on_postgresql, rows, run

TABLES = ["eligibility", "envelope", "opened_ballot", "participation"]
WEB, POST, TALLY = "web", "post", "tally"

# What each may call; the post room's clock may end what is over, and asks who has voted but never how.
FUNCTIONS = {
    WEB: [
        "cast_ballot(bigint, bigint, bigint, bigint[], bytea[], bytea[], bytea[])",
        "my_status(bigint, bigint)",
        "seats_in(bigint[])",
        "line_at(bytea, bigint[])",
        "rehearsal_voted(bigint)",
    ],
    POST: [
        "who_voted(bigint, bigint[])",
        "ballots_in(bigint)",
        "take_out(bigint, bigint)",
        "empty_box(bigint)",
        "forget_participation(bigint)",
        "wipe_rehearsal(bigint)",
    ],
}
FUNCTIONS[POST] = [*FUNCTIONS[WEB], *FUNCTIONS[POST]]
FUNCTIONS[TALLY] = FUNCTIONS[POST]

# What each may do with the tables themselves.
RIGHTS = {
    WEB: {},
    POST: {"eligibility": "SELECT, INSERT"},
    TALLY: {
        "eligibility": "SELECT, INSERT",
        "envelope": "SELECT",
        "opened_ballot": "SELECT, INSERT",
        "participation": "SELECT, INSERT",
    },
}


def name_of(role: str) -> str:
    """A role's name in the database, after the owner's: endorsements_web."""
    return f"{owner()}_{role}"


def owner() -> str:
    """Who owns the ballot box."""
    return rows("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'envelope'::regclass", [])[0][0]


def grant_all(passwords: dict[str, str] | None = None) -> list[str]:
    """Make the roles that are missing and give each its rights, no more; their names. Again is free.

    Passwords go to the server as their SCRAM check, so that no log can have them. Refusal unless called by the owner.
    """
    if not on_postgresql():
        raise Refusal(_("Only PostgreSQL has roles. On SQLite one process does everything."))
    me, names = rows("SELECT current_user", [])[0][0], {role: name_of(role) for role in RIGHTS}
    if me != owner():
        raise Refusal(_("Run this as the database’s owner, %(owner)s, not as %(me)s.") % {"owner": owner(), "me": me})
    with transaction.atomic():
        for role, name in names.items():
            make(name, (passwords or {}).get(role, ""))
            grant(role, quoted(name))
    return list(names.values())


def make(name: str, password: str) -> None:
    if not rows("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]):
        run(f"CREATE ROLE {quoted(name)} LOGIN")
    if password:
        connection.ensure_connection()
        check = connection.connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256")
        run(f"ALTER ROLE {quoted(name)} PASSWORD '{check.decode()}'")


def grant(role: str, name: str) -> None:
    """Everything of the other tables, and of the ballot box what its list says."""
    run(f"GRANT USAGE ON SCHEMA public TO {name}")
    run(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}")
    run(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name}")
    box = rows("SELECT relname FROM pg_class WHERE relname ~ '^envelope(_[0-9]+)?$' AND relkind IN ('r', 'p')", [])
    for table in {*TABLES, *(table for (table,) in box)}:
        run(f"REVOKE ALL ON {quoted(table)} FROM {name}")
    for table, rights in RIGHTS[role].items():
        run(f"GRANT {rights} ON {quoted(table)} TO {name}")
    for function in FUNCTIONS[TALLY]:
        run(f"REVOKE ALL ON FUNCTION {function} FROM {name}")
    for function in FUNCTIONS[role]:
        run(f"GRANT EXECUTE ON FUNCTION {function} TO {name}")


def reads_ballots() -> bool:
    """Whether this process's database role could read envelopes by itself: one role for everything."""
    return bool(rows("SELECT has_table_privilege('envelope', 'SELECT')", [])[0][0])


def quoted(name: str) -> str:
    return connection.ops.quote_name(name)
