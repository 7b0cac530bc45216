import django.db.models.deletion
import django.db.models.functions.datetime
import optilearn.core.tenancy.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('files', '0001_initial'),
        ('institutions', '0002_calendar'),
        ('live', '0001_initial'),
        ('people', '0002_sessions'),
    ]

    operations = [
        migrations.CreateModel(
            name='JibriLease',
            fields=[
                ('jibri', models.TextField(primary_key=True, serialize=False)),
                ('session_id', models.TextField(unique=True)),
                ('expires_at', models.DateTimeField()),
                ('stopping_until', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Recording',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('session_id', models.TextField()),
                ('status', models.TextField(choices=[('PENDING', 'Pending'), ('RECORDING', 'Recording'), ('PROCESSING', 'Processing'), ('READY', 'Ready'), ('FAILED', 'Failed')], default='PENDING')),
                ('failure', models.TextField(choices=[('NOT_STARTED', 'Not Started'), ('NO_MEDIA', 'No Media'), ('REFUSED', 'Refused'), ('TIMED_OUT', 'Timed Out')], default='')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('recording_at', models.DateTimeField(null=True)),
                ('stopped_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('upload_id', models.BigIntegerField(null=True)),
                ('file', optilearn.core.tenancy.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='+', to='files.file')),
                ('institution', optilearn.core.tenancy.fields.InstitutionKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='institutions.institution')),
                ('live_class', optilearn.core.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='live.liveclass')),
                ('started_by', optilearn.core.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.person')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['institution', 'live_class', 'id'], name='recording_by_class'), models.Index(fields=['institution', 'file'], name='recording_by_file'), models.Index(condition=models.Q(('status__in', ['PENDING', 'RECORDING', 'PROCESSING'])), fields=['institution', 'created_at'], name='recording_open')],
                'constraints': [models.UniqueConstraint(fields=('institution', 'session_id'), name='recording_session'), models.UniqueConstraint(condition=models.Q(('status__in', ['PENDING', 'RECORDING'])), fields=('institution', 'live_class'), name='recording_one_at_a_time'), models.CheckConstraint(condition=models.Q(('status', 'READY'), ('file__isnull', True), _connector='XOR'), name='recording_ready_has_file'), models.CheckConstraint(condition=models.Q(('status', 'FAILED'), ('failure', ''), _connector='XOR'), name='recording_failed_has_reason')],
            },
        ),
    ]
