"""Comparing with an earlier time: terms of unequal length, plans that lie ahead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reports.api import Database
from reports.contracts import Limits, Result

CATALOGUE = """version: 1
timezone: UTC
terms:
  - {code: autumn, startsOn: 2025-09-01, endsOn: 2025-12-19}
  - {code: spring, startsOn: 2026-01-12, endsOn: 2026-03-27}
entities:
  events:
    table: events
    key: [id]
    time: day
    fields:
      day: {type: date}
    metrics:
      count: {agg: count}
"""


def _made(folder: Path, days: list[date], now: datetime) -> Database:
    file = folder / "events.duckdb"
    with duckdb.connect(str(file)) as made:
        made.execute("CREATE TABLE events (id BIGINT, day DATE)")
        for number, day in enumerate(days):
            made.execute("INSERT INTO events VALUES (?, ?)", [number, day])
    catalogue = folder / "events.yaml"
    catalogue.write_text(CATALOGUE, encoding="utf-8")
    return Database(catalogue, file, now)


def _days(first: date, after: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((after - first).days)]


def _compared(database: Database, filters: list[Any], to: str, bucket: str = "") -> Result:
    definition: dict[str, Any] = {
        "version": 1,
        "entity": "events",
        "mode": "temporal" if bucket else "categorical",
        "measures": ["count"],
        "filters": filters,
        "compare": {"to": to},
    }
    definition |= {"time": {"field": "day", "bucket": bucket}} if bucket else {"dimensions": []}
    return database.run(definition, Limits(rows=None))


def _then(result: Result) -> list[Any]:
    assert result.compare is not None
    return [row[-1] for row in result.compare.rows]


class TestTermsOfUnequalLength:
    @pytest.fixture
    def terms(self, tmp_path: Path) -> Iterator[Database]:
        """One row on each day of both terms."""
        days = _days(date(2025, 9, 1), date(2025, 12, 20))
        days += _days(date(2026, 1, 12), date(2026, 3, 29))
        opened = _made(tmp_path, days, datetime(2026, 6, 1, tzinfo=UTC))
        yield opened
        opened.close()

    def test_the_last_week_is_compared_with_its_own_days(self, terms: Database) -> None:
        span = [{"field": "day", "op": "between", "value": ["2026-03-09", "2026-03-28"]}]
        assert _then(_compared(terms, span, "previousTerm", "week")) == [7, 7, 5]
        assert _then(_compared(terms, span, "previousTerm")) == [19]

    def test_a_range_of_one_day_is_one_day(self, terms: Database) -> None:
        span = [{"field": "day", "op": "between", "value": ["2026-03-27", "2026-03-28"]}]
        assert _then(_compared(terms, span, "previousTerm")) == [1]

    def test_a_day_of_no_term_has_nothing_to_be_compared_with(self, terms: Database) -> None:
        span = [{"field": "day", "op": "between", "value": ["2026-03-27", "2026-03-29"]}]
        result = _compared(terms, span, "previousTerm", "day")
        assert _then(result) == [1, None]
        assert [n.code for n in result.meta.warnings] == ["COMPARE_NO_COUNTERPART"]


def test_plans_ahead_leave_this_month_so_far_what_it_is(tmp_path: Path) -> None:
    days = [d for d in _days(date(2026, 2, 1), date(2026, 3, 16)) for _ in range(10)]
    opened = _made(tmp_path, [*days, date(2026, 12, 1)], datetime(2026, 3, 15, tzinfo=UTC))
    try:
        span = [{"field": "day", "op": "inCurrent", "value": {"unit": "month"}}]
        result = _compared(opened, span, "previousPeriod")
    finally:
        opened.close()
    assert [row[-1] for row in result.rows] == [150]
    assert _then(result) == [150]


@pytest.mark.parametrize("unit", ["month", "quarter", "year"])
def test_the_days_of_an_offset_add_up_to_its_total(tmp_path: Path, unit: str) -> None:
    days = _days(date(2024, 1, 1), date(2026, 3, 1))
    opened = _made(tmp_path, days, datetime(2026, 6, 1, tzinfo=UTC))
    definition = {
        "version": 1,
        "entity": "events",
        "mode": "temporal",
        "time": {"field": "day", "bucket": "day"},
        "measures": [{"key": "before", "metric": "events.count", "offset": {"n": 1, "unit": unit}}],
        "filters": [{"field": "day", "op": "between", "value": ["2025-02-01", "2026-03-01"]}],
        "totals": "grand",
    }
    try:
        result = opened.run(definition, Limits(rows=None))
    finally:
        opened.close()
    assert {row[1] for row in result.rows} <= {0, 1}, "no day stands for two"
    assert [t.row[1] for t in result.totals or ()] == [sum(row[1] for row in result.rows)]
