from __future__ import annotations

from django.apps import AppConfig


class LiveConfig(AppConfig):
    """Live classes, attendance and recordings."""

    name = "optilearn.live"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Answer who may watch the files of recordings."""
        from optilearn.files import access  # noqa: PLC0415 - needs models
        from optilearn.live.recordings import policies  # noqa: PLC0415 - needs models

        access.register("recordings", may_read=policies.may_read_file)
