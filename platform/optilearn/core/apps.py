from django.apps import AppConfig


class CoreConfig(AppConfig):
    """What every app stands on: tenancy, access, HTTP, audit."""

    name = "optilearn.core"
    default_auto_field = "django.db.models.BigAutoField"
