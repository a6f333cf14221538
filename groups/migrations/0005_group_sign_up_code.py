from django.db import migrations, models

import groups.models.group


def give_each_its_own(apps, schema_editor):
    """One code for every group that stands; a column's default would give all of them the same."""
    group = apps.get_model("groups", "Group")
    standing = list(group.objects.only("pk"))
    for one in standing:
        one.sign_up_code = groups.models.group.fresh_code()
    group.objects.bulk_update(standing, ["sign_up_code"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [
        ("groups", "0004_import_batches"),
    ]

    operations = [
        migrations.AddField(
            model_name="group",
            name="sign_up_code",
            field=models.CharField(default=groups.models.group.fresh_code, editable=False, max_length=8),
        ),
        migrations.RunPython(give_each_its_own, migrations.RunPython.noop, elidable=True),
    ]
