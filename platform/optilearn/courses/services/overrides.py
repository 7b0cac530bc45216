"""Writes of a lesson's overrides; who may do so, the app of enrollments decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from optilearn.core.access.policies import not_found
from optilearn.core.sql import change, compose
from optilearn.core.tenancy.context import require_institution_id
from optilearn.courses.models import LessonOverride

_WRITE: Final = """
    INSERT INTO courses_lessonoverride (institution_id, lesson_id, course_id, student_id,
           section_id, unlock_at, closes_at, reason)
    VALUES (%(institution)s, %(lesson)s, %(course)s, %(student)s, %(section)s, %(unlock)s,
           %(close)s, %(reason)s)
    ON CONFLICT <target> DO UPDATE
       SET unlock_at = EXCLUDED.unlock_at, closes_at = EXCLUDED.closes_at, reason = EXCLUDED.reason
"""
"""One statement, however many put it at once; the ORM knows no ``ON CONFLICT … WHERE``."""
_WRITE_FOR_STUDENT: Final = compose(
    _WRITE, target="(institution_id, lesson_id, student_id) WHERE student_id IS NOT NULL"
)
_WRITE_FOR_SECTION: Final = compose(
    _WRITE, target="(institution_id, lesson_id, section_id) WHERE student_id IS NULL"
)


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
    change(
        _WRITE_FOR_STUDENT if target.student_id is not None else _WRITE_FOR_SECTION,
        {
            "institution": require_institution_id(),
            "lesson": lesson_id,
            "course": course_id,
            "student": target.student_id,
            "section": target.section_id,
            "unlock": times.unlock_at,
            "close": times.closes_at,
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
