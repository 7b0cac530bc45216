import django.db.models.deletion
import django.db.models.functions.datetime
import optilearn.core.tenancy.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('courses', '0002_catalogue'),
        ('enrollment', '0002_learning'),
        ('institutions', '0002_calendar'),
        ('people', '0002_sessions'),
    ]

    operations = [
        migrations.CreateModel(
            name='LiveSeries',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('rule', models.TextField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('course', optilearn.core.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='courses.course')),
                ('institution', optilearn.core.tenancy.fields.InstitutionKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='institutions.institution')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['institution', 'course'], name='live_series_by_course')],
            },
        ),
        migrations.CreateModel(
            name='LiveClass',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('title', models.TextField()),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('status', models.TextField(choices=[('SCHEDULED', 'Scheduled'), ('LIVE', 'Live'), ('ENDED', 'Ended'), ('CANCELLED', 'Cancelled')], default='SCHEDULED')),
                ('room', models.TextField()),
                ('threshold_percent', models.SmallIntegerField(null=True)),
                ('notice_count', models.IntegerField(default=0)),
                ('reminded_at', models.DateTimeField(null=True)),
                ('started_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('course', optilearn.core.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='courses.course')),
                ('host', optilearn.core.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.person')),
                ('institution', optilearn.core.tenancy.fields.InstitutionKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='institutions.institution')),
                ('lesson', optilearn.core.tenancy.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='courses.lesson', together=('course_id',))),
                ('series', optilearn.core.tenancy.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='live.liveseries')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('institution', 'room'), name='live_class_room'), models.UniqueConstraint(fields=('institution', 'id', 'course'), name='live_class_of_course'), models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='live_class_order'), models.CheckConstraint(condition=models.Q(('threshold_percent__isnull', True), ('threshold_percent__range', (1, 100)), _connector='OR'), name='live_class_threshold')],
                'indexes': [models.Index(fields=['institution', 'course', 'starts_at'], name='live_class_order_by'), models.Index(fields=['institution', 'series'], name='live_class_by_series'), models.Index(fields=['institution', 'lesson'], name='live_class_by_lesson'), models.Index(condition=models.Q(('status__in', ['SCHEDULED', 'LIVE'])), fields=['institution', 'starts_at'], name='live_class_open')],
            },
        ),
        migrations.CreateModel(
            name='PresenceEvent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('event_id', models.UUIDField()),
                ('connection_id', models.UUIDField()),
                ('kind', models.TextField(choices=[('JOIN', 'Join'), ('LEAVE', 'Leave')])),
                ('is_host', models.BooleanField()),
                ('at', models.DateTimeField()),
                ('institution', optilearn.core.tenancy.fields.InstitutionKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='institutions.institution')),
                ('live_class', optilearn.core.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='live.liveclass')),
                ('person', optilearn.core.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.person')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('institution', 'live_class', 'person', 'event_id'), name='presence_event_once')],
                'indexes': [models.Index(fields=['institution', 'person'], name='presence_by_person')],
            },
        ),
        migrations.CreateModel(
            name='Attendance',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('status', models.TextField(choices=[('PRESENT', 'Present'), ('PARTIAL', 'Partial'), ('ABSENT', 'Absent')])),
                ('measured', models.TextField(choices=[('PRESENT', 'Present'), ('PARTIAL', 'Partial'), ('ABSENT', 'Absent')])),
                ('present_seconds', models.IntegerField(default=0)),
                ('held_at', models.DateTimeField()),
                ('class_seconds', models.IntegerField()),
                ('first_at', models.DateTimeField(null=True)),
                ('last_at', models.DateTimeField(null=True)),
                ('corrected_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(default='')),
                ('corrected_by', optilearn.core.tenancy.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.person')),
                ('course', optilearn.core.tenancy.fields.TenantForeignKey(enforced=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='courses.course')),
                ('enrollment', optilearn.core.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.enrollment', together=('student_id', 'course_id'))),
                ('institution', optilearn.core.tenancy.fields.InstitutionKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='institutions.institution')),
                ('student', optilearn.core.tenancy.fields.TenantForeignKey(enforced=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.person')),
                ('live_class', optilearn.core.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='live.liveclass', together=('course_id',))),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['institution', 'student'], name='attendance_by_student')],
                'constraints': [models.UniqueConstraint(fields=('institution', 'live_class', 'enrollment'), name='attendance_once')],
            },
        ),
    ]
