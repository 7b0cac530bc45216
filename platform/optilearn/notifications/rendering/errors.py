"""Errors of rendering."""

from __future__ import annotations


class RenderingError(Exception):
    """The message couldn't be rendered; ``reason`` is a short stable code."""

    reason = "wording"


class MissingTemplateError(RenderingError):
    """The key has no template for the channel in any language."""

    reason = "missing_template"


class BrokenTemplateError(RenderingError):
    """The template, or the link of the message, can't be rendered with this payload."""

    reason = "broken_template"
