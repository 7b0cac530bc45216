"""Django's settings for a whole run of tests."""

from __future__ import annotations

from typing import Any

from django.conf import UserSettingsHolder, settings


def set_for_the_run(**values: Any) -> None:
    """Set them beneath whatever a test overrides now.

    What is set on ``settings`` while a test overrides some goes with the override: everything
    after it would read the values of before, e.g. a folder without any snapshot.
    """
    found = settings._wrapped
    while isinstance(found, UserSettingsHolder):
        found = found.default_settings
    for name, value in values.items():
        setattr(found, name, value)
        settings.__dict__.pop(name, None)  # what was read before is kept there
