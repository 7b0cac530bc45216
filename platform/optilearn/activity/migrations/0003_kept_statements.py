import django.contrib.postgres.fields
import django.db.models.deletion
import optilearn.core.tenancy.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activity', '0002_sent_by_clients'),
        ('courses', '0003_words_in_any_form'),
        ('institutions', '0002_calendar'),
        ('people', '0003_alphabetical'),
    ]

    operations = [
        migrations.CreateModel(
            name='StateDocument',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('activity', models.TextField()),
                ('state', models.TextField()),
                ('registration', models.UUIDField(null=True)),
                ('media_type', models.TextField()),
                ('content', models.BinaryField()),
                ('updated_at', models.DateTimeField()),
                (
                    'institution',
                    optilearn.core.tenancy.fields.InstitutionKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name='+',
                        to='institutions.institution',
                    ),
                ),
                (
                    'student',
                    optilearn.core.tenancy.fields.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name='+',
                        to='people.person',
                    ),
                ),
            ],
            options={
                'db_table': 'activity_statedocument',
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.RemoveIndex(
            model_name='statement',
            name='statement_by_student',
        ),
        migrations.AddField(
            model_name='statement',
            name='activities',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), db_default=[], size=None),
        ),
        migrations.AddField(
            model_name='statement',
            name='activity',
            field=models.TextField(db_default=''),
        ),
        migrations.AddField(
            model_name='statement',
            name='actor_key',
            field=models.TextField(db_default=''),
        ),
        migrations.AddField(
            model_name='statement',
            name='body',
            field=models.TextField(db_default=''),
        ),
        migrations.AddField(
            model_name='statement',
            name='course',
            field=optilearn.core.tenancy.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='courses.course'),
        ),
        migrations.AddField(
            model_name='statement',
            name='is_voiding',
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddField(
            model_name='statement',
            name='object_people',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), db_default=[], size=None),
        ),
        migrations.AddField(
            model_name='statement',
            name='people',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), db_default=[], size=None),
        ),
        migrations.AddField(
            model_name='statement',
            name='refers_to',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='statement',
            name='registration',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='statement',
            name='verb',
            field=models.TextField(db_default=''),
        ),
        migrations.AddIndex(
            model_name='statement',
            index=models.Index(fields=['institution', 'student', 'stored_at', 'id'], name='statement_by_student'),
        ),
        migrations.AddIndex(
            model_name='statement',
            index=models.Index(fields=['institution', 'stored_at', 'id'], name='statement_by_time'),
        ),
        migrations.AddIndex(
            model_name='statement',
            index=models.Index(fields=['institution', 'verb', 'stored_at'], name='statement_by_verb'),
        ),
        migrations.AddIndex(
            model_name='statement',
            index=models.Index(fields=['institution', 'activity', 'stored_at'], name='statement_by_activity'),
        ),
        migrations.AddIndex(
            model_name='statement',
            index=models.Index(fields=['institution', 'actor_key', 'stored_at'], name='statement_by_actor'),
        ),
        migrations.AddIndex(
            model_name='statement',
            index=models.Index(fields=['institution', 'course', 'stored_at'], name='statement_by_course'),
        ),
        migrations.AddIndex(
            model_name='statement',
            index=models.Index(condition=models.Q(('registration__isnull', False)), fields=['institution', 'registration'], name='statement_by_registration'),
        ),
        migrations.AddIndex(
            model_name='statement',
            index=models.Index(condition=models.Q(('refers_to__isnull', False)), fields=['institution', 'refers_to'], name='statement_by_reference'),
        ),
        migrations.AddConstraint(
            model_name='statedocument',
            constraint=models.UniqueConstraint(fields=('institution', 'student', 'activity', 'state', 'registration'), name='state_once', nulls_distinct=False),
        ),
    ]
