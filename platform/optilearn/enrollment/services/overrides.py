"""Another opening or closing of a lesson, for one student or one section."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.core import audit
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.tenancy.context import require_institution_id
from optilearn.crm.selectors import unknown_sections
from optilearn.enrollment import policies
from optilearn.enrollment.sql import change, row, woven


@dataclass(frozen=True)
class Whose:
    """Whom an override is for: exactly one of the two is set."""

    student_id: int | None = None
    section_id: str = ""


@transaction.atomic
def put_override(
    *,
    principal: Principal,
    lesson_id: int,
    whose: Whose,
    unlock_at: datetime | None,
    closes_at: datetime | None,
    reason: str = "",
) -> None:
    """Set the override of that student or section; an earlier one is replaced.

    What is None stays as the section or the lesson has it. Raises ``AppError`` FORBIDDEN,
    NOT_FOUND, VALIDATION_ERROR for nobody, both, nothing to move, or a close before the opening.
    """
    lesson, _found = policies.managed_lesson(principal, lesson_id)
    _check(whose, unlock_at, closes_at)
    target = (
        "(institution_id, lesson_id, student_id) WHERE student_id IS NOT NULL"
        if whose.student_id is not None
        else "(institution_id, lesson_id, section_id) WHERE student_id IS NULL"
    )
    statement = woven(
        "INSERT INTO courses_lessonoverride (institution_id, lesson_id, course_id, student_id,"
        "  section_id, unlock_at, closes_at, reason) VALUES (%(institution)s, %(lesson)s,"
        "  %(course)s, %(student)s, %(section)s, %(unlock)s, %(close)s, %(reason)s)"
        " ON CONFLICT <target> DO UPDATE SET unlock_at = EXCLUDED.unlock_at,"
        "  closes_at = EXCLUDED.closes_at, reason = EXCLUDED.reason",
        target=target,
    )
    change(
        statement,
        {
            "institution": require_institution_id(),
            "lesson": lesson_id,
            "course": lesson.course_id,
            "student": whose.student_id,
            "section": whose.section_id,
            "unlock": unlock_at,
            "close": closes_at,
            "reason": reason,
        },
    )
    details = {"student": whose.student_id, "section": whose.section_id}
    audit.record(
        action="override.put", actor=principal, target=f"lesson:{lesson_id}", details=details
    )


@transaction.atomic
def remove_override(*, principal: Principal, lesson_id: int, whose: Whose) -> None:
    """Back to the lesson's own times. Raises ``AppError`` FORBIDDEN, NOT_FOUND."""
    policies.managed_lesson(principal, lesson_id)
    _check_whose(whose)
    gone = change(
        "DELETE FROM courses_lessonoverride WHERE lesson_id = %(lesson)s AND"
        " CASE WHEN %(student)s::bigint IS NULL"
        "      THEN student_id IS NULL AND section_id = %(section)s"
        "      ELSE student_id = %(student)s::bigint END",
        {"lesson": lesson_id, "student": whose.student_id, "section": whose.section_id},
    )
    if not gone:
        raise not_found()
    details: dict[str, Any] = {"student": whose.student_id, "section": whose.section_id}
    audit.record(
        action="override.remove", actor=principal, target=f"lesson:{lesson_id}", details=details
    )


def _check(whose: Whose, unlock_at: datetime | None, closes_at: datetime | None) -> None:
    _check_whose(whose)
    if unlock_at is None and closes_at is None:
        raise _invalid(_("Say when it opens, when it closes, or both."))
    if unlock_at is not None and closes_at is not None and closes_at <= unlock_at:
        raise _invalid(_("It has to close after it opens."))
    if whose.section_id and unknown_sections([whose.section_id]):
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("There is no such section."),
            [{"path": "/sectionId", "code": "unknown", "values": [whose.section_id]}],
        )
    if whose.student_id is not None:
        student = row(
            "SELECT 1 AS found FROM people_person WHERE id = %s AND kind = 'STUDENT'",
            [whose.student_id],
        )
        if student is None:
            raise _invalid(_("There is no such student."))


def _check_whose(whose: Whose) -> None:
    if (whose.student_id is None) == (not whose.section_id):
        raise _invalid(_("Name a student or a section, one of the two."))


def _invalid(message: str) -> AppError:
    return AppError(ErrorCode.VALIDATION_ERROR, message)
