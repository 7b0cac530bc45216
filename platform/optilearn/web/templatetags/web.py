"""Tags and filters of all pages: ``{% load web %}``."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from optilearn.web import formatting
from optilearn.web.icons import ICONS
from optilearn.web.labels import channel_label, delivery_state_label, role_label
from optilearn.web.static_files import style_id

register: Final = template.Library()

register.filter("day", formatting.day)
register.filter("instant", formatting.instant)
register.filter("clock", formatting.clock)
register.filter("ago", formatting.ago)
register.filter("number", formatting.number)
register.filter("percent", formatting.percent)
register.filter("bytes", formatting.size)
register.filter("role", role_label)
register.filter("channel", channel_label)
register.filter("delivery_state", delivery_state_label)


@register.simple_tag
def icon(name: str, title: str = "") -> SafeString:
    """An icon; with a title it is an image that a screen reader names, else decoration.

    Raises ``KeyError`` for a name that isn't drawn.
    """
    path = ICONS[name]
    if title:
        return format_html(
            '<svg class="icon" viewBox="0 0 24 24" role="img" aria-label="{}"><path d="{}"/></svg>',
            title,
            path,
        )
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">'
        '<path d="{}"/></svg>',
        path,
    )


@register.simple_tag
def moment(value: datetime | str | None) -> SafeString | str:
    """An instant as a person says it, the exact one on hover."""
    found = formatting.parsed(value)
    if found is None:
        return "—"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        found.isoformat(),
        formatting.instant(found),
        formatting.ago(found),
    )


@register.simple_tag
def plotly_style() -> str:
    """The id by which the chart library looks for its map styles; it changes with versions."""
    return style_id()


@register.filter
def at(values: Any, key: Any) -> Any:
    """An element of a mapping or a list by a key that a variable holds; None if it isn't there."""
    try:
        return values[key]
    except (KeyError, IndexError, TypeError):
        return None
