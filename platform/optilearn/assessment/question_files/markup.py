"""HTML in questions: what other systems write, and what is left of it here."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from optilearn.assessment.question_files.drafts import UnreadableQuestionError
from optilearn.courses.services.richtext import sanitized

_markdown: Final = MarkdownIt("commonmark", {"html": True})
_PLUGIN_FILE: Final = re.compile(
    r"<([a-z]+)\b[^<>]*?@@PLUGINFILE@@/([^\"'<>\s?]*)[^<>]*>", re.IGNORECASE
)
_ALT: Final = re.compile(r"\balt\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_BLOCK_END: Final = re.compile(r"<br\s*/?>|</(?:p|div|li|h[1-6]|tr)>", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^<>]*>")
_START: Final = re.compile(r"<([a-z][^\s/<>]*)([^<>]*)>", re.IGNORECASE)
_NAME: Final = re.compile(r"""([^\s=/"'<>]+)(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>]+))?""")
MAX_CHARACTERS: Final = 50_000
"""Of a text; those of the bank aren't longer."""


def as_html(text: str, form: str) -> str:
    """Return a text as HTML. ``form`` is html, markdown, plain, or moodle: HTML with line ends.

    Raises ``UnreadableQuestionError`` for a text that is too long.
    """
    if len(text) > MAX_CHARACTERS:
        raise UnreadableQuestionError(
            _("The text is too long. Use at most %(most)d characters.") % {"most": MAX_CHARACTERS}
        )
    if form == "html":
        return text
    if form == "markdown":
        rendered: str = _markdown.render(text)
        return rendered.strip()
    return (html.escape(text, quote=False) if form == "plain" else text).replace("\n", "<br>\n")


def as_plain(markup: str) -> str:
    """Return HTML as plain text, on one line."""
    spaced = _BLOCK_END.sub(" ", markup)
    return " ".join(html.unescape(_TAG.sub("", spaced)).split())


def without_files(markup: str) -> tuple[str, list[str]]:
    """Return HTML without Moodle's embedded files, and their names.

    A picture's description stands for it; of a link its text is left.
    """
    names: list[str] = []

    def described(found: re.Match[str]) -> str:
        name = unquote(html.unescape(found[2]))
        names.append(name)
        if found[1].lower() != "img":
            return ""  # what ends the element alone is taken away with what isn't harmless
        alt = _ALT.search(found[0])
        words = (alt[1] or alt[2]) if alt else ""
        return f"[{words or html.escape(name, quote=False)}]"

    return _PLUGIN_FILE.sub(described, markup), names


def removed_from(markup: str) -> list[str]:
    """Return the names of the tags and attributes that making HTML harmless takes away."""
    if "<" not in markup:
        return []
    before, after = _parts(markup), _parts(sanitized(markup))
    return [name for name in before if name not in after]


def _parts(markup: str) -> dict[str, None]:
    found: dict[str, None] = {}
    for tag, attributes in _START.findall(markup):
        name = tag.lower()
        found[f"<{name}>"] = None
        found |= {f"{name} {one.lower()}": None for one in _NAME.findall(attributes)}
    return found


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text, counted from 1; CR LF, LF and CR end one."""
    yield from enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1)
