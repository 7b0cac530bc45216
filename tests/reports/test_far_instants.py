"""Dates and instants at the ends of all time, on every surface."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reports.api import FORMATS, Database, export
from reports.contracts import Limits
from reports.errors import ReportFailed

CATALOG = """version: 1
timezone: {zone}
weekStart: sunday
entities:
  events:
    table: events
    key: [id]
    time: seenAt
    fields:
      id: {{type: integer}}
      seenAt: {{type: timestamp}}
      day: {{type: date}}
    metrics:
      count: {{agg: count}}
"""
ENDS = (
    ("9999-12-31 23:59:59.999999", "9999-12-31"),
    ("9999-12-31 03:00:00", "9999-12-31"),
    ("0001-01-01 00:00:00", "0001-01-01"),
    ("0001-01-01 23:00:00", "0001-01-01"),
)
BUCKETS = (
    *("hour", "day", "week", "month", "quarter", "year", "academicYear"),
    *("hourOfDay", "dayOfWeek", "dayOfMonth", "monthOfYear"),
)
ZONES = ("Asia/Kolkata", "America/New_York", "Pacific/Auckland")


@contextmanager
def events(folder: Path, zone: str, rows: tuple[tuple[str, str | None], ...]) -> Iterator[Database]:
    with duckdb.connect(str(folder / "events.duckdb")) as made:
        made.execute("CREATE TABLE events (id BIGINT, seenAt TIMESTAMP, day DATE)")
        for number, (moment, day) in enumerate(rows):
            values = [number, moment, day]
            made.execute(
                "INSERT INTO events VALUES (?, CAST(? AS TIMESTAMP), CAST(? AS DATE))", values
            )
    (folder / "events.yaml").write_text(CATALOG.format(zone=zone), encoding="utf-8")
    now = datetime(2026, 3, 20, tzinfo=UTC)
    opened = Database(folder / "events.yaml", folder / "events.duckdb", now)
    try:
        yield opened
    finally:
        opened.close()


def asked(field: str, bucket: str, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"version": 1, "entity": "events", "mode": "temporal"}
    return made | {"time": {"field": field, "bucket": bucket}, "measures": ["count"]} | more


@pytest.mark.slow
@pytest.mark.parametrize("zone", ZONES)
def test_each_bucket_is_shown_and_its_rows_are_listed(tmp_path: Path, zone: str) -> None:
    with events(tmp_path, zone, ENDS) as database:
        for field, bucket in [("seenAt", b) for b in BUCKETS] + [("day", b) for b in BUCKETS[1:7]]:
            definition = asked(field, bucket)
            result = database.run(definition)
            kinds = {type(row[0]) for row in result.rows}
            assert kinds <= {date, datetime, int, str}
            assert result.columns[0].type == "text" or str not in kinds, "a date is no text"
            for form in FORMATS:
                assert export(result, form)
            for row in result.to_wire()["rows"]:
                cell = {"measure": "count", "row": row[:1]}
                assert len(database.drill(definition, cell).rows) == row[1], (field, bucket, row)


def test_what_has_no_local_time_counts_by_utc(tmp_path: Path) -> None:
    with events(tmp_path, "Asia/Kolkata", ENDS) as database:
        hours = [row[0] for row in database.run(asked("seenAt", "hour")).rows]
        assert hours[-2:] == [datetime(9999, 12, 31, 8), datetime(9999, 12, 31, 23)]
    with events(tmp_path / "..", "America/New_York", ENDS) as database:
        hours = [row[0] for row in database.run(asked("seenAt", "hour")).rows]
        assert hours[:2] == [datetime(1, 1, 1, 0), datetime(1, 1, 1, 18)]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("bucket", ["day", "month", "year"])
def test_nothing_is_moved_beyond_the_ends(tmp_path: Path, zone: str, bucket: str) -> None:
    offset = {"key": "before", "metric": "events.count", "offset": {"n": 1, "unit": bucket}}
    with events(tmp_path, zone, ENDS) as database:
        result = database.run(asked("seenAt", bucket, measures=[offset]))
        assert all(isinstance(row[0], date) for row in result.rows)
        compared = database.run(asked("seenAt", bucket, compare={"to": "previousYear"}))
    assert compared.compare is not None
    assert all(isinstance(row[0], date | None) for row in compared.compare.rows)


def looking(window: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": "seen", "metric": "events.count", **window}]


@pytest.mark.parametrize(
    ("window", "hours"),
    [
        ({"trailing": {"field": "seenAt", "n": 2, "unit": "hour"}}, (2, 2, 1)),
        ({"toDate": {"field": "seenAt", "unit": "day"}}, (19, 14, 1)),
        ({"toDate": {"field": "seenAt", "unit": "year"}}, (8_755, 8_030, 1)),
        ({"trailing": {"field": "seenAt", "n": 30, "unit": "day"}}, (720, 720, 1)),
    ],
)
def test_windows_by_hour_go_only_where_rows_are_seen(
    tmp_path: Path, window: dict[str, Any], hours: tuple[int, ...]
) -> None:
    """Of eighty million hours between the first row and the last a few thousand."""
    moments = (datetime(1, 1, 1, 5), datetime(2026, 1, 31, 10), datetime(9999, 12, 31, 23))
    rows = tuple((f"{moment.isoformat()}", f"{moment.date()}") for moment in moments)
    with events(tmp_path, "UTC", rows) as database:
        result = database.run(asked("seenAt", "hour", measures=looking(window)), Limits(rows=None))
    wanted = [
        (moment + timedelta(hours=n), 1)
        for moment, many in zip(moments, hours, strict=True)
        for n in range(many)
    ]
    assert list(result.rows) == wanted


def test_the_end_of_a_short_month_is_seen_for_four_days_more(tmp_path: Path) -> None:
    """28 February is a month before each of 28 to 31 March."""
    window = {"trailing": {"field": "day", "n": 1, "unit": "month"}}
    with events(tmp_path, "UTC", (("2026-02-28 12:00:00", "2026-02-28"),)) as database:
        span = {"field": "day", "op": "between", "value": ["2026-02-01", "2026-05-01"]}
        result = database.run(asked("day", "day", measures=looking(window), filters=[span]))
    assert result.rows == tuple((date(2026, 2, 28) + timedelta(days=n), 1) for n in range(31))


def test_the_last_week_ends_with_the_year_9999(tmp_path: Path) -> None:
    counted = ["count", *looking({"toDate": {"field": "day", "unit": "year"}})]
    with events(tmp_path, "UTC", ENDS[:2]) as database:
        for bucket in ("week", "month", "year"):
            definition = asked("day", bucket, measures=counted)
            (row,) = database.run(definition).rows
            assert row[1:] == (2, 2)
            cell = {"measure": "seen", "row": [str(row[0])]}
            assert len(database.drill(definition, cell).rows) == 2


def test_what_has_no_date_is_moved_to_no_week(tmp_path: Path) -> None:
    """It was in the first week of all time, where weeks begin on another day than Monday."""
    before = {"key": "before", "metric": "events.count", "offset": {"n": 1, "unit": "day"}}
    rows: tuple[tuple[str, str | None], ...] = (
        ("2026-03-01 10:00:00", None),
        ("2026-03-01 10:00:00", "2026-03-04"),
    )
    with events(tmp_path, "UTC", rows) as database:
        result = database.run(asked("day", "week", measures=["count", before]))
    assert result.rows == ((date(2026, 3, 1), 1, 1),)


@pytest.mark.parametrize(
    ("op", "value", "count"),
    [
        ("eq", "9999-12-31", 2),
        ("gt", "9999-12-30", 2),
        ("gt", "9999-12-31", 0),
        ("lt", "0001-01-01", 0),
        ("lte", "0001-01-01", 2),
        ("between", ["0001-01-01", "9999-12-31"], 2),
        ("olderThan", {"n": 10_000, "unit": "month"}, 2),
        ("inNext", {"n": 10_000, "unit": "month"}, 0),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
def test_conditions_at_the_ends(tmp_path: Path, zone: str, op: str, value: Any, count: int) -> None:
    """The same of days and of instants: also of those that have no local time."""
    rows = (
        *(ENDS[0], ENDS[2]),
        *(("9999-12-31 19:00:00", "9999-12-31"), ("0001-01-01 04:00:00", "0001-01-01")),
    )
    with events(tmp_path, zone, rows) as database:
        for field in ("seenAt", "day"):
            definition = {"version": 1, "entity": "events", "mode": "categorical"}
            definition |= {"measures": ["count"], "dimensions": []}
            condition = {"field": field, "op": op, "value": value}
            assert database.run(definition | {"filters": [condition]}).rows == ((count,),)


@pytest.mark.parametrize("moment", ["12000-01-01 10:00:00", "0044-03-15 (BC) 10:00:00"])
def test_what_lies_beyond_is_refused_in_words(tmp_path: Path, moment: str) -> None:
    day = moment.rpartition(" ")[0]
    listed = {"version": 1, "entity": "events", "mode": "rows"}
    questions: list[dict[str, Any]] = [listed | {"columns": [c]} for c in ("seenAt", "day")]
    questions += [asked(field, "day") for field in ("seenAt", "day")] + [asked("seenAt", "hour")]
    with events(tmp_path, "Asia/Kolkata", ((moment, day),)) as database:
        for question in questions:
            with pytest.raises(ReportFailed, match="before the year 1 or after"):
                database.run(question)
