"""One order of locks for all writes of attempts and grades, so that none waits in a circle.

First the enrollment, then the grade, then the submission.
"""

from __future__ import annotations

from optilearn.enrollment.models import Enrollment


def lock_enrollment(enrollment_id: int) -> None:
    """Let nobody else write this student's attempts and grades in the course until the commit."""
    Enrollment.objects.select_for_update(no_key=True).get(pk=enrollment_id)


def lock_enrollments(enrollment_ids: set[int]) -> None:
    """The same of several, in the order of their ids."""
    found = Enrollment.objects.select_for_update(no_key=True).filter(pk__in=enrollment_ids)
    list(found.order_by("id").values_list("id", flat=True))


def lock_course(course_id: int) -> None:
    """The same of all who are or were in a course."""
    found = Enrollment.objects.select_for_update(no_key=True).filter(course_id=course_id)
    list(found.order_by("id").values_list("id", flat=True))
