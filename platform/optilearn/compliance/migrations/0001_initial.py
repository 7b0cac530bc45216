import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import optilearn.core.tenancy.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('courses', '0002_catalogue'),
        ('enrollment', '0002_learning'),
        ('files', '0001_initial'),
        ('institutions', '0002_calendar'),
        ('people', '0002_sessions'),
    ]

    operations = [
        migrations.CreateModel(
            name='Requirement',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('title', models.TextField()),
                ('description', models.TextField(default='')),
                ('accepts_evidence', models.BooleanField()),
                ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('class_ids', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('first_period', models.IntegerField(default=0)),
                ('first_due_on', models.DateField()),
                ('rule', models.TextField(default='')),
                ('canonical_rule', models.TextField(default='')),
                ('ends_on', models.DateField(null=True)),
                ('last_period', models.IntegerField(null=True)),
                ('grace_days', models.SmallIntegerField(default=0)),
                ('remind_days', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), default=list, size=None)),
                ('escalate_days', models.SmallIntegerField(null=True)),
                ('escalate_roles', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('version', models.IntegerField(default=1)),
                ('request_id', models.TextField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('archived_at', models.DateTimeField(null=True)),
                ('course', optilearn.core.tenancy.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='courses.course')),
                ('created_by', optilearn.core.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.person')),
                ('institution', optilearn.core.tenancy.fields.InstitutionKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='institutions.institution')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['institution', 'course'], name='requirement_by_course')],
                'constraints': [models.UniqueConstraint(fields=('institution', 'created_by', 'request_id'), name='requirement_request_once'), models.CheckConstraint(condition=models.Q(('course__isnull', False), ('accepts_evidence', True), _connector='OR'), name='requirement_can_be_met')],
            },
        ),
        migrations.CreateModel(
            name='Obligation',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('title', models.TextField()),
                ('period', models.IntegerField()),
                ('starts_on', models.DateField(null=True)),
                ('due_on', models.DateField()),
                ('overdue_on', models.DateField()),
                ('met_at', models.DateTimeField(null=True)),
                ('met_by', models.TextField(choices=[('COURSE', 'Course'), ('EVIDENCE', 'Evidence')], default='')),
                ('waived_at', models.DateTimeField(null=True)),
                ('waiver_reason', models.TextField(default='')),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('reminded_days', models.SmallIntegerField(null=True)),
                ('escalated_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('enrollment', optilearn.core.tenancy.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.enrollment')),
                ('institution', optilearn.core.tenancy.fields.InstitutionKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='institutions.institution')),
                ('person', optilearn.core.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.person')),
                ('waived_by', optilearn.core.tenancy.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.person')),
                ('requirement', optilearn.core.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='compliance.requirement')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['institution', 'person', 'due_on'], name='obligation_by_person'), models.Index(fields=['institution', 'enrollment'], name='obligation_by_enrollment'), models.Index(condition=models.Q(('met_at__isnull', True), ('waived_at__isnull', True), ('withdrawn_at__isnull', True)), fields=['institution', 'due_on'], name='obligation_open')],
                'constraints': [models.UniqueConstraint(fields=('institution', 'requirement', 'person', 'period'), name='obligation_once'), models.CheckConstraint(condition=models.Q(models.Q(('met_at__isnull', True), ('waived_at__isnull', True)), models.Q(('met_at__isnull', True), ('withdrawn_at__isnull', True)), models.Q(('waived_at__isnull', True), ('withdrawn_at__isnull', True)), _connector='OR'), name='obligation_one_end'), models.CheckConstraint(condition=models.Q(models.Q(('met_at__isnull', True), ('met_by', '')), models.Q(('met_at__isnull', False), ('met_by__in', ['COURSE', 'EVIDENCE'])), _connector='OR'), name='obligation_met_by')],
            },
        ),
        migrations.CreateModel(
            name='RequirementPerson',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('institution', optilearn.core.tenancy.fields.InstitutionKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='institutions.institution')),
                ('person', optilearn.core.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.person')),
                ('requirement', optilearn.core.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='people', to='compliance.requirement')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['institution', 'person'], name='requirement_by_person')],
                'constraints': [models.UniqueConstraint(fields=('institution', 'requirement', 'person'), name='requirement_person_once')],
            },
        ),
        migrations.CreateModel(
            name='Evidence',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('text', models.TextField(default='')),
                ('status', models.TextField(choices=[('SUBMITTED', 'Submitted'), ('ACCEPTED', 'Accepted'), ('REJECTED', 'Rejected')], default='SUBMITTED')),
                ('request_id', models.TextField()),
                ('submitted_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(default='')),
                ('decided_by', optilearn.core.tenancy.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.person')),
                ('file', optilearn.core.tenancy.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='+', to='files.file')),
                ('institution', optilearn.core.tenancy.fields.InstitutionKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='institutions.institution')),
                ('person', optilearn.core.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.person')),
                ('obligation', optilearn.core.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='evidence', to='compliance.obligation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['institution', 'person'], name='evidence_by_person'), models.Index(fields=['institution', 'file'], name='evidence_by_file')],
                'constraints': [models.UniqueConstraint(fields=('institution', 'obligation', 'request_id'), name='evidence_request_once')],
            },
        ),
    ]
