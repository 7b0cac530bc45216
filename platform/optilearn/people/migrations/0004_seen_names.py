from django.db import migrations

from optilearn.core.tenancy.cleaning import Column, clean
from optilearn.core.text import code_of, is_visible


def code(text: str, row_id: int) -> str:
    return code_of(text) or f"#{row_id}"


def name(text: str, row_id: int) -> str:
    return text if is_visible(text) else f"#{row_id}"


COLUMNS = (
    Column("people_person", "code", code, unique_with=("kind",)),
    Column("people_apitoken", "name", name),
)


def forwards(apps, editor):
    clean(editor.connection, COLUMNS)


class Migration(migrations.Migration):

    atomic = False  # each batch is a transaction

    dependencies = [
        ('core', '0002_text'),
        ('institutions', '0002_calendar'),
        ('people', '0003_alphabetical'),
    ]

    operations = [
        migrations.RunPython(forwards, migrations.RunPython.noop, elidable=True),
    ]
