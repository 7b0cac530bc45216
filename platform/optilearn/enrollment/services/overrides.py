"""Another opening or closing of a lesson, for one student or one section."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.core import audit
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.courses.services.overrides import (
    OverrideFor,
    OverrideTimes,
    delete_override,
    write_override,
)
from optilearn.crm.selectors import unknown_sections
from optilearn.enrollment import policies
from optilearn.people.selectors import is_student


@transaction.atomic
def put_override(
    *,
    principal: Principal,
    lesson_id: int,
    target: OverrideFor,
    times: OverrideTimes,
) -> None:
    """Set the override of that student or section; an earlier one is replaced.

    What is None stays as the section or the lesson has it. Raises ``AppError`` FORBIDDEN,
    NOT_FOUND, VALIDATION_ERROR for nobody, both, nothing to move, or a close before the opening.
    """
    lesson, _found = policies.managed_lesson(principal, lesson_id)
    _check(target, times)
    write_override(course_id=lesson.course_id, lesson_id=lesson_id, target=target, times=times)
    details = {"student": target.student_id, "section": target.section_id}
    audit.record(
        action="override.put", actor=principal, target=f"lesson:{lesson_id}", details=details
    )


@transaction.atomic
def remove_override(*, principal: Principal, lesson_id: int, target: OverrideFor) -> None:
    """Back to the lesson's own times. Raises ``AppError`` FORBIDDEN, NOT_FOUND."""
    policies.managed_lesson(principal, lesson_id)
    _check_target(target)
    delete_override(lesson_id=lesson_id, target=target)
    details: dict[str, Any] = {"student": target.student_id, "section": target.section_id}
    audit.record(
        action="override.remove", actor=principal, target=f"lesson:{lesson_id}", details=details
    )


def _check(target: OverrideFor, times: OverrideTimes) -> None:
    _check_target(target)
    if times.unlock_at is None and times.closes_at is None:
        raise _invalid(_("Enter an opening time, a closing time, or both."))
    if times.unlock_at and times.closes_at and times.closes_at <= times.unlock_at:
        raise _invalid(_("The closing time must be after the opening time."))
    if target.section_id and unknown_sections([target.section_id]):
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("This section was not found."),
            [{"path": "/sectionId", "code": "unknown", "values": [target.section_id]}],
        )
    if target.student_id is not None and not is_student(target.student_id):
        raise _invalid(_("This student was not found."))


def _check_target(target: OverrideFor) -> None:
    if (target.student_id is None) == (not target.section_id):
        raise _invalid(_("Choose either a student or a section."))


def _invalid(message: str) -> AppError:
    return AppError(ErrorCode.VALIDATION_ERROR, message)
