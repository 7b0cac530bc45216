from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The foundation of every app: tenancy, access, HTTP, audit."""

    name = "optilearn.core"
    default_auto_field = "django.db.models.BigAutoField"
