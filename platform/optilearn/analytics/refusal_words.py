"""The report engine's refusals and warnings in the reader's language.

The engine is a library without a language of its own, and says them in English: a text that fits
one of the templates is said by its translation, any other stays as it is.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from django.utils.translation import get_language, gettext

from optilearn.analytics.refusal_templates import TEMPLATES

_NAME: Final = re.compile(r"\\\{(\w+)\\\}")


def is_english() -> bool:
    """Return True if the reader reads the language that the engine has."""
    return (get_language() or "en").startswith("en")


def in_readers_language(text: str) -> str:
    """The text as its template is translated; itself where it fits none."""
    if not text or is_english():
        return text
    for template, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found is not None:
            return gettext(template).format(**found.groupdict())
    return text


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (one, re.compile(_NAME.sub(r"(?P<\1>.+)", re.escape(one)), re.DOTALL))
        for one in sorted(TEMPLATES, key=lambda template: "{" in template)
    )
