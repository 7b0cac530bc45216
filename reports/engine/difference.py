"""The changes between two snapshots: rows added, removed and changed, by their key."""

from __future__ import annotations

from typing import Any

from reports.contracts import Cell, Changed, Column, Difference, SnapshotInfo
from reports.engine.decode import Answer
from reports.errors import Problem, ReportInvalid
from reports.language.report import Report

MAX_ROWS = 500_000
"""Rows of each snapshot that are compared at most."""

Keyed = dict[tuple[Any, ...], tuple[Cell, ...]]


def check_size(answer: Answer, place: str) -> None:
    """Refuse to compare more rows than fit.

    Raises :class:`~reports.errors.ReportInvalid`.
    """
    if answer.total_row_count > len(answer.rows):
        message = f"More than {MAX_ROWS} rows would have to be compared."
        problem = Problem("TOO_MANY", place, message, "Filter to fewer rows.")
        raise ReportInvalid([problem])


def keyed(report: Report, answer: Answer) -> Keyed:
    """The rows by what they are: a record by its key, a group by its groups."""
    if report.mode == "rows":
        return dict(zip(answer.keys, answer.rows, strict=True))
    return {row[: report.group_count]: row for row in answer.rows}


def difference(
    columns: tuple[Column, ...],
    before: tuple[SnapshotInfo, Keyed],
    after: tuple[SnapshotInfo, Keyed],
) -> Difference:
    """The rows that only one has, and those that differ, each in the order of its snapshot."""
    old, new = before[1], after[1]
    changed = tuple(
        Changed(old[key], row) for key, row in new.items() if key in old and old[key] != row
    )
    return Difference(
        columns=columns,
        before=before[0],
        after=after[0],
        added=tuple(row for key, row in new.items() if key not in old),
        removed=tuple(row for key, row in old.items() if key not in new),
        changed=changed,
        same=sum(1 for key in new if key in old) - len(changed),
    )
