"""The reader of a message."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings

LOCALES: Final = tuple(code for code, _name in settings.LANGUAGES)
"""The languages that messages are written in."""


@dataclass(frozen=True)
class Reader:
    """A person with language and time zone."""

    person_id: int
    name: str
    locale: str
    """As stored: ``hi``, ``hi-IN``, or empty for the institution's."""
    zone: ZoneInfo

    @cached_property
    def first_name(self) -> str:
        """First word of the name that isn't a title: Asha of ``Dr. Asha Rao``."""
        words = self.name.split()
        return next((word for word in words if not word.endswith(".")), " ".join(words))


def language_of(locale: str, fallback: str = "") -> str:
    """Return the supported language of a locale, else of the fallback, else English."""
    for wanted in (locale, fallback):
        language = wanted.replace("_", "-").split("-", 1)[0].lower()
        if language in LOCALES:
            return language
    return LOCALES[0]
