"""Totals of compared columns: computed over the compared time, on every surface, never a hole."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from reports.api import export
from reports.contracts import Result
from tests.reports.oracle.desk import Desk, compared, courses, enrollments, events, people

BY_MONTH = {"time": {"field": "occurredOn", "bucket": "month"}, "totals": "subtotals"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    made.snapshot(
        students=people(3),
        courses=courses("A", "B"),
        activity=[
            *events(("2014-01-05", 10), ("2014-01-06", 2), ("2014-02-05", 5)),
            *[e | {"id": e["id"] + 10} for e in events(("2014-02-07", 7), student=2)],
            *[e | {"id": e["id"] + 20} for e in events(("2013-12-24", 99), course=2)],
        ],
    )
    yield made
    made.engine.close()


def then(result: Result) -> list[tuple[int, tuple[Any, ...]]]:
    assert result.compare is not None
    return [(t.level, t.row) for t in result.compare.totals or ()]


FEBRUARY = [{"field": "occurredOn", "op": "between", "value": ["2014-02-01", "2014-03-01"]}]


def test_a_total_is_the_question_without_groups(desk: Desk) -> None:
    asked: dict[str, Any] = {"filters": FEBRUARY, "compare": {"to": "previousPeriod"}}
    measures = ("clicks", "activeLearners", {"key": "mean", "field": "clicks", "agg": "avg"})
    result = desk.ask("activity", *measures, by=["course.code"], totals="grand", **asked)
    alone = desk.ask("activity", *measures, **asked)
    assert [t.row[1:] for t in result.totals or ()] == [(12, 2, 6.0)]
    assert then(result) == [(0, (None, 12, 1, 6.0))]
    assert compared(alone) == ((12, 1, 6.0),)


def test_subtotals_line_up_with_those_of_today(desk: Desk) -> None:
    made = {"by": ["course.code"], "compare": {"to": "previousPeriod"}}
    result = desk.ask("activity", "clicks", **made, **BY_MONTH)
    assert [(t.level, t.row) for t in result.totals or ()][1:] == [
        (1, (date(2013, 12, 1), None, 99)),
        (1, (date(2014, 1, 1), None, 12)),
        (1, (date(2014, 2, 1), None, 12)),
    ]
    assert then(result)[1:] == [
        (1, (date(2013, 11, 1), None, 0)),
        (1, (date(2013, 12, 1), None, 99)),
        (1, (date(2014, 1, 1), None, 12)),
    ]


def test_groups_that_having_chose_have_no_compared_totals(desk: Desk) -> None:
    having = [{"measure": "clicks", "op": "gt", "value": 50}]
    compare = {"to": "previousPeriod"}
    result = desk.ask("activity", "clicks", having=having, compare=compare, **BY_MONTH)
    assert result.compare is not None
    assert result.compare.totals is None
    assert "COMPARE_NO_TOTALS" in [n.code for n in result.meta.warnings]


def test_every_surface_shows_it(desk: Desk) -> None:
    made = {"filters": FEBRUARY, "compare": {"to": "previousPeriod"}, "totals": "grand"}
    result = desk.ask("activity", "clicks", "activeLearners", by=["course.code"], **made)
    wanted = ("Total", "12", "2", "12", "1")
    assert tuple(export(result, "table").decode().splitlines()[4].split()) == wanted
    page = openpyxl.load_workbook(io.BytesIO(export(result, "xlsx")))["Report"]
    assert tuple(str(c.value) for c in page[3]) == wanted
    text = PdfReader(io.BytesIO(export(result, "pdf"))).pages[0].extract_text()
    assert " ".join(wanted) in " ".join(text.split())
    wire = json.loads(export(result, "json"))
    assert wire["compare"]["totals"] == [{"level": 0, "row": [None, 12, 1]}]
    assert len(export(result, "csv").decode().splitlines()) == 2, "CSV holds rows alone"


def test_the_total_of_another_snapshot_is_no_hole(tmp_path: Path) -> None:
    """One came to A since: her course then is hidden, and could be had from the total then."""
    desk = Desk(tmp_path)
    rows = [(n, 1 + (n > 10), "ACTIVE", "2014-01-01") for n in range(1, 31)]
    for name, more in (("then", []), ("now", [(31, 1, "ACTIVE", "2014-01-02")])):
        desk.snapshot(
            name,
            least=5,
            students=people(31),
            courses=courses("A", "B"),
            enrollments=enrollments(*rows, *more),
        )
    try:
        made = {"compare": {"to": "snapshot", "snapshot": "then"}, "totals": "grand"}
        result = desk.ask("enrollments", "count", by=["course.code"], **made)
    finally:
        desk.engine.close()
    assert [row[1] for row in compared(result)] == [None, 20]
    assert [t.row[1] for t in result.totals or ()] == [31]
    assert result.compare is not None
    assert [(t.row, t.suppressed) for t in result.compare.totals or ()] == [((None, None), (1,))]
    assert "•" in export(result, "table").decode().splitlines()[5]
