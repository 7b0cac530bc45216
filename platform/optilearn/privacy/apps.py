from __future__ import annotations

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """A person's data: handed over, or erased."""

    name = "optilearn.privacy"

    def ready(self) -> None:
        """Answer the question of people for those who were erased."""
        from optilearn.people.directory import find_erased  # noqa: PLC0415  (needs models)
        from optilearn.privacy.selectors import erased_among  # noqa: PLC0415

        find_erased.set(erased_among)
