from django.apps import AppConfig


class InstitutionsConfig(AppConfig):
    """Institutions, their settings and calendar."""

    name = "optilearn.institutions"
    default_auto_field = "django.db.models.BigAutoField"
