"""Many rows at once into an empty table, streamed: COPY on PostgreSQL, executemany elsewhere."""

from itertools import islice

from django.db import connection, transaction

PIECE = 5000


@transaction.atomic
def load(model, columns, rows) -> None:
    """Write rows, given as tuples in the order of these columns; the database fills in the keys."""
    table, names = model._meta.db_table, ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            put_on = take_off(cursor, table)
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as pipe:
                for row in rows:
                    pipe.write_row(row)
            for statement in put_on:
                cursor.execute(statement)
            return
        fields = {field.column: field for field in model._meta.concrete_fields}
        rows = (
            tuple(fields[name].get_db_prep_save(value, connection) for name, value in zip(columns, row, strict=True))
            for row in rows
        )
        marks = ", ".join(["%s"] * len(columns))
        while some := list(islice(rows, PIECE)):
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", some)


def take_off(cursor, table) -> list[str]:
    """Drop the constraints and indexes that make each row dear, and say what makes them again, all checked at once."""
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # whatever waits for its check would forbid the next statement
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND contype IN ('f', 'u')",
        [table],
    )
    constraints = cursor.fetchall()
    for name, _definition in constraints:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = %s::regclass AND NOT indisprimary",
        [table],
    )
    indexes = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f"DROP INDEX {name}")
    return [
        *(definition for _name, definition in indexes),
        *(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}" for name, definition in constraints),
    ]


def settle(*models) -> None:
    """Let the planner see what was loaded, as autovacuum would within minutes."""
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f"ANALYZE {model._meta.db_table}")
