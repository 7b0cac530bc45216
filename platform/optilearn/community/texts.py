"""Texts that people write for others: sanitized, with something in them."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _

from optilearn.core.errors import invalid
from optilearn.core.plaintext import plain_text
from optilearn.core.text import is_visible
from optilearn.courses.services.richtext import sanitized

REQUEST_ID_LENGTH: Final = 100


def checked_html(html: str, path: str = "/text") -> str:
    """Return the HTML sanitized. Raises ``AppError`` VALIDATION_ERROR if nothing is left to see."""
    clean = sanitized(html).strip()
    if not (is_visible(plain_text(clean)) or "<img" in clean):
        raise invalid(_("Write a text."), path)
    return clean
