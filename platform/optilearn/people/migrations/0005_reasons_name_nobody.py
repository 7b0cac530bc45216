import json

from django.db import migrations, transaction

from optilearn.core.redacting import LEFT_OUT, without_person
from optilearn.core.tenancy.context import tenant_context

BATCH = 1_000
ENTRIES = """
SELECT a.id, a.details, p.name, p.code, p.email, p.crm_id FROM core_auditentry a
  LEFT JOIN people_person p ON p.institution_id = a.institution_id
   AND a.target = 'person:' || p.id AND p.crm_id NOT LIKE 'erased%%'
 WHERE a.institution_id = %s AND a.id > %s AND a.action = 'acting.begin' AND a.details ? 'reason'
 ORDER BY a.id LIMIT %s
"""


def forwards(apps, editor):
    """Reasons of acting as somebody, from before they were written without the person.

    Of who was erased since the name isn't known any more, so the reason goes whole.
    """
    connection = editor.connection
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM institutions_institution ORDER BY id")
        institutions = [row[0] for row in cursor.fetchall()]
    for institution in institutions:
        last = 0
        while last is not None:
            with tenant_context(institution), transaction.atomic(using=connection.alias):
                last = redact(connection, institution, last)


def redact(connection, institution, last):
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES, [institution, last, BATCH])
        rows = cursor.fetchall()
        for entry, details, *facts in rows:
            known = json.loads(details) if isinstance(details, str) else details
            reason = without_person(known['reason'], facts) if facts[0] else LEFT_OUT
            if reason != known['reason']:
                cursor.execute(
                    "UPDATE core_auditentry SET details = %s WHERE institution_id = %s AND id = %s",
                    [json.dumps(known | {'reason': reason}), institution, entry],
                )
    return rows[-1][0] if len(rows) == BATCH else None


class Migration(migrations.Migration):

    atomic = False  # each batch is a transaction

    dependencies = [
        ('core', '0002_text'),
        ('people', '0004_seen_names'),
    ]

    operations = [
        migrations.RunPython(forwards, migrations.RunPython.noop, elidable=True),
    ]
