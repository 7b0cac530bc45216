from django.apps import AppConfig


class EnrollmentConfig(AppConfig):
    """Who learns what, and how far they are."""

    name = "optilearn.enrollment"
    default_auto_field = "django.db.models.BigAutoField"
