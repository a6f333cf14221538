"""The bare roll: one INSERT … SELECT of members joined to their contests, with a key, a token and one unique index."""

import os

import psycopg

from bench.watching import Watch

TABLES = """
DROP TABLE IF EXISTS person, race, place_on_roll;
CREATE TABLE person (
    id bigint PRIMARY KEY, email text NOT NULL, first_name text NOT NULL, last_name text NOT NULL,
    state char(2) NOT NULL, district smallint NOT NULL, zip text NOT NULL,
    joined date NOT NULL, status smallint NOT NULL
);
CREATE TABLE race (id int PRIMARY KEY, round_id int NOT NULL, state char(2) NOT NULL, district smallint NOT NULL);
CREATE TABLE place_on_roll (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, round_id int NOT NULL, person_id bigint NOT NULL,
    race_id int NOT NULL, token uuid NOT NULL DEFAULT gen_random_uuid(), voted boolean NOT NULL DEFAULT false,
    UNIQUE (round_id, person_id, race_id)
);
INSERT INTO race SELECT n, 1, chr(65 + n / 260) || chr(65 + n / 10 % 26), n % 10 FROM generate_series(0, 499) AS n;
"""
PEOPLE = """
INSERT INTO person
SELECT n, 'person' || n || '@example.test', 'First' || n %% 5000, 'Last' || n %% 70000,
       race.state, race.district, lpad((10000 + n %% 89999)::text, 5, '0'), date '2020-01-01' + (n %% 365)::int, 1
FROM generate_series(0, %s - 1) AS n JOIN race ON race.id = n::bigint * 7919 %% 500
"""
ROLL = """
INSERT INTO place_on_roll (round_id, person_id, race_id)
SELECT race.round_id, person.id, race.id FROM person
JOIN race ON race.state = person.state AND race.district = person.district
WHERE race.round_id = 1 AND person.status = 1
"""


def prepare(size):
    """So many people, each in the place of one of 500 races."""
    with psycopg.connect(os.environ["FLOOR_URL"], autocommit=True) as connection:
        connection.execute(TABLES)
        connection.cursor().execute(PEOPLE, [size])
        connection.execute("VACUUM ANALYZE person")
        connection.execute("ANALYZE race")
    return {}


def run():
    """Build the roll once, with its COMMIT, after a checkpoint."""
    with psycopg.connect(os.environ["FLOOR_URL"], autocommit=True) as connection:
        connection.execute("TRUNCATE place_on_roll")
        connection.execute("CHECKPOINT")
        with Watch(os.getpid(), connection.info.backend_pid) as watch:
            rows = connection.execute(ROLL).rowcount
    return {**watch.said(), "operations": rows}
