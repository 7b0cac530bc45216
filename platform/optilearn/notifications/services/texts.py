"""Texts of other apps' own, written in the language of message templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from optilearn.notifications.rendering.engine import rendered
from optilearn.notifications.rendering.errors import BrokenTemplateError
from optilearn.notifications.rendering.reader import language_of
from optilearn.notifications.rendering.validation import text_problems

__all__ = ["problems_of_text", "render_text"]


def problems_of_text(part: str, source: str, names: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the problems of a text as ``{path, code, message, hint}``.

    ``names`` are those that it may use, with an example of each; ``part`` is the field's name.
    """
    return [
        {"path": f"/{part}", "code": found.code, "message": found.message, "hint": found.hint}
        for found in text_problems(part, source, names)
    ]


def render_text(source: str, names: Mapping[str, object], *, zone: ZoneInfo, locale: str) -> str:
    """Render a text that was checked; a part that can't be rendered leaves it empty."""
    try:
        return rendered(source, names, zone=zone, locale=language_of(locale)).plain().strip()
    except BrokenTemplateError:
        return ""
