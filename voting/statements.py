"""Statements of our own on either database, for the ballot box and the roll."""

from collections.abc import Iterable, Iterator
from itertools import islice

from django.db import connection

CHUNK = 2000
# The head and the end of a binary COPY (PostgreSQL's documentation, COPY, "Binary Format").
COPY_BEGINS, COPY_ENDS = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"


def batched(values: Iterable, size: int) -> Iterator[list]:
    """The values in lists of that size, the last one shorter."""
    values = iter(values)
    return iter(lambda: list(islice(values, size)), [])


def on_postgresql() -> bool:
    return connection.vendor == "postgresql"


def copy(target: str, types: list[str], lines: Iterable[tuple]) -> None:
    """Write many rows in the order given; one COPY on PostgreSQL."""
    with connection.cursor() as cursor:
        if on_postgresql():
            with cursor.copy(f"COPY {target} FROM STDIN (FORMAT BINARY)") as pipe:
                pipe.set_types(types)
                for line in lines:
                    pipe.write_row(line)
        else:
            insert(target, lines)


def insert(target: str, lines: Iterable[tuple]) -> None:
    """Write rows in the order given, one by one."""
    lines = list(lines)
    if lines:
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {target} VALUES ({marks(lines[0])})", lines)


def copy_packed(target: str, rows: Iterable[bytes]) -> None:
    """Write rows that are laid out as PostgreSQL's binary COPY wants them, in the order given (PostgreSQL alone)."""
    with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN (FORMAT BINARY)") as pipe:
        pipe.write(COPY_BEGINS)
        for some in batched(rows, CHUNK):
            pipe.write(b"".join(some))
        pipe.write(COPY_ENDS)


def streamed(select: str, types: list[str]) -> Iterator[tuple]:
    """The rows of a select as they come, in memory that does not grow with their number."""
    if on_postgresql():
        with connection.cursor() as cursor, cursor.copy(f"COPY ({select}) TO STDOUT (FORMAT BINARY)") as pipe:
            pipe.set_types(types)
            yield from pipe.rows()
    else:
        with connection.chunked_cursor() as cursor:
            cursor.execute(select)
            while chunk := cursor.fetchmany(CHUNK):
                yield from chunk


def marks(values) -> str:
    return ", ".join(["%s"] * len(values))


def within(values: list[int]) -> tuple[str, list]:
    """What follows a column that is one of many numbers, and its parameters: one array on PostgreSQL."""
    return ("= ANY(%s)", [values]) if connection.vendor == "postgresql" else (f"IN ({marks(values)})", values)


def run(sql: str, params=()) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def rows(sql: str, params) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def binary_row(sql: str, params) -> tuple:
    """The one row of a select whose bytes come as they are and not in hex (PostgreSQL alone)."""
    with connection.cursor() as cursor:
        return cursor.cursor.execute(sql, params, binary=True).fetchone()


def asked(sql: str, params=()):
    return rows(sql, params)[0][0]
