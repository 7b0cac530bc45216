"""The plain text of sanitized HTML: what previews show and comments are anchored in.

Offsets count Unicode characters. Each block of the HTML begins on a line of its own.
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

PREVIEW: Final = 240
"""Characters of a preview."""
ENOUGH: Final = 8_000
"""Characters of HTML that have a preview in them, whatever its tags."""
_BLOCKS: Final = frozenset(
    [
        "blockquote",
        "br",
        "caption",
        "dd",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "table",
        "tr",
        "ul",
    ]
)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in _BLOCKS and self.parts and not self.parts[-1].endswith("\n"):
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def plain_text(html: str) -> str:
    """Return the text of HTML that was sanitized."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    return "".join(parser.parts).strip()


def preview(html: str) -> str:
    """Return the beginning of the text, on one line."""
    words = " ".join(plain_text(html[:ENOUGH]).split())
    return words if len(words) <= PREVIEW else words[: PREVIEW - 1] + "…"
