from __future__ import annotations

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """A person's data: handed over, or erased."""

    name = "optilearn.privacy"

    def ready(self) -> None:
        """Tell the people's app who was erased."""
        from optilearn.people.directory import register_erased  # noqa: PLC0415  (needs models)
        from optilearn.privacy.selectors import erased_among  # noqa: PLC0415

        register_erased(erased_among)
