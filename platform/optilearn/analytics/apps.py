from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    """Reports over snapshots."""

    name = "optilearn.analytics"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks, who may read sent files, what uses saved items; follow events."""
        from optilearn.analytics import checks  # noqa: F401, PLC0415 - models are ready only now
        from optilearn.analytics.alerts.uses import SOURCE as ALERTS  # noqa: PLC0415
        from optilearn.analytics.reach import CATEGORIES, guard  # noqa: PLC0415
        from optilearn.analytics.saved import uses  # noqa: PLC0415
        from optilearn.analytics.schedules.opening import CATEGORY, may_read  # noqa: PLC0415
        from optilearn.analytics.schedules.planning import follow_calendar  # noqa: PLC0415
        from optilearn.analytics.schedules.uses import SOURCE as SCHEDULES  # noqa: PLC0415
        from optilearn.core.events import subscribe  # noqa: PLC0415
        from optilearn.files import access  # noqa: PLC0415
        from optilearn.institutions.events import CalendarChanged  # noqa: PLC0415

        access.register(CATEGORY, may_read=may_read)
        for category in CATEGORIES:
            access.register(category, guard=guard)
        uses.register("alerts", ALERTS)
        uses.register("schedules", SCHEDULES)
        subscribe(CalendarChanged, follow_calendar)
