"""Snapshots of a few rows each, written by hand, and questions about them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from reports.contracts import Limits, Result, Scope, ScopeKind, SnapshotRef
from reports.engine.engine import Engine
from reports.engine.snapshots import EngineSettings
from reports.requests import ReportRequest
from tests.reports.snapshot_files import create_tables, insert, reference, write_manifest

EVERYTHING = Scope(1, ScopeKind.INSTITUTION)
Rows = list[dict[str, Any]]
WEDNESDAY = datetime(2014, 3, 12, 9, tzinfo=UTC)


class Desk:
    """Makes small snapshots and asks about them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = Engine(EngineSettings(threads=2))
        self.files: dict[str, SnapshotRef] = {}

    def snapshot(
        self, name: str = "now", taken_at: datetime = WEDNESDAY, least: int = 0, **tables: Rows
    ) -> SnapshotRef:
        """A snapshot that holds these rows; ``least`` people are shown at least."""
        path = self.folder / f"{name}.duckdb"
        with duckdb.connect(str(path)) as connection:
            create_tables(connection)
            for table, rows in tables.items():
                insert(connection, table, rows)
            write_manifest(connection, snapshot_id=name, taken_at=taken_at, min_group_size=least)
        self.files[name] = reference(path, snapshot_id=name)
        return self.files[name]

    def ask(
        self, entity: str, *measures: Any, by: Any = (), limits: Limits | None = None, **rest: Any
    ) -> Result:
        """The answer from the newest snapshot."""
        made = {"version": 1, "entity": entity, "mode": "temporal" if "time" in rest else ""}
        made["mode"] = rest.pop("mode", made["mode"] or "categorical")
        if made["mode"] != "rows":
            made |= {"dimensions": list(by), "measures": list(measures)}
        newest = list(self.files.values())[-1]
        return self.engine.run(
            ReportRequest(
                made | rest, EVERYTHING, newest, limits or Limits(), self.files.__getitem__
            )
        )

    def monthly(self, *measures: Any, **rest: Any) -> Result:
        """Activity by month."""
        return self.ask(
            "activity", *measures, time={"field": "occurredOn", "bucket": "month"}, **rest
        )


def courses(*codes: str, **more: Any) -> Rows:
    return [
        {"id": i, "code": code, "title": code, "status": "PUBLISHED"} | more
        for i, code in enumerate(codes, start=1)
    ]


def people(count: int) -> Rows:
    return [{"id": i, "name": f"Student {i}"} for i in range(1, count + 1)]


def enrollments(*rows: tuple[int, int, str, str | None]) -> Rows:
    """Student, course, status, day of enrollment."""
    return [
        {"id": i, "student_id": student, "course_id": course, "status": status}
        | {"enrolled_on": day, "enrolled_at": day}
        for i, (student, course, status, day) in enumerate(rows, start=1)
    ]


def events(*rows: tuple[str, int], student: int = 1, course: int = 1) -> Rows:
    """Day and clicks."""
    fixed = {"student_id": student, "course_id": course, "enrollment_id": 1, "kind": "VIEW"}
    return [
        fixed | {"id": i, "occurred_on": day, "occurred_at": day, "clicks": clicks}
        for i, (day, clicks) in enumerate(rows, start=1)
    ]


def submissions(*rows: tuple[int, int, float | None]) -> Rows:
    """Student, course, score."""
    moment = {"submitted_on": "2014-01-10", "submitted_at": "2014-01-10"}
    flags = {"is_late": False, "is_banked": False, "status": "GRADED", "assignment_id": 1}
    return [
        moment
        | flags
        | {"id": i, "student_id": s, "course_id": c, "enrollment_id": 1, "score": score}
        for i, (s, c, score) in enumerate(rows, start=1)
    ]


def totals(result: Result) -> list[tuple[int, tuple[Any, ...]]]:
    return [(t.level, t.row) for t in result.totals or ()]


def compared(result: Result) -> tuple[tuple[Any, ...], ...]:
    """The rows of the other time."""
    assert result.compare is not None
    return result.compare.rows
