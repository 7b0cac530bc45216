"""Entries in the history of grades."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from optilearn.assessment.models import Grade, GradeChange
from optilearn.core import clock
from optilearn.core.access.principal import Principal

Cause = GradeChange.Cause


def state_of(grade: Grade) -> dict[str, Any]:
    """Return the values of a grade, as its history stores them."""
    return {
        "rawPoints": _text(grade.raw_points),
        "deducted": _text(grade.deducted) or "0.00",
        "points": _text(grade.points),
        "isExcused": grade.is_excused,
        "lateSeconds": grade.late_seconds,
        "isPosted": grade.posted_at is not None,
    }


def change(
    grade: Grade,
    before: dict[str, Any] | None,
    cause: GradeChange.Cause,
    author: Principal | None,
    reason: str = "",
) -> GradeChange:
    """Return the entry of a change, not saved; ``before`` is None for a new grade.

    Without an author, a rule of the product did it.
    """
    return GradeChange(
        grade=grade,
        student_id=grade.student_id,
        at=clock.now(),
        author_id=author.caller_id if author else None,
        cause=cause,
        before=before,
        after=state_of(grade),
        reason=reason,
    )


def _text(points: Decimal | None) -> str | None:
    return None if points is None else f"{Decimal(points):.2f}"
