"""A pivot's cells and totals on both sides are the measures over their rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reports.api import Pivot, close, pivot, run
from reports.contracts import Scope, ScopeKind, SnapshotRef
from reports.errors import ReportInvalid
from reports.requests import ReportRequest
from tests.reports.small_world import World, write

SCOPE = Scope(1, ScopeKind.INSTITUTION)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SnapshotRef]:
    yield write(tmp_path_factory.mktemp("pivot") / "world.duckdb", World(5).tables)
    close()


def report(*dimensions: Any, **more: Any) -> dict[str, Any]:
    made = {"version": 1, "entity": "enrollments", "mode": "categorical"}
    measures = ["count", "learners", "completionRate"]
    return made | {"dimensions": list(dimensions), "measures": measures} | more


def only(world: SnapshotRef, *filters: tuple[str, Any], **more: Any) -> tuple[Any, ...]:
    """The measures over the rows that have these values, asked by themselves."""
    conditions = [
        {"field": f, "op": "isNull"} if v is None else {"field": f, "op": "eq", "value": v}
        for f, v in filters
    ]
    asked = report(filters=[*conditions, *more.get("filters", [])])
    return run(ReportRequest(asked, SCOPE, world)).rows[0]


def check(made: Pivot, world: SnapshotRef) -> None:
    for row in made.rows:
        groups = [(c.key, v) for c, v in zip(made.rows_by, row.groups, strict=True)]
        assert row.total == only(world, *groups)
        for value, cell in zip(made.values, row.cells, strict=True):
            if cell is not None:
                assert cell == only(world, *groups, (made.across.key, value))
    for value, total in zip(made.values, made.column_totals, strict=True):
        assert total == only(world, (made.across.key, value))
    assert made.grand_total == only(world)


def test_every_number_is_that_of_its_rows(world: SnapshotRef) -> None:
    check(pivot(ReportRequest(report("course.code", "status"), SCOPE, world)), world)
    check(
        pivot(ReportRequest(report("course.category", "course.code", "outcome"), SCOPE, world)),
        world,
    )


def test_totals_are_of_the_groups_that_having_leaves(world: SnapshotRef) -> None:
    having = [{"measure": "count", "op": "gt", "value": 1}]
    made = pivot(ReportRequest(report("course.code", "status", having=having), SCOPE, world))
    plain = run(ReportRequest(report("course.code", "status", having=having), SCOPE, world))
    assert made.grand_total[0] == sum(row[2] for row in plain.rows)
    assert [t[0] for t in made.column_totals] == [
        sum(row[2] for row in plain.rows if row[1] == value) for value in made.values
    ]


def test_the_wire_form_is_plain(world: SnapshotRef) -> None:
    wire = pivot(ReportRequest(report("course.code", "status"), SCOPE, world)).to_wire()
    assert [c["key"] for c in wire["measures"]] == ["count", "learners", "completionRate"]
    assert len(wire["rows"][0]["cells"]) == len(wire["values"]) == len(wire["columnTotals"])


@pytest.mark.parametrize("definition", [report("status"), {"mode": "rows"}, {}])
def test_what_can_not_lie_across_is_refused(world: SnapshotRef, definition: dict[str, Any]) -> None:
    with pytest.raises(ReportInvalid, match="across"):
        pivot(ReportRequest(definition, SCOPE, world))
