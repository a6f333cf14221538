"""The four tables of the ballot box, by hand: composite keys, no time, no serial, no address, no foreign keys.

Never alter them later: a rewritten table loses nothing, but an added column may tell who voted how (trust.md 2.3).
"""

from django.db import migrations

POSTGRESQL = [
    "CREATE TABLE eligibility (credential bigint NOT NULL, contest_id bigint NOT NULL,"
    " PRIMARY KEY (credential, contest_id))",
    # One partition a round (ballotbox.prepare), so that one round's envelopes can be truncated.
    "CREATE TABLE envelope (round_id bigint NOT NULL, credential bigint NOT NULL, contest_id bigint NOT NULL,"
    " sealed bytea NOT NULL CHECK (octet_length(sealed) = 112),"
    " mac bytea NOT NULL CHECK (octet_length(mac) = 32),"
    " retry_check bytea NOT NULL CHECK (octet_length(retry_check) = 32),"
    " PRIMARY KEY (round_id, credential, contest_id)) PARTITION BY LIST (round_id)",
    "CREATE TABLE opened_ballot (contest_id bigint NOT NULL,"
    " line_id bytea NOT NULL CHECK (octet_length(line_id) = 13), option_number smallint NOT NULL,"
    " PRIMARY KEY (contest_id, line_id))",
    "CREATE TABLE participation (contest_id bigint NOT NULL, credential bigint NOT NULL,"
    " PRIMARY KEY (contest_id, credential))",
]
# WITHOUT ROWID: SQLite's hidden row number would be a serial.
SQLITE = [
    "CREATE TABLE eligibility (credential integer NOT NULL, contest_id integer NOT NULL,"
    " PRIMARY KEY (credential, contest_id)) WITHOUT ROWID",
    "CREATE TABLE envelope (round_id integer NOT NULL, credential integer NOT NULL, contest_id integer NOT NULL,"
    " sealed blob NOT NULL CHECK (length(sealed) = 112),"
    " mac blob NOT NULL CHECK (length(mac) = 32),"
    " retry_check blob NOT NULL CHECK (length(retry_check) = 32),"
    " PRIMARY KEY (round_id, credential, contest_id)) WITHOUT ROWID",
    "CREATE TABLE opened_ballot (contest_id integer NOT NULL,"
    " line_id blob NOT NULL CHECK (length(line_id) = 13), option_number integer NOT NULL,"
    " PRIMARY KEY (contest_id, line_id)) WITHOUT ROWID",
    "CREATE TABLE participation (contest_id integer NOT NULL, credential integer NOT NULL,"
    " PRIMARY KEY (contest_id, credential)) WITHOUT ROWID",
]


def make_tables(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def drop_tables(apps, schema_editor):
    for table in ("eligibility", "envelope", "opened_ballot", "participation"):
        schema_editor.execute(f"DROP TABLE {table}")


class Migration(migrations.Migration):
    dependencies = [("voting", "0001_initial")]
    operations = [migrations.RunPython(make_tables, drop_tables)]
