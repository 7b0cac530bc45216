import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import optilearn.core.tenancy.fields


class Migration(migrations.Migration):

    dependencies = [
        ('activity', '0001_initial'),
        ('institutions', '0002_calendar'),
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='activityevent',
            name='client_id',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='activityevent',
            name='seconds',
            field=models.IntegerField(null=True),
        ),
        # Over all partitions: it holds the partition key. Rows of imports aren't in it.
        migrations.AddConstraint(
            model_name='activityevent',
            constraint=models.UniqueConstraint(
                condition=models.Q(('client_id__isnull', False)),
                fields=('institution', 'client_id'),
                name='event_once',
            ),
        ),
        migrations.CreateModel(
            name='Statement',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('statement_id', models.UUIDField()),
                ('digest', models.TextField()),
                (
                    'stored_at',
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
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
                'db_table': 'activity_statement',
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [
                    models.Index(fields=['institution', 'student'], name='statement_by_student')
                ],
                'constraints': [
                    models.UniqueConstraint(
                        fields=('institution', 'statement_id'), name='statement_once'
                    )
                ],
            },
        ),
    ]
