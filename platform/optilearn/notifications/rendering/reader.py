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
    """A person, and how the person reads and tells the time."""

    person_id: int
    name: str
    locale: str
    """As it is kept: ``hi``, ``hi-IN``, or empty for the institution's."""
    zone: ZoneInfo

    @cached_property
    def first_name(self) -> str:
        """The first word of the name that is no title: Asha of ``Dr. Asha Rao``."""
        words = self.name.split()
        return next((word for word in words if not word.endswith(".")), " ".join(words))


def language_of(locale: str, fallback: str = "") -> str:
    """The language of ours that fits a locale, else the fallback's, else English."""
    for wanted in (locale, fallback):
        language = wanted.replace("_", "-").split("-", 1)[0].lower()
        if language in LOCALES:
            return language
    return LOCALES[0]
