from __future__ import annotations

from django.apps import AppConfig

from optilearn.core.http.limits import register_signed


class FilesConfig(AppConfig):
    """Files that people upload, and their stores."""

    name = "optilearn.files"

    def ready(self) -> None:
        """Let objects go with their records, and say whose the addresses of objects are."""
        from optilearn.files import stores, vanishing  # noqa: PLC0415 - no models before

        vanishing.connect()
        register_signed(stores.signer_of)
