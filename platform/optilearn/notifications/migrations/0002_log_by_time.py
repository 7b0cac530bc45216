import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('institutions', '0002_calendar'),
        ('notifications', '0001_initial'),
        ('people', '0002_sessions'),
    ]

    operations = [
        migrations.AddField(
            model_name='digest',
            name='covers_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['created_at', 'sent_at'], name='delivery_by_time', pages_per_range=32),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('status', 'FAILED')), fields=['institution', '-id'], name='notification_failed'),
        ),
    ]
