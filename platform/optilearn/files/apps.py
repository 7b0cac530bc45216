from __future__ import annotations

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Files that people upload, and their stores."""

    name = "optilearn.files"

    def ready(self) -> None:
        """Let objects go with their records."""
        from optilearn.files import vanishing  # noqa: PLC0415 - models aren't loaded before

        vanishing.connect()
