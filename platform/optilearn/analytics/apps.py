from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    """Reports over snapshots."""

    name = "optilearn.analytics"
    default_auto_field = "django.db.models.BigAutoField"
