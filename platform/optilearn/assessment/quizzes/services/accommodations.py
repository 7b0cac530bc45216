"""More time and attempts for single students."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.assessment import policies
from optilearn.assessment.gradebook.services.locks import lock_enrollment, lock_enrollments
from optilearn.assessment.models import Accommodation
from optilearn.assessment.quizzes.services.deadlines import move_deadlines_of
from optilearn.core import audit
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.enrollment.models import Enrollment


@transaction.atomic
def set_accommodation(
    *,
    principal: Principal,
    course_id: int,
    student_id: int,
    time_factor: Decimal,
    extra_attempts: int,
    reason: str,
) -> None:
    """Give a student of a course more time or attempts; attempts being made end later at once.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND for who isn't in the course.
    """
    policies.managed(principal, course_id)
    enrollments = Enrollment.objects.filter(course_id=course_id, student_id=student_id)
    enrollment_id = enrollments.values_list("id", flat=True).first()
    if enrollment_id is None:
        raise not_found()
    lock_enrollment(enrollment_id)  # an attempt that is being started is seen below
    if time_factor == 1 and extra_attempts == 0:
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("Give more time or more attempts."),
            [{"path": "/timeFactor"}],
        )
    Accommodation.objects.update_or_create(
        student_id=student_id,
        course_id=course_id,
        defaults={
            "time_factor": time_factor,
            "extra_attempts": extra_attempts,
            "reason": reason,
        },
    )
    move_deadlines_of(student_id, course_id)
    _record("accommodation.set", principal, course_id, student_id)


@transaction.atomic
def remove_accommodation(*, principal: Principal, course_id: int, student_id: int) -> None:
    """Take an accommodation back. Raises ``AppError`` FORBIDDEN, NOT_FOUND if there is none."""
    policies.managed(principal, course_id)
    own = Enrollment.objects.filter(course_id=course_id, student_id=student_id)
    # As where it is given: an attempt that is being started is seen below.
    lock_enrollments(set(own.values_list("id", flat=True)))
    gone, _by_model = Accommodation.objects.filter(
        student_id=student_id, course_id=course_id
    ).delete()
    if not gone:
        raise not_found()
    move_deadlines_of(student_id, course_id)
    _record("accommodation.remove", principal, course_id, student_id)


def _record(action: str, principal: Principal, course_id: int, student_id: int) -> None:
    audit.record(
        action=action,
        actor=principal,
        target=f"course:{course_id}",
        details={"student": student_id},
    )
