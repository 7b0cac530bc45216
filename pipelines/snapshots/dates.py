"""Instants that no calendar holds, and local dates outside the usual years."""
# ruff: noqa: S608  (SQL over this package's own names; values are checked numbers or quoted)

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from pipelines.snapshots.errors import ChecksFailedError
from pipelines.snapshots.source import moments
from pipelines.snapshots.workspace import SnapshotFile
from pipelines.snapshots.zones import (
    CALENDAR_US,
    USUAL_YEARS,
    local_day_sql,
    microseconds,
    offsets_between,
)
from reports.snapshot.schema import Table


def require_calendar(table: str, instant: str, span: tuple[int, int]) -> None:
    """Raise ``ChecksFailedError`` for infinity, and for implausible years."""
    if span[0] < CALENDAR_US[0] or span[1] > CALENDAR_US[1]:
        raise ChecksFailedError((f"{table}.{instant} holds an instant of no calendar year.",))


def correct_unusual_dates(file: SnapshotFile, tables: Iterable[Table], zone: str) -> None:
    """Set the local dates of instants outside the usual years.

    Whether there are any costs next to nothing: DuckDB knows each block's least and
    greatest value. Raises ``ChecksFailedError`` as ``require_calendar`` does.
    """
    for table in tables:
        for instant, day in moments(table):
            outside = _outside(instant)
            first, last = file.execute(
                f"SELECT epoch_us(min({instant})), epoch_us(max({instant})) "
                f"FROM snapshot.{table.name} WHERE {outside}"
            )[0]
            if first is not None and last is not None:
                span = int(str(first)), int(str(last))
                require_calendar(table.name, instant, span)
                value = local_day_sql(f"epoch_us({instant})", offsets_between(zone, *span))
                file.execute(f"UPDATE snapshot.{table.name} SET {day} = {value} WHERE {outside}")


def _outside(instant: str) -> str:
    """Return a little more than what the usual offsets don't cover."""
    first = microseconds(datetime(USUAL_YEARS[0], 1, 3, tzinfo=UTC))
    last = microseconds(datetime(USUAL_YEARS[1], 1, 1, tzinfo=UTC))
    return f"({instant} < make_timestamp({first}) OR {instant} >= make_timestamp({last}))"
