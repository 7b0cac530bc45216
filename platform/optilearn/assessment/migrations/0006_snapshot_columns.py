import django.db.models.deletion
from django.db import migrations, models

import optilearn.core.tenancy.fields
from optilearn.core.tenancy.context import tenant_context

FILLS = (
    """
    UPDATE assessment_attempt t SET assignment_id = q.assignment_id FROM assessment_quiz q
     WHERE t.institution_id = %(institution)s AND t.assignment_id IS NULL
       AND q.institution_id = t.institution_id AND q.id = t.quiz_id
    """,
    """
    UPDATE assessment_answer a SET course_id = t.course_id, question_id = v.question_id
      FROM assessment_attempt t, assessment_questionversion v
     WHERE a.institution_id = %(institution)s AND a.question_id IS NULL
       AND t.institution_id = a.institution_id AND t.id = a.attempt_id
       AND v.institution_id = a.institution_id AND v.id = a.version_id
    """,
)


def forwards(apps, editor):
    """The columns of the attempts and answers that are there.

    In the transaction of the migration: its new columns lock the tables in any case, and one
    that was stopped leaves nothing behind.
    """
    connection = editor.connection
    with connection.cursor() as cursor:
        cursor.execute('SELECT id FROM institutions_institution ORDER BY id')
        institutions = [row[0] for row in cursor.fetchall()]
    for institution in institutions:
        with tenant_context(institution), connection.cursor() as cursor:
            for statement in FILLS:
                cursor.execute(statement, {'institution': institution})


class Migration(migrations.Migration):

    dependencies = [
        ('assessment', '0005_assignments_and_reviews'),
        ('courses', '0002_catalogue'),
    ]

    operations = [
        migrations.AddField(
            model_name='attempt',
            name='assignment',
            field=optilearn.core.tenancy.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assessment.assignment', together=('course_id',)),
        ),
        migrations.AddField(
            model_name='answer',
            name='course',
            field=optilearn.core.tenancy.fields.TenantForeignKey(enforced=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='courses.course'),
        ),
        migrations.AddField(
            model_name='answer',
            name='question',
            field=optilearn.core.tenancy.fields.TenantForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assessment.question', together=('course_id',)),
        ),
        migrations.RunPython(forwards, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            model_name='attempt',
            name='assignment',
            field=optilearn.core.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assessment.assignment', together=('course_id',)),
        ),
        migrations.AlterField(
            model_name='answer',
            name='course',
            field=optilearn.core.tenancy.fields.TenantForeignKey(enforced=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='courses.course'),
        ),
        migrations.AlterField(
            model_name='answer',
            name='question',
            field=optilearn.core.tenancy.fields.TenantForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assessment.question', together=('course_id',)),
        ),
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(fields=['institution', 'assignment'], name='attempt_by_assignment'),
        ),
        migrations.AddIndex(
            model_name='answer',
            index=models.Index(fields=['institution', 'question'], name='answer_by_question'),
        ),
    ]
