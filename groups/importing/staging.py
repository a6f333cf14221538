"""The rows of a list in the database before anything is decided: a table that goes with the transaction.

COPY on PostgreSQL, executemany elsewhere. Everything that knows its columns stands here.
"""

from collections.abc import Iterator
from datetime import date
from itertools import groupby, islice

from django.db import connection

from groups.importing.ordinary import NOTHING
from groups.importing.person import GRAVITY, Row

TABLE = "import_row"
COLUMNS = [
    "number", "email", "email_key", "first_name", "last_name", "zip", "usps", "gravity", "status_words",
    "source_key", "dated", "joined", "language",
]  # fmt: skip
ON_POSTGRESQL = (
    "id bigint DEFAULT nextval('{sequence}'), number bigint, email varchar,"
    " email_key varchar, first_name varchar, last_name varchar, zip varchar, usps varchar, gravity smallint,"
    " status_words varchar, source_key varchar, dated date, joined date, language varchar"
)
ELSEWHERE = ", ".join(f"{name} integer" if name in ("number", "gravity") else f"{name} text" for name in COLUMNS)
PIECE = 2000


class Staging:
    """A list's rows, written once, then counted and read person by person. For use inside one transaction."""

    def __init__(self):
        self.on_postgresql = connection.vendor == "postgresql"
        self.rows = 0
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
            if self.on_postgresql:
                # By its name: to look it up for each row would cost as much as the row.
                cursor.execute("SELECT pg_get_serial_sequence('groups_member', 'id')")
                columns = ON_POSTGRESQL.format(sequence=cursor.fetchone()[0])
                cursor.execute(f"CREATE TEMP TABLE {TABLE} ({columns}) ON COMMIT DROP")
            else:
                cursor.execute(f"CREATE TEMP TABLE {TABLE} ({ELSEWHERE})")

    def fill(self, rows: Iterator[tuple]) -> None:
        """Write all rows, tuples of COLUMNS as text with NOTHING for what is not known."""
        with connection.cursor() as cursor:
            if self.on_postgresql:
                with cursor.copy(f"COPY {TABLE} ({', '.join(COLUMNS)}) FROM STDIN (NULL '{NOTHING}')") as pipe:
                    for some in pieces(rows):
                        pipe.write("".join([line(row) for row in some]))
                        self.rows += len(some)
                cursor.execute(f"ANALYZE {TABLE}")
                return
            marks = ", ".join(["%s"] * len(COLUMNS))
            for some in pieces(rows):
                known = [[None if cell == NOTHING else cell for cell in row] for row in some]
                cursor.executemany(f"INSERT INTO {TABLE} VALUES ({marks})", known)  # noqa: S608 - our own names
                self.rows += len(some)
            cursor.execute(f"CREATE INDEX temp.import_row_of ON {TABLE} (email_key, number)")

    def people(self, table=TABLE) -> Iterator[list[Row]]:
        """The rows of each person together, hers in the order of the list."""
        names = ", ".join(COLUMNS)
        with connection.chunked_cursor() as cursor:
            cursor.execute(f"SELECT {names} FROM {table} ORDER BY email_key, number")  # noqa: S608
            for _key, rows in groupby(cursor, key=lambda row: row[2]):
                yield [row_of(row) for row in rows]

    def states_anything(self) -> bool:
        """Whether any row says if the person is subscribed."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {TABLE} WHERE gravity > 0 LIMIT 1")  # noqa: S608
            return cursor.fetchone() is not None

    def addresses_of(self, status: str) -> tuple[str, list]:
        """A SELECT of the addresses that some row gives this status, and what it is given."""
        return f"SELECT email_key AS address FROM {TABLE} WHERE gravity = %s", [GRAVITY.index(status)]  # noqa: S608

    def close(self) -> None:
        """Throw the rows away."""
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")


def tuple_of(row: Row) -> tuple:
    """A Row as it is written."""
    return (
        str(row.number), row.email, row.email_key, row.first_name, row.last_name, row.zip, row.usps,
        str(GRAVITY.index(row.status)), row.status_words, row.source_key, said(row.dated), said(row.joined),
        row.language,
    )  # fmt: skip


def said(day: date | None) -> str:
    return day.isoformat() if day else NOTHING


def row_of(cells) -> Row:
    """A Row as it was written."""
    number, email, key, first, last, zip5, usps, gravity, words, source_key, dated, joined, language = cells
    return Row(
        number, email, key, first, last, zip5, usps, GRAVITY[gravity], words, source_key,
        day(dated), day(joined), language,
    )  # fmt: skip


def day(value) -> date | None:
    """SQLite has no dates of its own."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def line(row) -> str:
    """A row as COPY reads it. No cell holds a tab or a line end: both are control characters."""
    text = "\t".join(row)
    return (text.replace("\\", "\\\\") if "\\" in text else text) + "\n"


def pieces(rows) -> Iterator[list]:
    """The rows in lists of PIECE."""
    while some := list(islice(rows, PIECE)):
        yield some
