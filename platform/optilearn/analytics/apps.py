from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    """Reports over snapshots."""

    name = "optilearn.analytics"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks."""
        from optilearn.analytics import checks  # noqa: F401, PLC0415 - models are ready only now
