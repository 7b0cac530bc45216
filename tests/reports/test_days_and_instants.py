"""A day against an instant is the whole local day, in every operator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reports.api import Database
from reports.contracts import Limits

DAY = "2026-09-01"
CATALOG = """version: 1
timezone: Asia/Kolkata
entities:
  events:
    table: events
    key: [id]
    time: at
    fields:
      id: {type: integer}
      at: {type: timestamp}
"""
EVENTS = {
    1: "2026-08-31 18:29:59.999999",  # the last moment of the day before
    2: "2026-08-31 18:30:00",
    3: "2026-09-01 18:29:59.999999",
    4: "2026-09-01 18:30:00",
}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    file = tmp_path / "events.duckdb"
    with duckdb.connect(str(file)) as made:
        made.execute('CREATE TABLE events (id BIGINT, "at" TIMESTAMP)')
        made.execute("INSERT INTO events VALUES (9, NULL)")
        for number, moment in EVENTS.items():
            made.execute("INSERT INTO events VALUES (?, ?)", [number, moment])
    catalog = tmp_path / "events.yaml"
    catalog.write_text(CATALOG, encoding="utf-8")
    opened = Database(catalog, file, datetime(2026, 9, 30, tzinfo=UTC))
    yield opened
    opened.close()


def _ids(database: Database, op: str, value: Any) -> list[Any]:
    definition = {
        "version": 1,
        "entity": "events",
        "mode": "rows",
        "columns": ["id"],
        "filters": [{"field": "at", "op": op, "value": value}],
    }
    return [row[0] for row in database.run(definition, Limits(rows=None)).rows]


@pytest.mark.parametrize(
    ("op", "value", "found"),
    [
        ("lt", DAY, [1]),
        ("lte", DAY, [1, 2, 3]),
        ("gt", DAY, [4]),
        ("gte", DAY, [2, 3, 4]),
        ("eq", DAY, [2, 3]),
        ("ne", DAY, [1, 4, 9]),
        ("in", [DAY, "2026-08-31T18:29:59.999999Z"], [1, 2, 3]),
        ("notIn", [DAY], [1, 4, 9]),
        ("between", [DAY, "2026-09-02"], [2, 3]),
        ("lte", "2026-09-01T00:00:00", [1, 2]),
        ("gt", "2026-09-01T00:00:00", [3, 4]),
    ],
)
def test_of_a_filter(database: Database, op: str, value: Any, found: list[int]) -> None:
    assert _ids(database, op, value) == found


@pytest.mark.parametrize(("op", "kept"), [("lte", [3]), ("gt", [4]), ("eq", [2, 3])])
def test_of_having(database: Database, op: str, kept: list[int]) -> None:
    definition = {
        "version": 1,
        "entity": "events",
        "mode": "categorical",
        "dimensions": ["id"],
        "measures": [{"key": "at", "field": "at", "agg": "max"}],
        "filters": [{"field": "id", "op": "in", "value": [*kept, 9]}],
        "having": [{"measure": "at", "op": op, "value": DAY}],
    }
    result = database.run(definition, Limits(rows=None))
    assert [row[0] for row in result.rows] == kept


def test_of_a_range_that_is_filled_and_looked_back_from(database: Database) -> None:
    definition = {
        "version": 1,
        "entity": "events",
        "mode": "temporal",
        "time": {"field": "at", "bucket": "day", "fill": True},
        "measures": [
            {"key": "n", "agg": "count"},
            {"key": "so far", "agg": "count", "toDate": {"field": "at", "unit": "all"}},
        ],
        "filters": [
            {"field": "at", "op": "gt", "value": "2026-08-30"},
            {"field": "at", "op": "lte", "value": "2026-09-03"},
        ],
    }
    rows = database.run(definition, Limits(rows=None)).rows
    assert [row[1:] for row in rows] == [(1, 1), (2, 3), (1, 4), (0, 4)]
