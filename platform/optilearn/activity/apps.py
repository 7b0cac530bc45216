from django.apps import AppConfig


class ActivityConfig(AppConfig):
    """Events of use, append-only."""

    name = "optilearn.activity"
    default_auto_field = "django.db.models.BigAutoField"
