"""Empty and reversed ranges are answered, with a word about them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reports.contracts import Result
from tests.reports.oracle.desk import Desk, courses, events, people


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    rows = events(("2014-01-05", 10), ("2014-02-05", 5))
    made.snapshot(students=people(1), courses=courses("A"), activity=rows)
    yield made
    made.engine.close()


def said(result: Result) -> list[tuple[str, str]]:
    return [(n.code, n.path) for n in result.meta.warnings if "RANGE" in n.code]


@pytest.mark.parametrize(
    ("field", "op", "value", "code"),
    [
        ("occurredOn", "between", ["2014-02-01", "2014-01-01"], "REVERSED_RANGE"),
        ("occurredOn", "between", ["2014-02-05", "2014-02-05"], "EMPTY_RANGE"),
        ("occurredAt", "between", ["2014-02-05", "2014-02-04T23:59:59Z"], "REVERSED_RANGE"),
        ("occurredAt", "between", ["2014-02-05", "2014-02-05T00:00:00Z"], "EMPTY_RANGE"),
        ("occurredAt", "between", ["2014-02-05T12:00:00+05:30", "2014-02-05T06:30:00Z"],
         "EMPTY_RANGE"),
        ("clicks", "between", [10, 5], "REVERSED_RANGE"),
        ("occurredOn", "inCurrent", {"unit": "term"}, "EMPTY_RANGE"),
        ("occurredOn", "inPrevious", {"unit": "term"}, "EMPTY_RANGE"),
        ("occurredOn", "inLast", {"n": 2, "unit": "term"}, "EMPTY_RANGE"),
        ("occurredOn", "inNext", {"n": 1, "unit": "term"}, "EMPTY_RANGE"),
        ("occurredOn", "olderThan", {"n": 1, "unit": "term"}, "EMPTY_RANGE"),
    ],
)  # fmt: skip
def test_nothing_lies_in_it(desk: Desk, field: str, op: str, value: Any, code: str) -> None:
    empty = {"field": field, "op": op, "value": value}
    whole = {"field": "clicks", "op": "gt", "value": 0}
    result = desk.ask("activity", "events", filters=[whole, empty])
    assert result.rows == ((0,),)
    assert said(result) == [(code, "/filters/1/value")]
    notice = result.meta.warnings[0]
    assert notice.hint
    assert notice.to_wire() == {
        "code": code, "path": "/filters/1/value", "message": notice.message, "hint": notice.hint,
    }  # fmt: skip
    listed = desk.ask("activity", mode="rows", columns=["clicks"], filters=[whole, empty])
    assert (listed.rows, said(listed)) == ((), said(result))


def test_every_place_of_a_range_is_named(desk: Desk) -> None:
    reversed_ = {"field": "clicks", "op": "between", "value": [2, 1]}
    measure = {"key": "none", "metric": "activity.events", "filters": [reversed_]}
    having = [{"measure": "none", "op": "between", "value": [3, 2]}]
    result = desk.ask("activity", "events", measure, having=having)
    assert said(result) == [
        ("REVERSED_RANGE", "/measures/1/filters"),
        ("REVERSED_RANGE", "/having/0/value"),
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [("occurredOn", ["2014-02-05", "2014-02-06"]), ("clicks", [5, 5]), ("clicks", [5, 6])],
)
def test_a_range_that_can_hold_something_is_not_spoken_of(
    desk: Desk, field: str, value: list[Any]
) -> None:
    result = desk.ask(
        "activity", "events", filters=[{"field": field, "op": "between", "value": value}]
    )
    assert (result.rows, said(result)) == (((1,),), [])
