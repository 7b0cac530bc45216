"""Errors of rendering."""

from __future__ import annotations


class RenderingError(Exception):
    """No message came of it; ``reason`` is a short stable code."""

    reason = "wording"


class MissingTemplateError(RenderingError):
    """Nobody has written the key's message for the channel, in any language we have."""

    reason = "missing_template"


class BrokenTemplateError(RenderingError):
    """The template, or the page that it leads to, can't be made of this payload."""

    reason = "broken_template"
