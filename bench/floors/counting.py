"""The bare count: one GROUP BY over as many votes in the clear."""

import os

import psycopg

from bench.watching import Watch


def prepare(size, contests):
    """So many votes, spread over contests and three options."""
    with psycopg.connect(os.environ["FLOOR_URL"], autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS vote")
        connection.execute("CREATE TABLE vote (id uuid PRIMARY KEY, contest_id int NOT NULL, choice smallint NOT NULL)")
        connection.cursor().execute(
            "INSERT INTO vote SELECT gen_random_uuid(), n %% %s, n / %s %% 3 FROM generate_series(1, %s) AS n",
            [contests, contests, size],
        )
        connection.execute("VACUUM ANALYZE vote")
    return {}


def run():
    """Count once, warm."""
    statement = "SELECT contest_id, choice, count(*) FROM vote GROUP BY contest_id, choice"
    with psycopg.connect(os.environ["FLOOR_URL"], autocommit=True) as connection:
        connection.execute("SET max_parallel_workers_per_gather = 0")  # one process, as a contest's own count is
        connection.execute(statement).fetchall()
        with Watch(os.getpid(), connection.info.backend_pid) as watch:
            counted = connection.execute(statement).fetchall()
    return {**watch.said(), "operations": sum(row[2] for row in counted)}
