"""Measures that look back by hours of the institution's clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reports.api import Database
from reports.errors import ReportInvalid

CATALOG = """version: 1
timezone: America/New_York
entities:
  events:
    table: events
    key: [id]
    time: seenAt
    fields:
      id: {type: integer}
      seenAt: {type: timestamp}
      seenOn: {type: date}
    metrics:
      count: {agg: count}
"""
FIRST = datetime(2026, 3, 7, 5)
"""Midnight of the day before the clocks change in New York, in UTC."""


@pytest.fixture
def hourly(tmp_path: Path) -> Iterator[Database]:
    """One event at half past each real hour of three days; numbered from 0."""
    with duckdb.connect(str(tmp_path / "events.duckdb")) as made:
        made.execute("CREATE TABLE events (id BIGINT, seenAt TIMESTAMP, seenOn DATE)")
        for n in range(71):  # the second day has 23 hours
            moment = FIRST + timedelta(hours=n, minutes=30)
            made.execute("INSERT INTO events VALUES (?, ?, ?)", [n, moment, date(2026, 3, 7)])
    (tmp_path / "events.yaml").write_text(CATALOG, encoding="utf-8")
    now = datetime(2026, 3, 20, tzinfo=UTC)
    opened = Database(tmp_path / "events.yaml", tmp_path / "events.duckdb", now)
    yield opened
    opened.close()


def asked(window: dict[str, Any], bucket: str = "hour", **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"version": 1, "entity": "events", "mode": "temporal"}
    made["time"] = {"field": "seenAt", "bucket": bucket}
    made["measures"] = [{"key": "found", "metric": "events.count", **window}]
    return made | more


def back(n: int, unit: str) -> dict[str, Any]:
    return {"trailing": {"field": "seenAt", "n": n, "unit": unit}}


def since(unit: str) -> dict[str, Any]:
    return {"toDate": {"field": "seenAt", "unit": unit}}


def between(first: str, after: str) -> list[dict[str, Any]]:
    return [{"field": "seenAt", "op": "between", "value": [first, after]}]


@pytest.mark.parametrize(
    ("window", "wanted"),
    [
        (back(1, "hour"), [1, 1, 1, 1]),
        (back(3, "hour"), [3, 3, 2, 2]),  # hours of the clock, which skips two o'clock
        (back(2, "day"), [24 + n for n in (1, 2, 3, 4)]),
        (since("hour"), [1, 1, 1, 1]),
        (since("day"), [1, 2, 3, 4]),
        (since("month"), [25, 26, 27, 28]),
        (since("all"), [25, 26, 27, 28]),
    ],
)
def test_each_hour_looks_back(hourly: Database, window: dict[str, Any], wanted: list[int]) -> None:
    span = between("2026-03-08", "2026-03-08T05:00:00")
    result = hourly.run(asked(window, filters=span, totals="grand"))
    hours = [datetime(2026, 3, 8, n) for n in (0, 1, 3, 4)]
    assert result.rows == tuple(zip(hours, wanted, strict=True))
    assert [t.row[1] for t in result.totals or ()] == [wanted[-1]]


def test_an_hour_that_has_begun_is_whole(hourly: Database) -> None:
    """As a day is: a window ends where its bucket ends."""
    span = between("2026-03-07T10:15:00", "2026-03-07T12:15:00")
    result = hourly.run(asked(back(2, "hour"), filters=span))
    assert [(row[0].hour, row[1]) for row in result.rows] == [(10, 2), (11, 2), (12, 2)]  # type: ignore[union-attr]


def test_days_and_whole_ranges_look_back_by_hours_too(hourly: Database) -> None:
    span = between("2026-03-08", "2026-03-10")
    by_day = hourly.run(asked(back(30, "hour"), "day", filters=span))
    assert by_day.rows == ((date(2026, 3, 8), 29), (date(2026, 3, 9), 30))
    whole = asked(back(30, "hour"), filters=between("2026-03-07", "2026-03-08T12:00:00"))
    whole = {k: v for k, v in whole.items() if k != "time"} | {"mode": "categorical"}
    assert hourly.run(whole | {"dimensions": []}).rows == ((29,),)


def test_the_rows_of_an_hour_are_those_it_looks_back_on(hourly: Database) -> None:
    definition = asked(back(3, "hour"), filters=between("2026-03-08", "2026-03-09"))
    cell = {"measure": "found", "row": ["2026-03-08T04:00:00"]}
    assert [row[0] for row in hourly.drill(definition, cell).rows] == [26, 27]
    total = hourly.drill(definition, {"measure": "found", "row": []})
    assert [row[0] for row in total.rows] == [44, 45, 46]


def test_a_day_has_no_hours_to_look_back_on(hourly: Database) -> None:
    window = {"trailing": {"field": "seenOn", "n": 3, "unit": "hour"}}
    with pytest.raises(ReportInvalid) as refused:
        hourly.run(asked(window, "day") | {"time": {"field": "seenOn", "bucket": "day"}})
    problem = refused.value.problems[0]
    assert (problem.code, problem.path) == ("WRONG_UNIT", "/measures/0/trailing/unit")
