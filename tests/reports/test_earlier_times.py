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

pytestmark = pytest.mark.slow

CATALOG = """version: 1
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


def _made(folder: Path, days: list[date], now: datetime, terms: str = CATALOG) -> Database:
    file = folder / "events.duckdb"
    with duckdb.connect(str(file)) as made:
        made.execute("CREATE TABLE events (id BIGINT, day DATE)")
        for number, day in enumerate(days):
            made.execute("INSERT INTO events VALUES (?, ?)", [number, day])
    catalog = folder / "events.yaml"
    catalog.write_text(terms, encoding="utf-8")
    return Database(catalog, file, now)


def _days(first: date, after: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((after - first).days)]


def _compared(
    database: Database, filters: list[Any], to: str, bucket: str = "", **axis: Any
) -> Result:
    definition: dict[str, Any] = {
        "version": 1,
        "entity": "events",
        "mode": "temporal" if bucket else "categorical",
        "measures": ["count"],
        "filters": filters,
        "compare": {"to": to},
    }
    definition |= (
        {"time": {"field": "day", "bucket": bucket} | axis} if bucket else {"dimensions": []}
    )
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

    @pytest.mark.parametrize(
        ("bucket", "span", "wanted"),
        [
            ("", ["2026-03-28", "2026-04-04"], [None]),
            ("week", ["2026-03-23", "2026-04-06"], [5, None]),
            ("week", ["2026-03-28", "2026-03-29"], [None]),
            ("month", ["2026-03-28", "2026-03-29"], [None]),
            ("dayOfWeek", ["2026-03-28", "2026-03-29"], [None]),
            ("", ["2025-09-01", "2025-12-20"], [None]),
            ("month", ["2025-11-01", "2026-02-01"], [None, None, 20]),
            ("term", ["2025-09-01", "2026-03-28"], [None, 75]),
            ("weekOfTerm", ["2025-11-24", "2026-01-26"], [7, 7, None, None, None, None]),
        ],
    )
    def test_nothing_of_it_before_is_empty_and_said(
        self, terms: Database, bucket: str, span: list[str], wanted: list[int | None]
    ) -> None:
        days = [{"field": "day", "op": "between", "value": span}]
        fill = {"fill": True} if bucket == "week" else {}
        result = _compared(terms, days, "previousTerm", bucket, **fill)
        assert _then(result) == wanted
        texts = [n.message for n in result.meta.warnings if n.code == "COMPARE_NO_COUNTERPART"]
        count = wanted.count(None)
        rows = "1 row has" if count == 1 else f"{count} rows have"
        assert [text.startswith(rows) for text in texts] == [True]

    def test_an_offset_is_empty_too_in_formulas_and_totals(self, terms: Database) -> None:
        before = {"key": "before", "metric": "events.count"} | {"offset": {"n": 1, "unit": "term"}}
        result = terms.run(
            {
                "version": 1,
                "entity": "events",
                "mode": "temporal",
                "time": {"field": "day", "bucket": "week"},
                "measures": ["count", before, {"key": "more", "formula": "count - before"}],
                "filters": [
                    {"field": "day", "op": "between", "value": ["2025-12-15", "2026-01-19"]}
                ],
                "totals": "grand",
            }
        )
        assert [row[1:] for row in result.rows] == [(5, None, None), (7, 7, 0)]
        assert [t.row[1:] for t in result.totals or ()] == [(12, 7, 5)]
        said = [n for n in result.meta.warnings if n.code == "OFFSET_NO_COUNTERPART"]
        assert [n.message.partition(":")[0] for n in said] == [
            "Before is empty in 1 row",
            "More is empty in 1 row",
        ]


@pytest.mark.parametrize("bucket", ["", "day", "week", "month", "dayOfMonth"])
def test_the_29th_of_february_was_not_there_a_year_before(tmp_path: Path, bucket: str) -> None:
    opened = _made(
        tmp_path, _days(date(2023, 2, 1), date(2024, 3, 10)), datetime(2024, 6, 1, tzinfo=UTC)
    )
    span = [{"field": "day", "op": "eq", "value": "2024-02-29"}]
    wider = [{"field": "day", "op": "between", "value": ["2024-02-29", "2024-03-02"]}]
    try:
        result = _compared(opened, span, "previousYear", bucket)
        more = _compared(opened, wider, "previousYear", bucket)
    finally:
        opened.close()
    assert _then(result) == [None]
    assert [n.code for n in result.meta.warnings] == ["COMPARE_NO_COUNTERPART"]
    assert [value for value in _then(more) if value is not None] == [1]


OVERLAPPING = """version: 1
timezone: UTC
terms:
  - {code: a, startsOn: 2024-01-01, endsOn: 2024-03-30}
  - {code: b, startsOn: 2024-02-20, endsOn: 2024-05-30}
  - {code: c, startsOn: 2024-05-10, endsOn: 2024-08-10}
""" + CATALOG[CATALOG.index("entities"):]  # fmt: skip


@pytest.mark.parametrize("bucket", ["", "day", "week"])
def test_a_day_of_overlapping_terms_has_one_counterpart_at_most(
    tmp_path: Path, bucket: str
) -> None:
    """A day belongs to the term that began last: 20 May is the 11th day of c, 1 March of b."""
    days = _days(date(2024, 1, 1), date(2024, 8, 11))
    opened = _made(tmp_path, days, datetime(2025, 6, 1, tzinfo=UTC), OVERLAPPING)
    asked = [
        (["2024-05-20", "2024-05-21"], 1),
        (["2024-05-10", "2024-07-29"], 80),  # all the days that belong to b
        (["2024-02-20", "2024-04-10"], 50),  # and to a
        (["2024-07-29", "2024-08-11"], None),  # b's days that belong to c
    ]
    try:
        for span, wanted in asked:
            between = [{"field": "day", "op": "between", "value": span}]
            then = _then(_compared(opened, between, "previousTerm", bucket))
            found = [value for value in then if value is not None]
            assert (sum(found) if found else None) == wanted
            assert bucket != "day" or set(then) <= {1, None}
    finally:
        opened.close()


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
    assert {row[1] for row in result.rows} <= {None, 0, 1}, "no day stands for two"
    assert [t.row[1] for t in result.totals or ()] == [sum(row[1] or 0 for row in result.rows)]
