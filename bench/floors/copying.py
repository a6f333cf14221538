"""The bare import: COPY of members into a table with a key and three indexes, one of them unique on the address."""

import os

import psycopg

from bench.watching import Watch

TABLE = """
DROP TABLE IF EXISTS listed;
CREATE TABLE listed (
    id bigint PRIMARY KEY, email text NOT NULL, first_name text NOT NULL, last_name text NOT NULL,
    state char(2) NOT NULL, district smallint NOT NULL, zip text NOT NULL,
    joined date NOT NULL, status smallint NOT NULL
);
CREATE INDEX ON listed (state, district);
CREATE UNIQUE INDEX ON listed (lower(email));
CREATE INDEX ON listed (status);
"""
COPY = "COPY listed FROM STDIN (FORMAT csv)"
PIECE = 1 << 18
FIRST_ZIP, ZIPS = 10_000, 40_000  # about as many as there are
STATES = ["CA", "FL", "GA", "IL", "MA", "MI", "NC", "NY", "OH", "PA", "TX", "VA", "WA", "WI", "WY"]


def people(size):
    """So many invented people: (address, first name, last name, state, district, ZIP, date)."""
    for n in range(size):
        zip5 = FIRST_ZIP + n * 7919 % ZIPS
        yield (
            f"member{n}@example.test", f"First{n % 5000}", f"Last{n % 70_000}", state_of(zip5), n // 50 % 10,
            f"{zip5:05}", f"2020-01-{1 + n % 28:02}",
        )  # fmt: skip


def state_of(zip5):
    return STATES[zip5 % len(STATES)]


def prepare(size, path):
    """The table with its indexes, and the people as CSV."""
    with psycopg.connect(os.environ["FLOOR_URL"], autocommit=True) as connection:
        connection.execute(TABLE)
    with open(path, "w") as file:
        for n, (email, first, last, state, district, zip5, joined) in enumerate(people(size)):
            file.write(f"{n},{email},{first},{last},{state},{district},{zip5},{joined},1\n")
    return {}


def run(path):
    """Copy the file in once, with the COMMIT, after a checkpoint."""
    with psycopg.connect(os.environ["FLOOR_URL"], autocommit=True) as connection, open(path, "rb") as file:
        connection.execute("TRUNCATE listed")
        connection.execute("CHECKPOINT")
        with Watch(os.getpid(), connection.info.backend_pid) as watch:
            with connection.cursor().copy(COPY) as pipe:
                while piece := file.read(PIECE):
                    pipe.write(piece)
            connection.execute("SELECT 1")
        rows = connection.execute("SELECT count(*) FROM listed").fetchone()[0]
    return {**watch.said(), "operations": rows}
