import uuid

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('analytics', '0003_schedules'),
    ]

    operations = [
        migrations.AddField(
            model_name='saveditem',
            name='key',
            field=models.UUIDField(default=uuid.uuid4),
        ),
        migrations.AddConstraint(
            model_name='saveditem',
            constraint=models.UniqueConstraint(fields=('institution', 'key'), name='saved_key_once'),
        ),
    ]
