"""The migration that gave attempts their assignment, and answers their question and course."""

from __future__ import annotations

import subprocess
import sys

import psycopg
import pytest

from tests.support.database import ROOT, environment, migrate, migrated_database
from tests.support.services import redis_url

FIXTURES = """
import django; django.setup()
from optilearn.core.tenancy.context import tenant_context
from tests.support.assessed import assess
from tests.support.twins import make_twins
for twin in make_twins():
    with tenant_context(twin.id):
        assess(twin)
"""
ROWS = (
    "SELECT id, institution_id, assignment_id FROM assessment_attempt ORDER BY id",
    "SELECT id, institution_id, course_id, question_id FROM assessment_answer ORDER BY id",
)
BEFORE = (
    "ALTER TABLE assessment_attempt DROP COLUMN assignment_id",
    "ALTER TABLE assessment_answer DROP COLUMN course_id, DROP COLUMN question_id",
    "DROP INDEX attempt_unmarked",
    "DELETE FROM django_migrations WHERE app = 'assessment' AND name >= '0006'",
)


@pytest.mark.slow
def test_rows_from_before_get_the_columns_that_new_ones_have() -> None:
    with migrated_database("columns") as database:
        variables = environment(database) | {"REDIS_URL": redis_url()}
        subprocess.run([sys.executable, "-c", FIXTURES], env=variables, cwd=ROOT, check=True)
        with psycopg.connect(database.superuser_url, autocommit=True) as admin:
            written = [admin.execute(query).fetchall() for query in ROWS]
            assert [len(rows) for rows in written] == [2, 4]
            for statement in BEFORE:
                admin.execute(statement)
            migrate(database)
            assert [admin.execute(query).fetchall() for query in ROWS] == written
            required = admin.execute(
                "SELECT count(*) FROM information_schema.columns WHERE is_nullable = 'NO' AND"
                " (table_name, column_name) IN (('assessment_attempt', 'assignment_id'),"
                " ('assessment_answer', 'course_id'), ('assessment_answer', 'question_id'))"
            ).fetchone()
            assert required == (3,)
