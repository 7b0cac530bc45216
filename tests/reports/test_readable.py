"""SQL for people says what the SQL that runs says."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest

from reports.catalog.product import product_catalog
from reports.compiler.compile import compile_report
from reports.compiler.readable import readable
from reports.compiler.settings import Settings
from reports.contracts import ScopeKind
from reports.engine.verify import _without_places
from reports.language.validate import validate_definition
from tests.reports.oulad_snapshot import ATTRIBUTES
from tests.reports.worked_questions import PAGE, worked_questions

pytestmark = pytest.mark.slow

DEFINITIONS = [q.definition for q in worked_questions(PAGE.read_text(encoding="utf-8"))]


def tree(sql: str) -> Any:
    with duckdb.connect() as connection:
        row = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    assert row is not None
    return _without_places(json.loads(row[0]))


@pytest.mark.parametrize("kind", [ScopeKind.INSTITUTION, ScopeKind.OWN_COURSES])
def test_the_layout_changes_nothing(kind: ScopeKind) -> None:
    catalog = product_catalog(ATTRIBUTES)
    for definition in DEFINITIONS:
        report = validate_definition(definition, catalog)
        sql = compile_report(report, catalog, Settings(kind, 1, 1_000)).sql
        laid_out = readable(sql)
        assert tree(laid_out) == tree(sql)
        assert all(line.count("SELECT") <= 1 for line in laid_out.splitlines())


def test_texts_and_names_are_left_alone() -> None:
    sql = """SELECT 'a FROM (b' AS "x WHERE y" FROM "t" WHERE ("c" IN (1, 2))"""
    assert readable(sql).splitlines() == [
        """SELECT 'a FROM (b' AS "x WHERE y\"""",
        'FROM "t"',
        'WHERE ("c" IN (1, 2))',
    ]
