from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('files', '0004_seen_names'),
    ]

    operations = [
        migrations.AddField(
            model_name='file',
            name='reach',
            field=models.JSONField(null=True),
        ),
    ]
