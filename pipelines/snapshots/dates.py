"""Local dates outside the usual years, and instants that no calendar holds."""

# ruff: noqa: S608  (SQL over this package's own names; values are checked numbers or quoted)

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from pipelines.snapshots.errors import ChecksFailedError
from pipelines.snapshots.source import moments
from pipelines.snapshots.workspace import SnapshotFile
from pipelines.snapshots.zones import USUAL_YEARS, local_day_sql, microseconds, offsets
from reports.snapshot.schema import Table


def correct_unusual_dates(file: SnapshotFile, tables: Iterable[Table], zone: str) -> None:
    """Set the local dates of instants outside the usual years.

    Whether there are any costs next to nothing: DuckDB knows each block's least and
    greatest value. Raises ``ChecksFailedError`` for years before 2 or after 9998.
    """
    for table in tables:
        for instant, day in moments(table):
            _correct(file, table.name, (instant, day), zone)


def _correct(file: SnapshotFile, table: str, columns: tuple[str, str], zone: str) -> None:
    instant, day = columns
    outside = _outside(instant)
    first, last = file.execute(
        f"SELECT year(min({instant})), year(max({instant})) FROM snapshot.{table} WHERE {outside}"
    )[0]
    if first is None or last is None:
        return
    first_year, last_year = int(str(first)), int(str(last))
    if first_year < 2 or last_year > 9998:
        raise ChecksFailedError((f"{table}.{instant} holds an instant of no calendar year.",))
    table_of_offsets = offsets(zone, first_year - 1, last_year + 2)
    value = local_day_sql(f"epoch_us({instant})", table_of_offsets)
    file.execute(f"UPDATE snapshot.{table} SET {day} = {value} WHERE {outside}")


def _outside(instant: str) -> str:
    """A little more than what the usual offsets don't cover."""
    first = microseconds(datetime(USUAL_YEARS[0], 1, 3, tzinfo=UTC))
    last = microseconds(datetime(USUAL_YEARS[1], 1, 1, tzinfo=UTC))
    return f"({instant} < make_timestamp({first}) OR {instant} >= make_timestamp({last}))"
