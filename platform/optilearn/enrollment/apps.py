from django.apps import AppConfig


class EnrollmentConfig(AppConfig):
    """Who learns what, and how far they are."""

    name = "optilearn.enrollment"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to what happens to courses, and say who reads their files."""
        from optilearn.courses import hooks  # noqa: PLC0415  (needs models)
        from optilearn.courses.captions import policies as captions  # noqa: PLC0415  (needs models)
        from optilearn.enrollment import file_access  # noqa: PLC0415  (needs models)
        from optilearn.enrollment.services.completion import recompute_course  # noqa: PLC0415  (needs models)
        from optilearn.enrollment.services.seats import settle_course  # noqa: PLC0415  (needs models)
        from optilearn.files import access  # noqa: PLC0415  (needs models)

        captions.register_reader(file_access.may_open)
        hooks.seats_changed.register(settle_course)
        hooks.lessons_changed.register(recompute_course)
        access.register_courses(
            may_manage_course=file_access.may_manage_course,
            may_read_course_file=file_access.may_read_course_file,
        )
