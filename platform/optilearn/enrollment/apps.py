from __future__ import annotations

from django.apps import AppConfig

from optilearn.core.events import subscribe
from optilearn.courses.events import RequiredLessonsChanged, SeatLimitChanged


class EnrollmentConfig(AppConfig):
    """Enrollments and progress."""

    name = "optilearn.enrollment"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Subscribe to the events of courses, and answer who reads their files."""
        from optilearn.courses.providers import (  # noqa: PLC0415  (needs models)
            check_may_open_lesson,
            check_may_work_in_course,
        )
        from optilearn.enrollment.selectors import file_access  # noqa: PLC0415  (needs models)
        from optilearn.files import access  # noqa: PLC0415  (needs models)

        subscribe(SeatLimitChanged, _assign_free_seats)
        subscribe(RequiredLessonsChanged, _recompute_progress)
        check_may_open_lesson.set(file_access.may_open)
        check_may_work_in_course.set(file_access.may_work)
        access.may_manage_course.set(file_access.may_manage_course)
        access.may_read_course_file.set(file_access.may_read_course_file)


def _assign_free_seats(event: SeatLimitChanged) -> None:
    from optilearn.enrollment.services.seats import assign_free_seats_of  # noqa: PLC0415  (needs models)

    assign_free_seats_of(event.course_id)


def _recompute_progress(event: RequiredLessonsChanged) -> None:
    from optilearn.enrollment.services.completion import recompute_course  # noqa: PLC0415  (needs models)

    recompute_course(event.course_id)
