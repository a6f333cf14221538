"""The mass of a list in a few statements, on PostgreSQL: who is new, and of whom it says nothing new.

The rules are weighing.py's; whoever has to be weighed (known otherwise, or in several rows) is left in REST for it.
"""

from itertools import islice

from django.conf import settings
from django.db import connection

from groups.importing.person import GRAVITY, SUBSCRIBED
from groups.importing.staging import TABLE as ROWS
from groups.models import Member, MemberSource
from groups.places import resolve_zips
from groups.residence import Gazetteer, Statement
from mailings import suppression

REST = "import_rest"
PIECE = 5000
# Memory for sorting and hashing, for this transaction; the compiler costs more than it saves here.
SETTINGS = ["SET LOCAL work_mem = '64MB'", "SET LOCAL jit = off"]
TABLES = {
    "import_twice": "email_key varchar",
    "import_silent": "email_key varchar",
    "import_home": "zip varchar, usps varchar, state_id bigint, district_id bigint, doubt varchar",
    "import_known": "number bigint, same boolean, alive boolean, no_zip boolean, in_doubt boolean",
    REST: f"LIKE {ROWS}",
}
MEMBERS, SOURCES = Member._meta.db_table, MemberSource._meta.db_table
TWICE = f"INSERT INTO import_twice SELECT email_key FROM {ROWS} GROUP BY email_key HAVING count(*) > 1"  # noqa: S608
# Her record is left alone, or it says all that this row does: the row changes nothing.
KNOWN = f"""
INSERT INTO import_known
SELECT r.number,
       m.erased_at IS NOT NULL OR m.merged_into_id IS NOT NULL
       OR (s.id IS NOT NULL AND s.status = r.status_words AND s.zip = r.zip AND s.usps = r.usps
           AND s.dated IS NOT DISTINCT FROM r.dated
           AND (m.first_name <> '' OR r.first_name = '') AND (m.last_name <> '' OR r.last_name = '')
           AND (m.zip = '' OR m.map_version_id IS NOT DISTINCT FROM %(map)s::bigint)
           AND NOT (%(vouched)s::boolean AND r.gravity > 0 AND m.confirmed_at IS NULL)
           AND NOT (m.wants_news AND silent.email_key IS NOT NULL)),
       m.erased_at IS NULL AND m.merged_into_id IS NULL, m.zip = '', m.doubt <> ''
FROM {ROWS} r
JOIN {MEMBERS} m ON m.email_key = r.email_key
LEFT JOIN {SOURCES} s ON s.member_id = m.id AND s.source = %(format)s::varchar AND s.source_key = r.source_key
LEFT JOIN import_silent silent ON silent.email_key = r.email_key
WHERE NOT EXISTS (SELECT FROM import_twice t WHERE t.email_key = r.email_key)
"""  # noqa: S608 - our own names
WEIGH = f"""
INSERT INTO {REST}
SELECT r.* FROM {ROWS} r JOIN import_twice t ON t.email_key = r.email_key
UNION ALL
SELECT r.* FROM {ROWS} r JOIN import_known k ON k.number = r.number AND NOT k.same
"""  # noqa: S608
NEW = f"""
WITH made AS (
    INSERT INTO {MEMBERS} (
        id, email, email_key, first_name, last_name, zip, state_id, district_id, map_version_id, address_dated, doubt,
        language, wants_news, joined_at, confirmed_at, confirmed_how, generation, brought_by_id
    )
    SELECT r.id, r.email, r.email_key, r.first_name, r.last_name, r.zip, h.state_id, h.district_id,
           CASE WHEN r.zip <> '' THEN %(map)s::bigint END, CASE WHEN r.zip <> '' OR r.usps <> '' THEN r.dated END,
           h.doubt, CASE WHEN r.language = ANY (%(languages)s::varchar[]) THEN r.language ELSE 'en' END,
           %(vouched)s::boolean AND r.gravity = %(subscribed)s::int AND silent.email_key IS NULL,
           LEAST(COALESCE((r.joined + time '12:00') AT TIME ZONE 'UTC', %(now)s::timestamptz), %(now)s::timestamptz),
           CASE WHEN %(vouched)s::boolean AND r.gravity > 0 THEN %(now)s::timestamptz END,
           CASE WHEN %(vouched)s::boolean AND r.gravity > 0 THEN %(how)s::varchar ELSE '' END,
           0, %(batch)s::bigint
    FROM {ROWS} r
    JOIN import_home h ON h.zip = r.zip AND h.usps = r.usps
    LEFT JOIN import_silent silent ON silent.email_key = r.email_key
    WHERE NOT EXISTS (SELECT FROM import_twice t WHERE t.email_key = r.email_key)
      AND NOT EXISTS (SELECT FROM import_known k WHERE k.number = r.number)
    RETURNING zip, doubt
)
SELECT count(*), count(*) FILTER (WHERE zip = ''), count(*) FILTER (WHERE doubt <> '') FROM made
"""  # noqa: S608
# The same rows. Each one's number among the members was given when it was staged.
THEIR_SOURCES = f"""
INSERT INTO {SOURCES} (member_id, batch_id, source, source_key, status, zip, usps, dated)
SELECT r.id, %(batch)s::bigint, %(format)s::varchar, r.source_key, r.status_words, r.zip, r.usps, r.dated
FROM {ROWS} r
WHERE NOT EXISTS (SELECT FROM import_twice t WHERE t.email_key = r.email_key)
  AND NOT EXISTS (SELECT FROM import_known k WHERE k.number = r.number)
"""  # noqa: S608
UNCHANGED = """
SELECT count(*), count(*) FILTER (WHERE alive AND no_zip), count(*) FILTER (WHERE alive AND in_doubt)
FROM import_known WHERE same
"""
SILENT = f"""
SELECT count(*) FROM {ROWS} r JOIN import_silent s ON s.email_key = r.email_key
WHERE NOT EXISTS (SELECT FROM {REST} o WHERE o.number = r.number)
"""  # noqa: S608


