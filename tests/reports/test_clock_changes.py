"""Hours and days of instants where the clocks change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from reports.api import Database
from reports.contracts import Result

CATALOGUE = """version: 1
timezone: {zone}
entities:
  events:
    table: events
    key: [id]
    time: seenAt
    fields:
      seenAt: {{type: timestamp}}
    metrics:
      count: {{agg: count}}
"""
HALF = timedelta(minutes=30)


def asked(folder: Path, zone: str, moments: Sequence[datetime], **more: Any) -> Result:
    """Events at UTC moments, by local hour."""
    file = folder / "events.duckdb"
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as made:
        made.execute("CREATE TABLE events (id BIGINT, seenAt TIMESTAMP)")
        for number, moment in enumerate(moments):
            made.execute("INSERT INTO events VALUES (?, ?)", [number, moment])
    catalogue = folder / "events.yaml"
    catalogue.write_text(CATALOGUE.format(zone=zone), encoding="utf-8")
    database = Database(catalogue, file, datetime(2026, 11, 20, tzinfo=UTC))
    definition: dict[str, Any] = {
        "version": 1,
        "entity": "events",
        "mode": "temporal",
        "time": {"field": "seenAt", "bucket": "hour", "fill": True},
        "measures": ["count"],
    }
    try:
        return database.run(definition | more)
    finally:
        database.close()


def clock(zone: str, first: datetime, after: datetime) -> dict[datetime, int]:
    """How many half hours of a span of UTC the clock shows in each of its hours."""
    found: dict[datetime, int] = {}
    while first < after:
        local = first.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        hour = local.replace(minute=0)
        found[hour] = found.get(hour, 0) + 1
        first += HALF
    return found


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/London", date(2026, 3, 29), 23),
        ("Europe/London", date(2026, 10, 25), 24),
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 24),
        ("Australia/Lord_Howe", date(2026, 10, 4), 24),  # half of an hour is skipped
        ("Australia/Lord_Howe", date(2026, 4, 5), 24),
        ("Asia/Kolkata", date(2026, 3, 29), 24),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),  # the day begins at one
    ],
)
def test_the_hours_of_a_day_are_those_of_its_clock(
    tmp_path: Path, zone: str, day: date, hours: int
) -> None:
    start = datetime.combine(day, datetime.min.time(), ZoneInfo(zone))
    first = start.astimezone(UTC).replace(tzinfo=None)
    later = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(zone))
    after = later.astimezone(UTC).replace(tzinfo=None)
    wanted = clock(zone, first, after)
    assert len(wanted) == hours
    span = [{"field": "seenAt", "op": "between", "value": [str(day), str(day + timedelta(days=1))]}]
    none = asked(tmp_path, zone, [], filters=span)
    assert none.rows == tuple((hour, 0) for hour in wanted)
    moments = [first + n * HALF for n in range((after - first) // HALF)]
    some = asked(tmp_path, zone, moments, filters=span, totals="grand")
    assert some.rows == tuple(wanted.items())
    assert [t.row[1] for t in some.totals or ()] == [len(moments)]
    open_ended = asked(tmp_path, zone, [moments[0], moments[-1]])
    assert [row[0] for row in open_ended.rows] == list(wanted)


def test_a_day_that_was_skipped_is_no_bucket(tmp_path: Path) -> None:
    """Samoa had no 30 December 2011."""
    moments = [datetime(2011, 12, 29, 20), datetime(2012, 1, 1, 2)]
    time = {"field": "seenAt", "bucket": "day", "fill": True}
    result = asked(tmp_path, "Pacific/Apia", moments, time=time)
    assert [row[0] for row in result.rows] == [
        date(2011, 12, 29),
        date(2011, 12, 31),
        date(2012, 1, 1),
    ]
