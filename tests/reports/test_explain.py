"""A report explained: in words for everybody, in SQL for those who may see it."""

from __future__ import annotations

from typing import Any

from reports.contracts import Scope, ScopeKind, SnapshotRef
from reports.engine.engine import Engine
from reports.requests import ReportRequest
from tests.reports.conftest import EVERYTHING

DEFINITION: dict[str, Any] = {
    "version": 1,
    "entity": "courses",
    "mode": "categorical",
    "dimensions": ["category"],
    "measures": [
        "enrollments.count",
        {
            "key": "lateTma",
            "metric": "submissions.lateRate",
            "filters": [{"field": "assignment.kind", "op": "eq", "value": "TMA"}],
        },
    ],
    "filters": [
        {"field": "startsOn", "op": "inLast", "value": {"n": 2, "unit": "month"}},
        {"field": "title", "op": "contains", "value": "secret words"},
    ],
    "filterLogic": "1 OR 2",
    "having": [{"measure": "enrollments.count", "op": "gt", "value": 1}],
    "sort": [{"by": "lateTma", "dir": "desc"}],
    "limit": 5,
    "totals": "grand",
}


def test_the_words(engine: Engine, school: SnapshotRef) -> None:
    words = engine.explain(ReportRequest(DEFINITION, EVERYTHING, school)).words
    assert words == (
        "Enrollments, Late tma by category.",
        "Late tma only where Assignment kind is “TMA”.",
        "Only where 1 or 2, with (1) Starts on is in the last 2 months; "
        "(2) Title contains “secret words”.",
        "Only groups where Enrollments is more than 1.",
        "Ordered by Late tma (falling).",
        "At most 5 rows.",
        "With a grand total, computed over all rows.",
    )
    assert engine.run(ReportRequest(DEFINITION, EVERYTHING, school)).words == words


def test_the_tables_the_parameters_and_who_sees_the_sql(
    engine: Engine, school: SnapshotRef
) -> None:
    scope = Scope(1, ScopeKind.OWN_COURSES, course_ids=(1, 2))
    explained = engine.explain(ReportRequest(DEFINITION, scope, school))
    assert explained.tables == ("assignments", "courses", "enrollments", "submissions")
    assert explained.estimated_rows == 3 + 3 + 3 + 4
    assert explained.parameters["scope"] == (1, 2)
    assert "secret words" in explained.parameters.values()
    assert "secret words" not in explained.sql
    assert set(explained.to_wire(with_sql=False)) == {"words", "tables", "estimatedRows"}
    assert explained.to_wire(with_sql=True)["parameters"]["scope"] == [1, 2]


def test_words_of_the_other_modes(engine: Engine, school: SnapshotRef) -> None:
    rows = {"version": 1, "entity": "students", "mode": "rows", "columns": ["name", "className"]}
    time = {
        "version": 1,
        "entity": "activity",
        "mode": "temporal",
        "measures": ["clicks"],
        "time": {"field": "occurredOn", "bucket": "week"},
        "dimensions": ["course.code"],
    }
    distinct = {"version": 1, "entity": "lessons", "mode": "categorical", "dimensions": ["kind"]}
    found = [
        engine.explain(ReportRequest(d, EVERYTHING, school)).words[0]
        for d in (rows, time, distinct)
    ]
    assert found == [
        "The name, class of each of the students.",
        "Clicks by week of occurred on, for each course code.",
        "The distinct kind of the lessons.",
    ]
