"""Rich text, made harmless on the way in.

What is kept is what a lesson needs: headings, lists, tables, quotes, code, links, pictures of
ours. Scripts, styles, event handlers, frames and foreign schemes are gone before anything is
stored, so whoever shows it later can't forget to.
"""

from __future__ import annotations

from typing import Final

import nh3
from django.utils.translation import gettext as _

from optilearn.core.errors import AppError, ErrorCode

MAX_CHARACTERS: Final = 200_000

_TAGS: Final = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "div", "dl", "dt",
    "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins",
    "kbd", "li", "mark", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "small", "span",
    "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_ATTRIBUTES: Final = {
    "*": {"dir", "lang", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
_SCHEMES: Final = {"http", "https", "mailto", "tel"}


def sanitized(html: str) -> str:
    """Return the HTML without active content. Raises ``AppError`` if there is too much of it."""
    if len(html) > MAX_CHARACTERS:
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("The text is too long. Use at most %(most)d characters.") % {"most": MAX_CHARACTERS},
        )
    return nh3.clean(
        html.replace("\x00", ""),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


def plain(text: str) -> str:
    """Return the text as text: NUL, which PostgreSQL refuses, and blanks around it are gone."""
    return text.replace("\x00", "").strip()
