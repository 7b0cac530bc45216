"""The migrations that clean what is stored, run by the owner of the tables over real rows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.support.database import ROOT, environment, migrate, migrated_database
from tests.support.services import redis_url

pytestmark = pytest.mark.slow

AGAIN = (
    ("courses", "0004"), ("files", "0004"), ("files", "0005"), ("people", "0004"),
    ("people", "0005"),
)  # fmt: skip
REASON = "Lena (codelena) can't open her lesson."


@pytest.fixture(scope="module")
def admin() -> Iterator[psycopg.Connection[Any]]:
    """A superuser in a database with rows from before, migrated again."""
    with migrated_database("cleaning") as database:
        code = (
            "import django; django.setup(); "
            "from tests.support.twins import make_twins; make_twins()"
        )
        variables = environment(database) | {"REDIS_URL": redis_url()}
        subprocess.run([sys.executable, "-c", code], env=variables, cwd=ROOT, check=True)
        with psycopg.connect(database.superuser_url, autocommit=True) as connection:
            make_old(connection)
            # What came after the migrations that are run again.
            connection.execute("ALTER TABLE files_file DROP COLUMN reach")
            for app, number in AGAIN:
                connection.execute(
                    "DELETE FROM django_migrations WHERE app = %s AND name LIKE %s",
                    [app, f"{number}%"],
                )
            migrate(database)
            yield connection


def make_old(admin: psycopg.Connection[Any]) -> None:
    admin.execute("UPDATE courses_course SET code = code || %s", ["\u200b"])
    admin.execute(
        "UPDATE people_person SET name = 'Lena', code = 'codelena' WHERE crm_id = 'crm-lena'"
    )
    admin.execute("UPDATE people_person SET crm_id = 'erased:1' WHERE crm_id = 'crm-sven'")
    for crm_id in ("crm-lena", "erased:1"):
        admin.execute(
            "INSERT INTO core_auditentry"
            " (institution_id, at, actor_role, action, target, outcome, details)"
            " SELECT institution_id, now(), 'ADMIN', 'acting.begin', 'person:' || id, 'ok', %s"
            " FROM people_person WHERE crm_id = %s",
            [Jsonb({"reason": REASON, "kept": 1}), crm_id],
        )


def test_codes_of_every_institution(admin: psycopg.Connection[Any]) -> None:
    found = admin.execute("SELECT code FROM courses_course ORDER BY code").fetchall()
    assert [code for (code,) in found] == ["ART", "ART", "MATH", "MATH"]


def test_reasons_name_nobody(admin: psycopg.Connection[Any]) -> None:
    """Of the erased the name isn't known any more, so nothing is left."""
    found = admin.execute(
        "SELECT p.crm_id, a.details FROM core_auditentry a JOIN people_person p"
        " ON p.institution_id = a.institution_id AND a.target = 'person:' || p.id"
        " WHERE a.action = 'acting.begin'"
    ).fetchall()
    assert len(found) == 4
    for crm_id, details in found:
        left = "… (…) can't open her lesson." if crm_id == "crm-lena" else "…"
        assert details == {"reason": left, "kept": 1}
