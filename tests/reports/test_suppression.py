"""Small cells are hidden, and nothing that is shown gives one away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reports.api import close, diff, drill, export, run
from reports.contracts import Result, Scope, ScopeKind, SnapshotRef
from reports.errors import ReportInvalid
from reports.requests import ReportRequest
from tests.reports.small_world import World, write

pytestmark = pytest.mark.slow

ALL = Scope(1, ScopeKind.INSTITUTION)
SMALLEST = 4


def small(path: Path, seed: int, smallest: int = SMALLEST) -> SnapshotRef:
    """A small institution that hides; each in a file of its own, as the engine keeps it open."""
    file = path / f"{seed}-{smallest}-{len(list(path.iterdir()))}.duckdb"
    return write(file, World(seed).tables, min_group_size=smallest)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield tmp_path_factory.mktemp("small")
    close()


def report(*dimensions: str, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"version": 1, "entity": "enrollments", "mode": "categorical"}
    measures = ["count", {"key": "avg", "field": "progressPct", "agg": "avg"}]
    return made | {"dimensions": list(dimensions), "measures": measures} | more


def people(definition: dict[str, Any], ref: SnapshotRef) -> dict[tuple[Any, ...], int]:
    """Count the people of each group, as a person asks of their own numbers."""
    counting = definition | {"measures": ["learners"], "totals": "none", "sort": [], "limit": None}
    everyone = Scope(1, ScopeKind.CHILDREN, person_ids=tuple(range(1, 1_000)))
    result = run(ReportRequest(counting, everyone, ref))
    return {row[:-1]: row[-1] for row in result.rows}


@pytest.mark.parametrize("seed", range(20))
def test_no_small_cell_is_shown_or_can_be_worked_out(folder: Path, seed: int) -> None:
    ref = small(folder, seed)
    definition = report("course.code", "status", totals="subtotals")
    result = run(ReportRequest(definition, ALL, ref))
    counts = people(definition, ref)
    hidden = {(result.rows[row][:2], column) for row, column in result.suppressed}
    for row in result.rows:
        if 0 < counts[row[:2]] < SMALLEST:
            assert (row[:2], 2) in hidden
            assert row[2:] == (None, None)
    for column in (2, 3):
        for lines in lines_of(result, column):
            inside = [key for key, is_hidden in lines if is_hidden]
            whole = [key for key, _hidden in lines if counts[key]]
            if inside and len(whole) > 1:
                assert len(inside) > 1
                assert sum(counts[key] for key in inside) >= SMALLEST or len(inside) == len(whole)
    for total in result.totals or ():
        under = [r for r in result.rows if r[: total.level] == total.row[: total.level]]
        lonely = sum((r[:2], 2) in hidden for r in under)
        assert lonely != 1 or 2 in total.suppressed


def lines_of(result: Result, column: int) -> list[list[tuple[tuple[Any, ...], bool]]]:
    found: dict[tuple[int, Any], list[tuple[tuple[Any, ...], bool]]] = defaultdict(list)
    for index, row in enumerate(result.rows):
        for group in (0, 1):
            found[group, row[1 - group]].append((row[:2], (index, column) in result.suppressed))
    return list(found.values())


def test_a_hidden_cell_is_marked_and_no_format_knows_more(folder: Path) -> None:
    result = run(
        ReportRequest(report("course.code", "status", totals="grand"), ALL, small(folder, 2))
    )
    assert result.suppressed
    assert "SMALL_CELLS" in [w.code for w in result.meta.warnings]
    shown = run(
        ReportRequest(report("course.code", "status", totals="grand"), ALL, small(folder, 2, 0))
    )
    secret = replace(shown, suppressed=())
    assert export(result, "csv") != export(secret, "csv")
    row, column = result.suppressed[0]
    assert result.to_wire()["rows"][row][column] is None
    assert [row, column] in result.to_wire()["suppressed"]


def test_the_order_tells_nothing(folder: Path) -> None:
    for seed in range(8):
        ref = small(folder, seed)
        definition = report("student.code", sort=[{"by": "count", "dir": "desc"}])
        result = run(ReportRequest(definition, ALL, ref))
        codes = [row[0] for row in result.rows if row[1] is None]
        assert codes == sorted(codes, key=lambda code: (code is None, code))


def test_chosen_groups_and_calculations_tell_nothing(folder: Path) -> None:
    ref = small(folder, 2)
    having = [{"measure": "count", "op": "lt", "value": 3}]
    result = run(ReportRequest(report("course.code", "status", having=having), ALL, ref))
    assert all(row[2] is not None and row[2] < 3 for row in result.rows)
    measures = ["count", {"key": "rank", "calc": "rank", "of": "count"}]
    result = run(ReportRequest(report("course.code", "status") | {"measures": measures}, ALL, ref))
    assert result.suppressed
    assert all(row[3] is None for row in result.rows)
    with pytest.raises(ReportInvalid, match="Small groups"):
        run(ReportRequest(report("course.code", having=having) | {"measures": measures}, ALL, ref))


def test_a_rate_is_about_the_fewest_of_its_parts(folder: Path) -> None:
    measures = [
        "count",
        "withdrawalRate",
        {
            "key": "gone",
            "metric": "count",
            "filters": [{"field": "status", "op": "eq", "value": "WITHDRAWN"}],
        },
    ]
    for seed in range(12):
        ref = small(folder, seed, 3)
        result = run(ReportRequest(report() | {"measures": measures}, ALL, ref))
        free = run(
            ReportRequest(report() | {"measures": measures}, ALL, small(folder, seed, 0))
        ).rows[0]
        if 0 < free[2] < 3:
            assert result.rows[0][1:] == (None, None)


def test_the_rows_of_a_hidden_cell_are_not_listed(folder: Path) -> None:
    ref = small(folder, 2)
    definition = report("course.code", "status")
    result = run(ReportRequest(definition, ALL, ref))
    hidden = {row for row, column in result.suppressed if column == 2}
    for index, row in enumerate(result.rows):
        cell = {"measure": "count", "row": list(row[:2])}
        if index in hidden:
            with pytest.raises(ReportInvalid, match="too few"):
                drill(ReportRequest(definition, ALL, ref), cell)
        else:
            assert len(drill(ReportRequest(definition, ALL, ref), cell).rows) == row[2]


def test_what_is_not_about_people_and_one_s_own_is_shown(folder: Path) -> None:
    ref = small(folder, 2)
    courses = {"version": 1, "entity": "courses", "mode": "categorical"}
    result = run(ReportRequest(courses | {"dimensions": ["code"], "measures": ["count"]}, ALL, ref))
    assert not result.suppressed
    own = Scope(1, ScopeKind.SELF, person_ids=(101,))
    assert not run(ReportRequest(report("course.code"), own, ref)).suppressed


def test_the_compared_side_is_hidden_too(folder: Path) -> None:
    ref = small(folder, 2)
    definition = {
        "version": 1,
        "entity": "enrollments",
        "mode": "temporal",
        "time": {"field": "enrolledOn", "bucket": "month"},
        "measures": ["count"],
        "compare": {"to": "previousPeriod"},
    }
    result = run(ReportRequest(definition, ALL, ref))
    shown = {row[0]: row[1] for row in result.rows}
    assert result.compare is not None
    for row in result.compare.rows:
        assert row[1] in {None, 0} or row[1] == shown.get(row[0])


def test_what_is_hidden_today_is_hidden_in_the_past_too(folder: Path) -> None:
    before, today = small(folder, 2, 0), small(folder, 2)
    past = report("course.code", "status", asOf="earlier")
    assert not run(ReportRequest(report("course.code", "status"), ALL, before)).suppressed
    assert run(ReportRequest(past, ALL, today, history=lambda _name: before)).suppressed
    made = diff(ReportRequest(report("course.code", "status"), ALL, today), before)
    assert not made.changed
