from django.db import migrations

from optilearn.core.tenancy.cleaning import Column, clean
from optilearn.files.naming import clean_name


def name(text: str, row_id: int) -> str:
    return clean_name(text)


COLUMNS = (Column("files_file", "name", name),)


def forwards(apps, editor):
    clean(editor.connection, COLUMNS)


class Migration(migrations.Migration):

    atomic = False  # each batch is a transaction

    dependencies = [
        ('core', '0002_text'),
        ('files', '0003_bytes'),
        ('institutions', '0002_calendar'),
    ]

    operations = [
        migrations.RunPython(forwards, migrations.RunPython.noop, elidable=True),
    ]
