"""A contest's envelopes are found without reading the whole round's. An index holds nothing that the rows do not."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("voting", "0002_ballot_box")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX envelope_by_contest ON envelope (contest_id, credential)",
            "DROP INDEX envelope_by_contest",
        )
    ]
