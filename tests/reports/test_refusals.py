"""Bad definitions are refused with a code, a place and a hint: never SQL, never a trace."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from reports.api import product_catalog, schema, validate
from reports.contracts import Limits, Scope, ScopeKind, SnapshotRef
from reports.engine.engine import Engine
from reports.errors import Problem, ReportError, ReportInvalid
from reports.requests import ReportRequest
from tests.reports.conftest import ATTRIBUTES, EVERYTHING

CATALOG = product_catalog(ATTRIBUTES)
GOOD: dict[str, Any] = {
    "version": 1,
    "entity": "enrollments",
    "mode": "categorical",
    "dimensions": ["course.code", {"field": "progressPct", "bins": [0, 50, 100]}],
    "measures": [
        "count",
        {
            "key": "late",
            "metric": "enrollments.learners",
            "filters": [{"field": "status", "op": "eq", "value": "ACTIVE"}],
        },
        {"key": "p", "field": "progressPct", "agg": "avg"},
        {"key": "r", "ratio": ["enrollments.count", "enrollments.learners"]},
    ],
    "filters": [
        {"field": "student.name", "op": "contains", "value": "a"},
        {"metric": "submissions.count", "op": "gt", "value": 1},
    ],
    "filterLogic": "1 OR 2",
    "having": [{"measure": "count", "op": "gt", "value": 0}],
    "sort": [{"by": "count", "dir": "desc"}],
    "limit": 10,
    "totals": "grand",
    "chart": {"type": "bar", "goal": 5},
}
ROWS: dict[str, Any] = {
    "version": 1,
    "entity": "enrollments",
    "mode": "rows",
    "columns": ["student.name"],
}
TEMPORAL: dict[str, Any] = {
    "version": 1,
    "entity": "activity",
    "mode": "temporal",
    "measures": ["clicks"],
    "time": {"field": "occurredOn", "bucket": "week"},
}
INJECTION = "x'; DROP TABLE students; --\" OR 1=1 /* $scope */ {id}"


def problems(definition: Any) -> list[Problem]:
    with pytest.raises(ReportInvalid) as caught:
        validate(definition, CATALOG)
    found = list(caught.value.problems)
    assert found
    for problem in found:
        text = json.dumps(problem.to_wire())
        assert problem.code.isupper()
        assert problem.message
        assert "SELECT" not in text
        assert "Traceback" not in text
        assert len(text) < 3_000
    return found


def codes(definition: Any) -> dict[str, str]:
    return {p.path: p.code for p in problems(definition)}


def test_the_good_ones_are_good() -> None:
    for definition in (GOOD, ROWS, TEMPORAL):
        report = validate(definition, CATALOG)
        assert validate(report.canonical, CATALOG).digest == report.digest


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"version": 2}, "/version", "WRONG_VALUE"),
        ({"version": True}, "/version", "WRONG_VALUE"),
        ({"entity": "enrolments"}, "/entity", "UNKNOWN_ENTITY"),
        ({"entity": "modules"}, "/entity", "UNKNOWN_ENTITY"),
        ({"mode": "pivot"}, "/mode", "UNKNOWN_VALUE"),
        ({"colums": []}, "/colums", "UNKNOWN_KEY"),
        ({"columns": ["status"]}, "/columns", "WRONG_MODE"),
        ({"time": {"field": "time", "bucket": "day"}}, "/time", "WRONG_MODE"),
        ({"dimensions": ["course.titel"]}, "/dimensions/0", "UNKNOWN_FIELD"),
        ({"dimensions": [{"field": "x"}]}, "/dimensions/0/field", "UNKNOWN_FIELD"),
        ({"dimensions": ["status"] * 9}, "/dimensions", "TOO_MANY"),
        ({"dimensions": [{"field": "status", "bins": [1, 2]}]}, "/dimensions/0/bins", "WRONG_TYPE"),
        (
            {"dimensions": [{"field": "progressPct", "bins": [2, 1]}]},
            "/dimensions/0/bins",
            "WRONG_VALUE",
        ),
        ({"measures": ["submissions.avgScor"]}, "/measures/0", "UNKNOWN_METRIC"),
        ({"measures": [{"key": "x"}]}, "/measures/0", "MISSING"),
        (
            {"measures": [{"key": "x", "field": "status", "agg": "sum"}]},
            "/measures/0/agg",
            "WRONG_AGGREGATE",
        ),
        (
            {"measures": [{"key": "x", "field": "course.lengthDays", "agg": "sum"}]},
            "/measures/0/agg",
            "PARENT_AGGREGATE",
        ),
        (
            {"measures": [{"key": "x", "field": "progressPct", "agg": {"quantile": 2}}]},
            "/measures/0/agg/quantile",
            "WRONG_VALUE",
        ),
        (
            {"measures": [{"key": "x", "calc": "place", "of": "count"}]},
            "/measures/0/calc",
            "UNKNOWN_VALUE",
        ),
        ({"measures": ["count", "count"], "having": []}, "", "DUPLICATE_KEY"),
        ({"measures": ["lessons.count"], "having": []}, "/dimensions/1", "UNREACHABLE_DIMENSION"),
        ({"compare": {"to": "lastWeek"}}, "/compare/to", "UNKNOWN_VALUE"),
        ({"compare": {"to": "previousYear"}}, "/compare", "NO_DATE"),
        ({"asOf": 1}, "/asOf", "WRONG_TYPE"),
        ({"totals": "all"}, "/totals", "UNKNOWN_VALUE"),
        ({"limit": 0}, "/limit", "WRONG_TYPE"),
        ({"limit": 1.5}, "/limit", "WRONG_TYPE"),
        ({"sort": [{"by": "name"}]}, "/sort/0/by", "UNKNOWN_COLUMN"),
        ({"sort": [{"by": "count", "dir": "up"}]}, "/sort/0/dir", "UNKNOWN_VALUE"),
        (
            {"having": [{"measure": "x", "op": "gt", "value": 1}]},
            "/having/0/measure",
            "UNKNOWN_MEASURE",
        ),
        ({"chart": {"type": "bubble"}}, "/chart/type", "UNKNOWN_VALUE"),
        ({"filterLogic": "1"}, "/filterLogic", "FILTER_LOGIC"),
        ({"filterLogic": "1 AND 2 AND 3"}, "/filterLogic", "FILTER_LOGIC"),
        ({"filterLogic": "1 AND NOT 2"}, "/filterLogic", "FILTER_LOGIC"),
        ({"filterLogic": "(1 AND 2"}, "/filterLogic", "FILTER_LOGIC"),
        ({"filterLogic": ""}, "/filterLogic", "FILTER_LOGIC"),
    ],
    ids=str,
)
def test_what_is_wrong_is_named_with_its_place(
    change: dict[str, Any], path: str, code: str
) -> None:
    assert codes(GOOD | change).get(path) == code


@pytest.mark.parametrize(
    ("condition", "path", "code"),
    [
        ({"field": "status", "op": "gt", "value": "a"}, "op", "WRONG_OPERATOR"),
        ({"field": "status", "op": "like", "value": "a"}, "op", "UNKNOWN_OPERATOR"),
        ({"field": "status", "op": "eq", "value": 5}, "value", "WRONG_TYPE"),
        ({"field": "status", "op": "eq"}, "value", "WRONG_TYPE"),
        ({"field": "status", "op": "isNull", "value": 1}, "value", "WRONG_TYPE"),
        ({"field": "status", "op": "in", "value": "a"}, "value", "WRONG_TYPE"),
        ({"field": "status", "op": "in", "value": ["a", None]}, "value/1", "WRONG_TYPE"),
        ({"field": "progressPct", "op": "between", "value": [1]}, "value", "WRONG_TYPE"),
        ({"field": "progressPct", "op": "gt", "value": float("nan")}, "value", "WRONG_TYPE"),
        ({"field": "progressPct", "op": "gt", "value": 10**30}, "value", "WRONG_TYPE"),
        ({"field": "progressPct", "op": "gt", "value": True}, "value", "WRONG_TYPE"),
        ({"field": "enrolledOn", "op": "gt", "value": "2013-13-01"}, "value", "WRONG_TYPE"),
        (
            {"field": "enrolledOn", "op": "inLast", "value": {"n": 0, "unit": "day"}},
            "value/n",
            "WRONG_TYPE",
        ),
        (
            {"field": "enrolledOn", "op": "inLast", "value": {"n": 1, "unit": "year"}},
            "value/unit",
            "UNKNOWN_VALUE",
        ),
        ({"field": "enrolledOn", "op": "gt", "value": {"field": "status"}}, "value", "WRONG_TYPE"),
        ({"metric": "enrollments.count", "op": "gt", "value": 1}, "metric", "NOT_A_CHILD"),
        ({"metric": "lessons.count", "op": "gt", "value": 1}, "metric", "NOT_A_CHILD"),
        ({"metric": "submissions.count", "op": "contains", "value": "a"}, "op", "WRONG_OPERATOR"),
        ({"field": "status", "op": "eq", "value": "a\u0000b"}, "value", "WRONG_TYPE"),
        ({"field": "status", "op": "eq", "value": "x" * 1_001}, "value", "WRONG_TYPE"),
        ("status = 1", "", "WRONG_TYPE"),
    ],
    ids=str,
)
def test_bad_conditions(condition: Any, path: str, code: str) -> None:
    place = f"/filters/0/{path}".rstrip("/")
    assert codes(ROWS | {"filters": [condition]}).get(place) == code


@pytest.mark.parametrize(
    ("time_axis", "path", "code"),
    [
        ({"field": "occurredOn", "bucket": "hour"}, "/time/bucket", "WRONG_BUCKET"),
        ({"field": "time", "bucket": "hour"}, "/time/bucket", "WRONG_BUCKET"),
        ({"field": "occurredOn", "bucket": "day", "fill": 1}, "/time/fill", "WRONG_TYPE"),
        ({"field": "kind", "bucket": "day"}, "/time/field", "WRONG_TYPE"),
        (None, "/time", "MISSING"),
        ([], "/time", "WRONG_TYPE"),
    ],
    ids=str,
)
def test_bad_times(time_axis: Any, path: str, code: str) -> None:
    assert codes(TEMPORAL | {"time": time_axis}).get(path) == code


def test_every_problem_is_told_and_the_nearest_names_are_offered() -> None:
    found = problems(
        GOOD | {"dimensions": ["course.titel"], "measures": ["learner"], "limit": -1, "having": []}
    )
    assert {p.path for p in found} >= {"/dimensions/0", "/measures/0", "/limit"}
    hints = " ".join(p.hint for p in found)
    assert "course.title" in hints
    assert "enrollments.learners" in hints


def test_an_unreachable_dimension_names_those_that_would_work() -> None:
    definition = {
        "version": 1,
        "entity": "enrollments",
        "mode": "categorical",
        "dimensions": ["student.name"],
        "measures": ["lessons.count"],
    }
    (problem,) = problems(definition)
    assert problem.code == "UNREACHABLE_DIMENSION"
    assert "course.code" in problem.hint
    assert "student." not in problem.hint


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(value, dict):
        for key, item in value.items():
            found += _places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += _places(item, (*path, index))
    return found


def _with(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _with(value[path[0]], path[1:], new)
    return copy


@pytest.mark.parametrize("base", [GOOD, ROWS, TEMPORAL], ids=["groups", "rows", "time"])
def test_sql_or_a_wrong_type_in_any_position_is_refused_or_harmless(
    base: dict[str, Any], engine: Engine, school: SnapshotRef
) -> None:
    hostile: list[Any] = [
        INJECTION,
        "",
        0,
        -1,
        1.5,
        float("inf"),
        10**400,
        True,
        [],
        [[]],
        {},
        {"field": []},
        {"$ref": "#"},
        ["x"] * 5,
        "\ud800",
        "a" * 100_000,
        b"bytes",
        object(),
    ]
    for path in _places(base):
        for value in hostile:
            definition = _with(base, path, value)
            try:
                shown = len(engine.run(ReportRequest(definition, EVERYTHING, school)).rows)
            except ReportInvalid as error:
                shown = "DROP" in error.hint
            assert shown <= 10
    assert engine.run(ReportRequest(ROWS, EVERYTHING, school)).meta.row_count == 3


def test_no_value_is_ever_printed_into_sql(engine: Engine, school: SnapshotRef) -> None:
    definition = ROWS | {
        "filters": [
            {"field": "student.name", "op": op, "value": INJECTION} for op in ("eq", "contains")
        ]
    }
    explained = engine.explain(ReportRequest(definition, EVERYTHING, school))
    assert "DROP" not in explained.sql
    assert INJECTION in explained.parameters.values()
    assert engine.run(ReportRequest(definition, EVERYTHING, school)).rows == ()


@pytest.mark.parametrize(
    "change",
    [
        {"filters": [{"field": "status", "op": "eq", "value": "a"}] * 10_000},
        {"filterLogic": "(" * 100_000 + "1" + ")" * 100_000},
        {"filterLogic": "(" * 900 + "1 AND 2" + ")" * 900},
        {"filterLogic": "1 AND " * 50_000 + "2"},
        {"filterLogic": "1" * 100_000},
        {"dimensions": ["course." * 30_000 + "code"]},
        {"measures": ["x" * 1_000_000]},
        {f"key{i}": i for i in range(50_000)},
        {"filters": [{"field": "status", "op": "in", "value": ["a"] * 100_000}]},
        {"entity": "e" * 1_000_000},
        {
            "filters": [{"field": "status", "op": "in", "value": ["a"] * 1_000}] * 100,
            "filterLogic": None,
        },
    ],
    ids=lambda change: next(iter(change)),
)
def test_huge_input_is_refused_at_once(change: dict[str, Any]) -> None:
    started = time.process_time()
    problems(GOOD | change)
    # Processor time, far above what it takes on a busy machine: a guard against quadratic work.
    assert time.process_time() - started < 20


def test_deep_nesting_is_refused_without_recursion() -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    assert problems(GOOD | {"dimensions": [deep]})
    assert problems(GOOD | {"filters": deep})


def test_filling_all_of_time_ends_in_a_typed_error(engine: Engine, school: SnapshotRef) -> None:
    for bucket in ("day", "hour"):
        definition = TEMPORAL | {
            "time": {"field": "occurredAt", "bucket": bucket, "fill": True},
            "filters": [
                {"field": "occurredAt", "op": "between", "value": ["0001-01-01", "9999-12-31"]}
            ],
        }
        outcome: object
        try:
            outcome = engine.run(
                ReportRequest(definition, EVERYTHING, school, Limits(seconds=2))
            ).meta.truncated
        except ReportError as error:
            outcome = error.code
        assert outcome in {True, "REPORT_TIMEOUT", "REPORT_TOO_LARGE", "REPORT_FAILED"}


def test_a_long_logic_within_the_limits_runs(engine: Engine, school: SnapshotRef) -> None:
    filters = [{"field": "status", "op": "ne", "value": f"S{i}"} for i in range(100)]
    nested = "1"
    for number in range(2, 51):
        nested = f"({nested} {'AND' if number % 2 else 'OR'} {number})"
    rest = " AND ".join(str(n) for n in range(51, 101))
    definition = ROWS | {"filters": filters, "filterLogic": f"{nested} AND {rest}"}
    assert engine.run(ReportRequest(definition, EVERYTHING, school)).meta.row_count == 3


def test_there_is_no_scope_that_means_everyone_by_accident() -> None:
    with pytest.raises(ValueError, match="institution"):
        Scope(1, "institution'", ())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="course ids"):
        Scope(1, ScopeKind.INSTITUTION, course_ids=(1,))
    with pytest.raises(ValueError, match="one person"):
        Scope(1, ScopeKind.SELF, person_ids=(1, 2))


def test_the_schema_accepts_what_validation_accepts() -> None:
    import jsonschema

    validator = jsonschema.Draft202012Validator(schema())
    jsonschema.Draft202012Validator.check_schema(schema())
    for definition in (GOOD, ROWS, TEMPORAL):
        validator.validate(definition)
    for change in ({"limit": 0}, {"colums": []}, {"version": 2}, {"mode": "x"}, {"asOf": 1}):
        assert not validator.is_valid(GOOD | change)
