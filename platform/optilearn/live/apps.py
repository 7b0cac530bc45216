from __future__ import annotations

from django.apps import AppConfig


class LiveConfig(AppConfig):
    """Live classes and attendance."""

    name = "optilearn.live"
    default_auto_field = "django.db.models.BigAutoField"
