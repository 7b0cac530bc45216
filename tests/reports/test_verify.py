"""The last wall: whatever isn't one guarded SELECT over known tables doesn't run."""

from __future__ import annotations

import pytest

from reports.catalog.product import product_catalog
from reports.contracts import ScopeKind
from reports.engine.verify import Verifier
from reports.errors import UnsafeSql

GUARD = '("course_id" IN (SELECT unnest(CAST($scope AS BIGINT[]))))'
SCAN = f'(SELECT "id" FROM "activity" WHERE {GUARD}) AS "t0"'
GOOD = f"SELECT count(*) FROM {SCAN}"


@pytest.fixture
def verifier() -> Verifier:
    return Verifier()


def check(verifier: Verifier, sql: str, kind: ScopeKind = ScopeKind.OWN_COURSES) -> None:
    verifier.check([sql], product_catalog(), kind)


def test_a_guarded_scan_passes(verifier: Verifier) -> None:
    check(verifier, GOOD)
    check(verifier, GOOD)


@pytest.mark.parametrize(
    "sql",
    [
        'SELECT count(*) FROM "activity"',
        'SELECT count(*) FROM (SELECT "id" FROM "activity") AS t',
        f'SELECT count(*) FROM (SELECT "id" FROM "activity" WHERE {GUARD} OR 1 = 1) AS t',
        f'SELECT count(*) FROM (SELECT "id" FROM "activity" WHERE NOT {GUARD}) AS t',
        'SELECT count(*) FROM (SELECT "id" FROM "activity" WHERE ("course_id" IN (1))) AS t',
        f'SELECT count(*) FROM (SELECT "id" FROM "enrollments" WHERE {GUARD}) AS t, "students"',
        f'SELECT count(*) FROM (SELECT "id" FROM main."activity" WHERE {GUARD}) AS t',
        f'SELECT count(*) FROM (SELECT "id" FROM "activity" AS a(course_id, x) WHERE {GUARD}) AS t',
        f'SELECT count(*) FROM (SELECT random() FROM "activity" WHERE {GUARD}) AS t',
        f'SELECT count(*) FROM (SELECT "id" FROM "activity" WHERE {GUARD} LIMIT 1) AS t',
        f'SELECT count(*) FROM (SELECT "id" FROM "activity" TABLESAMPLE 1% WHERE {GUARD}) AS t',
        f"{GOOD}; {GOOD}",
        f"{GOOD} UNION ALL SELECT count(*) FROM students",
        f"WITH x AS (SELECT 1) {GOOD}",
        f"WITH kept AS (SELECT * FROM students) {GOOD}",
        f"SELECT (SELECT count(*) FROM students) FROM {SCAN}",
        f"SELECT count(*) FROM {SCAN} WHERE EXISTS (SELECT 1 FROM students)",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM range(10)",
        "SELECT * FROM duckdb_settings()",
        'SELECT document FROM "_manifest"',
        f"SELECT getenv('HOME') FROM {SCAN}",
        f"SELECT current_setting('memory_limit') FROM {SCAN}",
        f"SELECT list(x -> x) FROM {SCAN}",
        f"SELECT nextval('x') FROM {SCAN}",
        "DELETE FROM students",
        "PRAGMA database_list",
        "ATTACH 'x.duckdb'",
        "this is no SQL",
        "",
        "FROM students",
        "DESCRIBE students",
        "SUMMARIZE students",
        f"PIVOT {SCAN} ON id",
        "VALUES (1)",
    ],
)
def test_what_is_not_guarded_does_not_pass(verifier: Verifier, sql: str) -> None:
    with pytest.raises(UnsafeSql):
        check(verifier, sql)


def test_a_guard_of_another_scope_does_not_pass(verifier: Verifier) -> None:
    with pytest.raises(UnsafeSql):
        check(verifier, GOOD, ScopeKind.SELF)
    with pytest.raises(UnsafeSql):
        check(verifier, 'SELECT 1 FROM (SELECT "id" FROM "activity") AS t', ScopeKind.CHILDREN)
    check(verifier, 'SELECT 1 FROM (SELECT "id" FROM "activity") AS t', ScopeKind.INSTITUTION)
