from django.apps import AppConfig


class CoursesConfig(AppConfig):
    """Courses, modules and lessons."""

    name = "optilearn.courses"
    default_auto_field = "django.db.models.BigAutoField"
