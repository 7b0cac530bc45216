from django.db import migrations

from optilearn.core.tenancy.cleaning import Column, clean
from optilearn.core.text import code_of, is_visible


def code(text: str, row_id: int) -> str:
    return code_of(text) or f"#{row_id}"


def title(text: str, row_id: int) -> str:
    return text if is_visible(text) else f"#{row_id}"


def word(text: str, row_id: int) -> str:
    return text if is_visible(text) else ""


COLUMNS = (
    Column("courses_course", "code", code, unique_with=()),
    Column("courses_course", "title", title),
    Column("courses_course", "category", word),
    Column("courses_module", "title", title),
    Column("courses_lesson", "title", title),
    Column("courses_caption", "label", word),
)


def forwards(apps, editor):
    clean(editor.connection, COLUMNS)


class Migration(migrations.Migration):

    atomic = False  # each batch is a transaction

    dependencies = [
        ('core', '0002_text'),
        ('courses', '0003_words_in_any_form'),
        ('institutions', '0002_calendar'),
    ]

    operations = [
        migrations.RunPython(forwards, migrations.RunPython.noop, elidable=True),
    ]
