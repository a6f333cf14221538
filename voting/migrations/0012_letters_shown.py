"""The desk's list of letters, newest first, without walking past a million that are not shown (discretion.py).

Voting makes the index of another room's table, as it alone knows which letters tell who voted. The query leaves out
voting.link, voting.receipt and voting.reminder; PostgreSQL takes the index while each name here is among what it leaves out.
"""

from django.db import migrations

SHOWN = """
CREATE INDEX letter_shown ON mailings_letter (id)
 WHERE name NOT IN ('voting.link', 'voting.receipt', 'voting.reminder')
"""


def make(apps, schema_editor):
    # SQLite makes a table anew when a later migration changes it, and would lose an index that no model names.
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(SHOWN)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX letter_shown")


class Migration(migrations.Migration):
    dependencies = [
        ("mailings", "0007_desk_lists"),
        ("voting", "0011_wipe_rehearsal"),
    ]

    operations = [migrations.RunPython(make, drop)]
