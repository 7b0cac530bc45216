"""Random rows of attendance, of what students earned and people owe, for the worlds of reports."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.reports.snapshot_files import attendance_rows, compliance_rows

Who = Callable[[], tuple[int, int, int]]
"""Draws a student, a course and an enrollment."""
Moment = Callable[..., tuple[Any, Any]]
"""Draws an instant with its day, or none for a ``share`` of the rows."""


def earned(
    rng: Random, who: Who, moment: Moment, people: list[int]
) -> dict[str, list[tuple[Any, ...]]]:
    """Attendance, certificates in every state, the ledger of points, obligations, by table."""
    certificates: list[tuple[Any, ...]] = []
    for i in range(1, rng.randint(1, 25)):
        student, course, enrollment = who()
        of: tuple[int | None, ...] = (enrollment, course) if i % 4 else (None, None)  # of a path
        status = rng.choice(["VALID", "VALID", "EXPIRED", "REVOKED"])
        row = (i, student, *of, f"SPR-2026-{i % 4}", status)
        moments = (part for share in (0, 0.5, 0.8) for part in moment(share=share))
        certificates.append((*row, *moments))
    points: list[tuple[Any, ...]] = []
    for i in range(1, rng.randint(1, 25)):
        student, course, _ = who()
        kind = rng.choice(["LESSON_COMPLETED", "LESSON_COMPLETED", "QUIZ_PASSED"])
        row = (i, student, course, kind, rng.choice([0, 10, 10, 20, 100]))
        points.append((*row, *moment(share=0)))
    attendance = attendance_rows(rng, who, lambda: moment(share=0))
    owed = compliance_rows(rng, people, lambda share: moment(share=share))
    return {
        "attendance": attendance,
        "certificates": certificates,
        "points": points,
        "compliance": owed,
    }
