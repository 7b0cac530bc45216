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

CATALOG = """version: 1
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
    catalog = folder / "events.yaml"
    catalog.write_text(CATALOG.format(zone=zone), encoding="utf-8")
    database = Database(catalog, file, datetime(2026, 11, 20, tzinfo=UTC))
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
    """Count the half hours of a span of UTC that the clock shows in each of its hours."""
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


LONDON = "Europe/London"
BEFORE = tuple(datetime(2026, 3, 28, hour, minute) for hour in (1, 22) for minute in (5, 30, 45))
"""The day before London's clocks skip one o'clock."""
ON_THE_DAY = [{"field": "seenAt", "op": "between", "value": ["2026-03-29", "2026-03-30"]}]


@pytest.mark.parametrize("fill", [False, True])
def test_an_hour_that_the_clocks_skip_holds_no_earlier_rows(tmp_path: Path, fill: bool) -> None:
    """One o'clock of the day before has no counterpart: its rows are in no cell and no total."""
    seen = {"field": "seenAt"}
    measures = [
        {"key": "before", "metric": "events.count", "offset": {"n": 1, "unit": "day"}},
        {"key": "back", "metric": "events.count", "trailing": seen | {"n": 3, "unit": "hour"}},
        {"key": "soFar", "metric": "events.count", "toDate": seen | {"unit": "all"}},
    ]
    more: dict[str, Any] = {"measures": measures, "filters": ON_THE_DAY, "totals": "grand"}
    time = {"field": "seenAt", "bucket": "hour", "fill": fill}
    result = asked(tmp_path, LONDON, BEFORE, time=time, **more)
    hours = [hour for hour in range(24) if hour != 1]
    wanted = [(3 if h == 22 else 0, 3 if h == 0 else 0, 6) for h in hours]
    wanted[0] = (0, 3, 6)
    assert [(row[0].hour, *row[1:]) for row in result.rows] == [  # type: ignore[union-attr]
        (hour, *values) for hour, values in zip(hours, wanted, strict=True)
    ]
    assert [t.row[1] for t in result.totals or ()] == [3]
    (warning,) = (w for w in result.meta.warnings if w.code == "MOVED_TO_NO_BUCKET")
    assert warning.message.startswith("3 rows of events ")
    by_day = asked(tmp_path, LONDON, BEFORE, time={"field": "seenAt", "bucket": "day"}, **more)
    assert [row[1] for row in by_day.rows] == [6]
    assert not any(w.code == "MOVED_TO_NO_BUCKET" for w in by_day.meta.warnings)


def test_the_rows_of_a_skipped_hour_are_compared_with_nothing(tmp_path: Path) -> None:
    compare = {"to": "previousPeriod"}
    more: dict[str, Any] = {"filters": ON_THE_DAY, "totals": "grand", "compare": compare}
    result = asked(tmp_path, LONDON, BEFORE, **more)
    assert result.compare is not None
    found = {row[0].hour: row[1] for row in result.compare.rows}  # type: ignore[union-attr]
    assert 1 not in found
    assert (found[2], found[22]) == (0, 3)
    assert [t.row[1] for t in result.compare.totals or ()] == [3]
    assert "MOVED_TO_NO_BUCKET" in {w.code for w in result.meta.warnings}


def test_a_skipped_day_holds_no_earlier_rows(tmp_path: Path) -> None:
    """Samoa had no 30 December 2011: what was on the 29th is on no day one day later."""
    before = {"key": "before", "metric": "events.count", "offset": {"n": 1, "unit": "day"}}
    time = {"field": "seenAt", "bucket": "day"}
    moments = [datetime(2011, 12, 29, 20), datetime(2012, 1, 1, 2)]
    result = asked(tmp_path, "Pacific/Apia", moments, time=time, measures=["count", before])
    assert [row[0] for row in result.rows] == [
        date(2011, 12, 29),
        date(2012, 1, 1),
        date(2012, 1, 2),
    ]
    assert "MOVED_TO_NO_BUCKET" in {w.code for w in result.meta.warnings}
