from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rounds', '0008_second_person_words'),
    ]

    operations = [
        migrations.AddField(
            model_name='round',
            name='announce_was',
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
