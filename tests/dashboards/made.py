"""Results made by hand: withheld cells, comparisons, totals, any number of rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from reports.contracts import (
    Cell,
    Column,
    Compared,
    ReportMeta,
    Result,
    Scope,
    ScopeKind,
    SnapshotInfo,
    Total,
)

TEXT = Column("course.code", "Course code", "text", None, "text")
OTHER = Column("outcome", "Outcome", "text", None, "text")
MONTH = Column("enrolledOn", "Month", "date", None, "date")
COUNT = Column("enrollments.count", "Enrollments", "integer", "enrollments", "number")
CLICKS = Column("activity.clicks", "Clicks", "integer", "clicks", "number")
RATE = Column("enrollments.completionRate", "Completion rate", "float", None, "percent")
SCORE = Column("submissions.avgScore", "Average score", "float", "points", "number")
DELTA = Column("delta", "Change", "integer", None, "number")


def made(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    *,
    groups: int = 1,
    bucket: str | None = None,
    total: Sequence[Cell] | None = None,
    suppressed: tuple[tuple[int, int], ...] = (),
    before: tuple[str, Sequence[Sequence[Cell]]] | None = None,
    rows_in_all: int | None = None,
    mode: str | None = None,
    chart: dict[str, Any] | None = None,
) -> Result:
    dimensions = columns[bool(bucket) : groups]
    definition: dict[str, Any] = {
        "mode": mode or ("temporal" if bucket else "categorical"),
        "entity": "enrollments",
        "dimensions": [{"field": c.key} for c in dimensions],
        "measures": [{"key": c.key, "metric": c.key} for c in columns[groups:]],
        "time": {"field": columns[0].key, "bucket": bucket} if bucket else None,
        "chart": chart,
        "compare": {"to": "previousYear"} if before else None,
    }
    count = len(rows) if rows_in_all is None else rows_in_all
    taken = SnapshotInfo("s1", datetime(2014, 3, 12, 6, tzinfo=UTC), 1, "Europe/London")
    scope = Scope(1, ScopeKind.INSTITUTION)
    return Result(
        columns=tuple(columns),
        rows=tuple(tuple(row) for row in rows),
        totals=None if total is None else (Total(0, tuple(total)),),
        meta=ReportMeta(len(rows), count, 1.0, count > len(rows), taken, scope, "d"),
        definition=definition,
        suppressed=suppressed,
        compare=Compared(before[0], tuple(tuple(r) for r in before[1])) if before else None,
    )
