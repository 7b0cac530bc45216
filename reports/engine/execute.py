"""Running a statement under a time limit, and telling errors by their cause."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import duckdb

from reports.cancellation import Cancellation
from reports.engine.watchdog import Watchdog
from reports.errors import (
    InternalReportError,
    ReportFailed,
    ReportTimeout,
    ReportTooLarge,
    SnapshotDamaged,
)

_watchdog = Watchdog()
_DAMAGE = (duckdb.IOException, duckdb.FatalException, duckdb.SerializationException)
_VALUES = (duckdb.DataError, duckdb.ConversionException, duckdb.OutOfRangeException)


def fetch(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    values: Mapping[str, Any],
    seconds: float,
    cancellation: Cancellation | None = None,
) -> list[tuple[Any, ...]]:
    """All rows of ``sql``, on a cursor of its own.

    Raises ReportTimeout after ``seconds``, ReportCancelled, ReportTooLarge, ReportFailed or
    SnapshotDamaged.
    """
    with translated(seconds, cancellation):
        cursor = connection.cursor()
    cancelling = cancellation.guarding(cursor.interrupt) if cancellation else nullcontext()
    try:
        with translated(seconds, cancellation), cancelling, watched(seconds, cursor.interrupt):
            return cursor.execute(sql, dict(values)).fetchall()
    finally:
        cursor.close()


def watched(seconds: float, stop: Callable[[], None]) -> AbstractContextManager[None]:
    """Call ``stop`` if the block takes longer than ``seconds``."""
    return _watchdog.limit(seconds, stop)


@contextmanager
def translated(seconds: float, cancellation: Cancellation | None) -> Iterator[None]:
    """Translate what DuckDB raises in the block to what went wrong with the report."""
    try:
        yield
    except duckdb.InterruptException as error:
        if cancellation is not None:
            cancellation.check()
        raise ReportTimeout(seconds) from error
    except duckdb.OutOfMemoryException as error:
        raise ReportTooLarge from error
    except _DAMAGE as error:
        raise SnapshotDamaged("a part of the file is unreadable") from error
    except _VALUES as error:
        raise ReportFailed from error
    except duckdb.Error as error:
        raise InternalReportError("a statement could not be run") from error
