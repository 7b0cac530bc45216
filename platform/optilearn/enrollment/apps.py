from django.apps import AppConfig


class EnrollmentConfig(AppConfig):
    """Enrollments and progress."""

    name = "optilearn.enrollment"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Subscribe to the events of courses, and answer who reads their files."""
        from optilearn.core.events import subscribe  # noqa: PLC0415  (needs models)
        from optilearn.courses.events import (  # noqa: PLC0415  (needs models)
            RequiredLessonsChanged,
            SeatLimitChanged,
        )
        from optilearn.courses.providers import (  # noqa: PLC0415  (needs models)
            check_may_open_lesson,
        )
        from optilearn.enrollment.selectors import file_access  # noqa: PLC0415  (needs models)
        from optilearn.enrollment.services import completion, seats  # noqa: PLC0415  (needs models)
        from optilearn.files import access  # noqa: PLC0415  (needs models)

        check_may_open_lesson.set(file_access.may_open)
        subscribe(SeatLimitChanged, lambda event: seats.assign_free_seats_of(event.course_id))
        subscribe(
            RequiredLessonsChanged, lambda event: completion.recompute_course(event.course_id)
        )
        access.may_manage_course.set(file_access.may_manage_course)
        access.may_read_course_file.set(file_access.may_read_course_file)
