"""Entries in the history of grades."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from optilearn.assessment.events import GradesReleased
from optilearn.assessment.gradebook.services.scores import score_submissions
from optilearn.assessment.models import Grade, GradeChange
from optilearn.core import clock
from optilearn.core.access.principal import Principal
from optilearn.core.events import publish

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


def record(changes: Sequence[GradeChange]) -> None:
    """Save the entries of changes whose grades are saved, and write the scores they make.

    What students see anew is published as ``GradesReleased``.
    """
    if not changes:
        return
    GradeChange.objects.bulk_create(changes, batch_size=500)
    score_submissions([(one.grade.assignment_id, one.grade.enrollment_id) for one in changes])
    released = [one for one in changes if _is_released(one.before, one.after)]
    for by_peers in (False, True):
        keys = tuple(one.grade_id for one in released if _is_by_peers(one) is by_peers)
        if keys:
            publish(GradesReleased(keys, is_by_peers=by_peers))


def _is_released(before: dict[str, Any] | None, after: dict[str, Any] | None) -> bool:
    """Return True if a student sees points that they didn't see before."""
    if after is None or not after["isPosted"] or after["points"] is None:
        return False
    if before is None or not before["isPosted"]:
        return True
    return bool(before["points"] != after["points"])


def _is_by_peers(one: GradeChange) -> bool:
    """Return True of a grade that peers' reviews make for the first time, not of a later change."""
    is_first = one.before is None or not one.before["isPosted"]
    return one.cause == Cause.PEERS and is_first


def _text(points: Decimal | None) -> str | None:
    return None if points is None else f"{Decimal(points):.2f}"
