from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    """Assignments and submissions."""

    name = "optilearn.assessment"
    default_auto_field = "django.db.models.BigAutoField"
