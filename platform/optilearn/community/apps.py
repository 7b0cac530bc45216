from __future__ import annotations

from django.apps import AppConfig


class CommunityConfig(AppConfig):
    """Announcements, discussions, messages between people."""

    name = "optilearn.community"
    default_auto_field = "django.db.models.BigAutoField"
