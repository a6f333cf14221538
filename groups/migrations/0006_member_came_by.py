import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("groups", "0005_group_sign_up_code"),
    ]

    operations = [
        migrations.AddField(
            model_name="member",
            name="came_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="groups.group",
            ),
        ),
        migrations.AddIndex(
            model_name="member",
            index=models.Index(
                condition=models.Q(("came_by__isnull", False)), fields=["came_by"], name="member_came_by"
            ),
        ),
    ]
