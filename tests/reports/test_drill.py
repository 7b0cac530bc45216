"""The rows behind a cell add up to it again, whatever the measure is."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from reports.api import close, diff, drill, export, run
from reports.contracts import Limits, Result, Scope, ScopeKind, SnapshotRef
from reports.errors import ReportInvalid
from reports.requests import ReportRequest
from tests.reports.numbers_world import asked, numbers
from tests.reports.small_world import World, write

SCOPE = Scope(1, ScopeKind.INSTITUTION)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SnapshotRef]:
    yield write(tmp_path_factory.mktemp("drill") / "world.duckdb", World(11).tables)
    close()


def categorical(entity: str, dimensions: list[Any], *measures: Any, **more: Any) -> dict[str, Any]:
    made = {"version": 1, "entity": entity, "mode": "categorical", "dimensions": dimensions}
    return made | {"measures": list(measures)} | more


def temporal(entity: str, field: str, bucket: str, *measures: Any, **more: Any) -> dict[str, Any]:
    made = {"version": 1, "entity": entity, "mode": "temporal", "measures": list(measures)}
    return made | {"time": {"field": field, "bucket": bucket}} | more


def cells(definition: dict[str, Any], ref: SnapshotRef) -> Iterator[tuple[list[Any], list[Any]]]:
    """The groups and values of every row and total, as the API answers them."""
    wire = run(ReportRequest(definition, SCOPE, ref)).to_wire()
    groups = len(wire["columns"]) - len(definition["measures"])
    for row in wire["rows"]:
        yield row[:groups], row[groups:]
    for total in wire["totals"] or ():
        yield total["row"][: total["level"]], total["row"][groups:]


def column(result: Result, key: str) -> list[Any]:
    index = [c.key for c in result.columns].index(key)
    return [row[index] for row in result.rows if row[index] is not None]


def rows_of(
    definition: dict[str, Any], ref: SnapshotRef, groups: list[Any], measure: str
) -> Result:
    return drill(ReportRequest(definition, SCOPE, ref), {"measure": measure, "row": groups})


@pytest.mark.parametrize(
    "definition",
    [
        categorical("submissions", ["course.code", "student.name"], "count", totals="subtotals"),
        categorical("courses", ["category"], "submissions.count", totals="grand"),
        categorical(
            "submissions",
            [{"field": "score", "bins": [0, 40, 70, 100]}],
            "count",
            filters=[{"field": "isLate", "op": "isFalse"}],
        ),
        temporal("submissions", "submittedOn", "term", "count", dimensions=["status"]),
        temporal("submissions", "submittedOn", "weekOfTerm", "count", totals="grand"),
        temporal("submissions", "submittedAt", "hour", "count"),
        temporal("enrollments", "enrolledOn", "academicYear", "count", totals="grand"),
    ],
    ids=lambda d: f"{d['entity']} {d['mode']}",
)
def test_a_count_has_as_many_rows(world: SnapshotRef, definition: dict[str, Any]) -> None:
    found = list(cells(definition, world))
    assert found
    key = definition["measures"][0]
    for groups, (count,) in found:
        made = rows_of(definition, world, groups, key)
        assert made.meta.total_row_count == count == len(made.rows)


def test_sums_and_means_are_those_of_the_rows(world: SnapshotRef) -> None:
    definition = categorical(
        "submissions",
        ["course.code"],
        {"key": "sum", "field": "score", "agg": "sum"},
        {
            "key": "avg",
            "field": "score",
            "agg": "avg",
            "filters": [{"field": "isLate", "op": "isFalse"}],
        },
        totals="grand",
    )
    for groups, (total, mean) in cells(definition, world):
        scores = column(rows_of(definition, world, groups, "sum"), "score")
        assert sum(scores, Decimal(0)) == Decimal(str(total))
        some = column(rows_of(definition, world, groups, "avg"), "score")
        assert mean == (pytest.approx(float(sum(some) / len(some))) if some else None)


def test_a_rate_marks_what_it_counts(world: SnapshotRef) -> None:
    definition = categorical("courses", ["code"], "submissions.lateRate", totals="grand")
    for groups, (rate,) in cells(definition, world):
        made = rows_of(definition, world, groups, "submissions.lateRate")
        counted = column(made, "counted")
        assert rate == (pytest.approx(sum(counted) / len(counted)) if counted else None)


@pytest.mark.parametrize("kind", ["trailing", "toDate", "semiAdditive"])
def test_windows_list_the_rows_they_look_at(world: SnapshotRef, kind: str) -> None:
    window: dict[str, Any] = {
        "trailing": {"field": "submittedOn", "n": 20, "unit": "day"},
        "toDate": {"field": "submittedOn", "unit": "quarter"},
        "semiAdditive": {"over": "submittedOn", "take": "last", "by": ["student"]},
    }[kind]
    measure = {"key": "k", "metric": "submissions.count", kind: window}
    for definition in (
        temporal("submissions", "submittedOn", "week", measure, totals="grand"),
        categorical("submissions", ["course.code"], measure),
    ):
        for groups, (count,) in cells(definition, world):
            assert len(rows_of(definition, world, groups, "k").rows) == count


def test_offsets_and_calculations_list_their_own_rows(world: SnapshotRef) -> None:
    definition = temporal(
        "submissions",
        "submittedOn",
        "month",
        {"key": "before", "metric": "submissions.count", "offset": {"n": 1, "unit": "month"}},
        {"key": "share", "calc": "percentOfTotal", "of": "submissions.count"},
        "submissions.count",
    )
    for groups, (before, _share, count) in cells(definition, world):
        assert len(rows_of(definition, world, groups, "before").rows) == before
        assert len(rows_of(definition, world, groups, "share").rows) == count


def test_a_formula_over_two_entities_is_drilled_by_entity(world: SnapshotRef) -> None:
    measure = {"key": "f", "formula": "submissions.count - enrollments.count"}
    definition = categorical("courses", ["code"], measure, "enrollments.count")
    row = run(ReportRequest(definition, SCOPE, world)).rows[0]
    cell = {"measure": "f", "row": [row[0]], "entity": "enrollments"}
    assert len(drill(ReportRequest(definition, SCOPE, world), cell).rows) == row[2]


def test_the_rows_are_inside_the_scope(world: SnapshotRef) -> None:
    definition = categorical("submissions", [], "count")
    courses = column(
        drill(ReportRequest(definition, SCOPE, world), {"measure": "count", "row": []}), "courseId"
    )
    one = random.Random(3).choice(courses)
    own = Scope(1, ScopeKind.OWN_COURSES, course_ids=(one,))
    made = drill(ReportRequest(definition, own, world), {"measure": "count", "row": []})
    assert set(column(made, "courseId")) == {one}


def test_many_rows_are_cut_and_counted(world: SnapshotRef) -> None:
    definition = categorical("submissions", [], "count")
    made = drill(
        ReportRequest(definition, SCOPE, world, limits=Limits(rows=2)),
        {"measure": "count", "row": []},
    )
    assert (len(made.rows), made.meta.truncated) == (2, True)
    assert made.meta.total_row_count == run(ReportRequest(definition, SCOPE, world)).rows[0][0]


def test_a_float_group_is_drilled_by_the_value_that_was_returned() -> None:
    """As it is in JSON too: all its digits, of any size."""
    floats = [0.1 + 0.2, 0.3, 1 / 3, -0.0, 1e300, -1e16, 5e-324, 2.0**53 + 2, 1e22, None]
    groups = {str(n): [value] * (n + 1) for n, value in enumerate(floats)}
    with numbers("float", groups) as database:
        result = asked(database, {"key": "n", "agg": "count"}, by=["value"])
        assert len(result.rows) == len(floats)
        for value, count in json.loads(export(result, "json"))["rows"]:
            cell = {"measure": "n", "row": [value]}
            assert len(database.drill(result.definition, cell).rows) == count, value


@pytest.mark.parametrize(
    ("cell", "path", "code"),
    [
        ({"row": ["C1"]}, "/cell/measure", "MISSING"),
        ({"measure": "x", "row": ["C1"]}, "/cell/measure", "UNKNOWN_MEASURE"),
        ({"measure": "count", "row": [1]}, "/cell/row/0", "WRONG_TYPE"),
        ({"measure": "count", "row": ["C1", "C2"]}, "/cell/row", "TOO_MANY"),
        ({"measure": "count", "row": [], "sql": "1"}, "/cell/sql", "UNKNOWN_KEY"),
        ("count", "/cell", "WRONG_TYPE"),
    ],
)
def test_bad_cells_are_refused(world: SnapshotRef, cell: Any, path: str, code: str) -> None:
    with pytest.raises(ReportInvalid) as caught:
        drill(
            ReportRequest(categorical("submissions", ["course.code"], "count"), SCOPE, world), cell
        )
    assert (caught.value.problems[0].path, caught.value.problems[0].code) == (path, code)


def test_two_snapshots_differ_by_key(tmp_path: Path) -> None:
    tables = World(11).tables
    before = write(tmp_path / "before.duckdb", tables)
    first, second, *rest = tables["students"]
    renamed = (*first[:2], "Renamed", *first[3:])
    new = (777, "s777", "New", None, None, "ACTIVE", None)
    after = write(tmp_path / "after.duckdb", tables | {"students": [renamed, *rest, new]})
    definition = {
        "version": 1,
        "entity": "students",
        "mode": "rows",
        "columns": ["code", "name"],
    }
    made = diff(ReportRequest(definition, SCOPE, after), before)
    assert made.added == (("s777", "New"),)
    assert made.removed == (second[1:3],)
    assert [(c.before, c.after) for c in made.changed] == [(first[1:3], (first[1], "Renamed"))]
    assert made.same == len(rest)
    groups = diff(ReportRequest(categorical("students", ["status"], "count"), SCOPE, after), before)
    assert not groups.added
    assert all(c.before != c.after for c in groups.changed)