def merge_plain(batch, atlas, map_version, counts, *, now) -> str:
    """Write everybody who needs no weighing, add her to the counts, and answer the table of those left."""
    given = {
        "map": map_version.pk if map_version else None,
        "vouched": bool(batch.vouched_by),
        "format": batch.format,
        "languages": [code for code, _name in settings.LANGUAGES],
        "subscribed": GRAVITY.index(SUBSCRIBED),
        "how": Member.Confirmed.IMPORTED.value,
        "now": now,
        "batch": batch.pk,
    }
    with connection.cursor() as cursor:
        for statement in SETTINGS:
            cursor.execute(statement)
        for name, columns in TABLES.items():
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
            cursor.execute(f"CREATE TEMP TABLE {name} ({columns}) ON COMMIT DROP")
        cursor.execute(TWICE)
        note_silent(cursor)
        cursor.execute("ANALYZE import_twice, import_silent")
        cursor.execute(KNOWN, named(KNOWN, given))
        cursor.execute("ANALYZE import_known")
        cursor.execute(WEIGH)
        note_homes(cursor, atlas, map_version)
        for name, statement in (("new", NEW), ("unchanged", UNCHANGED)):
            cursor.execute(statement, named(statement, given))
            people, no_zip, in_doubt = cursor.fetchone()
            counts[name] += people
            counts["no_zip"] += no_zip
            counts["in_doubt"] += in_doubt
        cursor.execute(THEIR_SOURCES, named(THEIR_SOURCES, given))
        cursor.execute(SILENT)
        counts["suppressed"] += cursor.fetchone()[0]
    return REST


def named(statement, given):
    """What a statement asks for of all that is given."""
    return {name: value for name, value in given.items() if f"%({name})s" in statement}


def note_silent(cursor):
    """Which addresses of the list get no letter."""
    blocked, given = suppression.suppressed_keys_query().query.sql_with_params()
    cursor.execute(
        f"INSERT INTO import_silent SELECT DISTINCT r.email_key FROM {ROWS} r"  # noqa: S608
        f" JOIN ({blocked}) AS blocked (address) ON blocked.address = r.email_key",
        given,
    )


def note_homes(cursor, atlas, map_version):
    """What each ZIP and state that stand together in the list amount to."""
    with connection.chunked_cursor() as pairs:
        pairs.execute(f"SELECT DISTINCT zip, usps FROM {ROWS}")  # noqa: S608
        found = iter(pairs)  # one for all pieces: an iterator that is left closes the cursor
        while some := list(islice(found, PIECE)):
            gazetteer = Gazetteer(resolve_zips({zip5 for zip5, _usps in some} - {""}, map_version), atlas)
            with cursor.copy("COPY import_home FROM STDIN") as pipe:
                for zip5, usps in some:
                    home = gazetteer.settle([Statement(zip5, usps)])
                    state, district = (place.pk if place else None for place in home.where)
                    pipe.write_row((zip5, usps, state, district, str(home.doubt)))
    cursor.execute("ANALYZE import_home")
