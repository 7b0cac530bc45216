import django.db.models.deletion
import optilearn.core.tenancy.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('institutions', '0002_calendar'),
        ('people', '0002_sessions'),
    ]

    operations = [
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('token_hash', models.BinaryField(max_length=32)),
                ('created_at', models.DateTimeField()),
                ('revisions', models.JSONField(default=dict)),
                ('institution', optilearn.core.tenancy.fields.InstitutionKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='institutions.institution')),
                ('person', optilearn.core.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.person')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('institution', 'person'), name='calendar_feed_of_person'), models.UniqueConstraint(fields=('institution', 'token_hash'), name='calendar_feed_token')],
            },
        ),
    ]
