"""Answers as JSON become results again, and results key figures, charts and tables."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from optilearn.analytics.presenting.conditions import condition_of
from optilearn.analytics.presenting.looks import Look
from optilearn.analytics.presenting.results import result_of, result_of_sql
from optilearn.analytics.presenting.tiles import draw
from optilearn.analytics.services import run_report, scope_of
from optilearn.core.http.envelope import encode
from optilearn.core.jsontext import read_json
from optilearn.core.tenancy.context import tenant_context
from reports.contracts import Column, ReportMeta, Result, Scope, ScopeKind, SnapshotInfo
from tests.optilearn.analytics.saving import DEFINITION
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
BY_MONTH = {
    "version": 1,
    "entity": "enrollments",
    "mode": "temporal",
    "time": {"field": "enrolledOn", "bucket": "month"},
    "measures": ["enrollments.count"],
    "compare": {"to": "previousYear"},
    "totals": "grand",
}
SCOPE = Scope(1, ScopeKind.INSTITUTION)


def result(definition: dict[str, Any], *rows: tuple[Any, ...]) -> Result:
    info = SnapshotInfo("s", datetime(2026, 1, 1, tzinfo=UTC), 1, "UTC")
    meta = ReportMeta(len(rows), len(rows), 0.0, False, info, SCOPE, "")
    columns = (Column("a", "A", "text"), Column("n", "N", "integer"))
    return Result(columns, rows, None, meta, definition)


@pytest.mark.parametrize("definition", [DEFINITION | {"totals": "grand"}, BY_MONTH])
def test_a_result_survives_the_wire(twins: Twins, definition: dict[str, Any]) -> None:
    north, _ = twins
    principal = north.principal("asha")
    with tenant_context(north.id):
        found = run_report(principal=principal, definition=definition)
        zone = found.meta.snapshot.time_zone
        wire = read_json(encode(found.to_wire()))
        again = result_of(wire, found.definition, scope_of(principal), zone)
    assert again.rows == found.rows
    assert again.columns == found.columns
    assert again.totals == found.totals
    assert again.compare == found.compare
    assert again.meta.snapshot == found.meta.snapshot


@pytest.mark.parametrize(
    ("dimension", "value", "condition"),
    [
        ("course.code", "MATH", {"field": "course.code", "op": "eq", "value": "MATH"}),
        ({"field": "status"}, "ACTIVE", {"field": "status", "op": "eq", "value": "ACTIVE"}),
        ("status", None, {"field": "status", "op": "isNull"}),
        ("isLate", True, {"field": "isLate", "op": "isTrue"}),
        ({"field": "score", "bins": [0, 50]}, "[0,50)", None),
    ],
)
def test_a_row_stands_for_a_condition(dimension: Any, value: Any, condition: Any) -> None:
    definition = {"mode": "categorical", "dimensions": [dimension]}
    assert condition_of(result(definition, (value, 1)), 0) == condition


@pytest.mark.parametrize(
    ("bucket", "end"),
    [("day", "2026-12-02"), ("week", "2026-12-08"), ("month", "2027-01-01"),
     ("quarter", "2027-03-01"), ("year", "2027-12-01")],
)  # fmt: skip
def test_a_bucket_is_a_range_of_days(bucket: str, end: str) -> None:
    time = {"field": "enrolledOn", "bucket": bucket}
    found = condition_of(result({"mode": "temporal", "time": time}, (date(2026, 12, 1), 1)), 0)
    assert found == {"field": "enrolledOn", "op": "between", "value": ["2026-12-01", end]}


def test_a_row_of_a_list_stands_for_none() -> None:
    assert condition_of(result({"mode": "rows"}, ("a", 1)), 0) is None
    part = {"mode": "temporal", "time": {"field": "d", "bucket": "weekOfTerm"}}
    assert condition_of(result(part, (3, 1)), 0) is None


def test_a_chart_that_doesnt_fit_is_a_table_with_the_reason() -> None:
    definition = {"mode": "categorical", "dimensions": ["a"], "chart": {"type": "kpi"}}
    drawn = draw(result(definition, ("x", 1)), Look())
    assert (drawn.kind, drawn.figure) == ("table", None)
    assert drawn.notes
    assert [cell.text for cell in drawn.table.rows[0].cells] == ["x", "1"]


def test_long_tables_are_cut_and_say_so() -> None:
    rows = [(f"r{n}", n) for n in range(300)]
    definition = {"mode": "categorical", "dimensions": ["a"], "chart": {"type": "table"}}
    drawn = draw(result(definition, *rows), Look())
    assert len(drawn.table.rows) == 200
    assert drawn.is_cut


def test_an_answer_of_sql_is_a_chart_where_its_columns_allow_it() -> None:
    columns = [{"name": "code", "type": "VARCHAR"}, {"name": "n", "type": "BIGINT"}]
    wire = {"columns": columns, "rows": [["a", 1], ["b", 2]], "meta": {"rowCount": 2}}
    bars = draw(result_of_sql(wire, {"type": "bar"}, SCOPE, "UTC"), Look())
    assert bars.kind == "bar"
    assert [cell.text for cell in bars.table.rows[0].cells] == ["a", "1"]
    assert draw(result_of_sql(wire, None, SCOPE, "UTC"), Look()).kind == "table"
