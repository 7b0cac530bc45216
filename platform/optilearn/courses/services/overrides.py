"""Writes of a lesson's overrides; who may do so, the app of enrollments decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from optilearn.core.access.policies import not_found
from optilearn.courses.models import LessonOverride


@dataclass(frozen=True)
class OverrideFor:
    """The student or the section that an override is for: exactly one of the two is set."""

    student_id: int | None = None
    section_id: str = ""


@dataclass(frozen=True)
class OverrideTimes:
    """The times that an override moves; ``None`` leaves the section's or the lesson's own."""

    unlock_at: datetime | None
    closes_at: datetime | None
    reason: str = ""


def write_override(
    *, course_id: int, lesson_id: int, target: OverrideFor, times: OverrideTimes
) -> None:
    """Set the override of that student or section; an earlier one is replaced."""
    LessonOverride.objects.update_or_create(
        lesson_id=lesson_id,
        student_id=target.student_id,
        section_id=target.section_id,
        defaults={
            "course_id": course_id,
            "unlock_at": times.unlock_at,
            "closes_at": times.closes_at,
            "reason": times.reason,
        },
    )


def delete_override(*, lesson_id: int, target: OverrideFor) -> None:
    """Delete the override of that student or section. Raises ``AppError`` NOT_FOUND."""
    found = LessonOverride.objects.filter(
        lesson_id=lesson_id, student_id=target.student_id, section_id=target.section_id
    )
    gone, _by_model = found.delete()
    if not gone:
        raise not_found()
