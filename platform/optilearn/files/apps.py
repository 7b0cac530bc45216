from __future__ import annotations

from django.apps import AppConfig

from optilearn.core.access.signing import signer_of


class FilesConfig(AppConfig):
    """Files that people upload, and their stores."""

    name = "optilearn.files"

    def ready(self) -> None:
        """Delete objects with their records, and register the signer of their addresses."""
        from optilearn.files import signals, stores  # noqa: PLC0415 - no models before

        signals.connect()
        signer_of.set(stores.signer_of)
