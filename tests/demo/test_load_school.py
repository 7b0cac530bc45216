"""Loading the made-up school into PostgreSQL."""

import pytest
from django.core.management import call_command
from django.db import connection

from optilearn.core.tenancy.context import tenant_context
from optilearn.demo.springdale import TABLES, make_school
from optilearn.institutions.selectors import institution_by_slug

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def counts() -> dict[str, int]:
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM {table}")
            (found[table],) = cursor.fetchone()
    return found


def test_twice_is_once_and_every_row_arrives(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_school", "--institution", "springdale")
    call_command("load_school", "--institution", "springdale")
    assert "nothing changed" in capsys.readouterr().out
    institution = institution_by_slug("springdale")
    assert institution is not None
    expected = {table: len(rows) for table, rows in make_school().tables.items()}
    with tenant_context(institution.id):
        assert counts() == expected
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT p.name, c.title, count(*) FROM activity_event e"
                " JOIN people_person p ON p.id = e.student_id"
                " JOIN courses_course c ON c.id = e.course_id"
                " GROUP BY p.name, c.title ORDER BY 3 DESC, 1, 2 LIMIT 1"
            )
            busiest = cursor.fetchone()
            cursor.execute("SELECT count(*) FROM activity_event WHERE lesson_id IS NULL")
            (without_lesson,) = cursor.fetchone()
    tables = make_school().tables
    named = {row.id: row.name for row in tables["people_person"]}
    titled = {row.id: row.title for row in tables["courses_course"]}
    uses: dict[tuple[str, str], int] = {}
    for event in tables["activity_event"]:
        key = (named[event.student_id], titled[event.course_id])
        uses[key] = uses.get(key, 0) + 1
    most = min(uses.items(), key=lambda item: (-item[1], item[0]))
    assert busiest == (*most[0], most[1])
    assert without_lesson == sum(event.lesson_id is None for event in tables["activity_event"])
