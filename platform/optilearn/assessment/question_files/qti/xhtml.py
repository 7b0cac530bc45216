"""HTML of the bank as the XHTML that QTI 2.1 knows."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

from optilearn.assessment.question_files.xmltree import escaped

_KNOWN: Final = frozenset(
    {
        "a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "dd", "div", "dl", "dt",
        "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "ol", "p", "pre",
        "q", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th",
        "thead", "tr", "ul",
    }
)  # fmt: skip
_VOID: Final = frozenset({"br", "hr", "img", "col"})
_ATTRIBUTES: Final = {
    "a": {"href"}, "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan", "scope"},
}  # fmt: skip


class _Writer(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.lost: dict[str, None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write a tag that QTI has, and note one that it has not."""
        if tag not in _KNOWN:
            self.lost[f"<{tag}>"] = None
            return
        known = _ATTRIBUTES.get(tag, set()) | {"lang"}
        written = []
        for name, value in attrs:
            if name in known:
                written.append(
                    f' {"xml:lang" if name == "lang" else name}="{escaped(value or "")}"'
                )
            elif name != "rel":  # which our own sanitizer adds
                self.lost[f"{tag} {name}"] = None
        self.parts.append(f"<{tag}{''.join(written)}{'/' if tag in _VOID else ''}>")

    def handle_endtag(self, tag: str) -> None:
        """Write the end of a tag."""
        if tag in _KNOWN and tag not in _VOID:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Write a text."""
        self.parts.append(escaped(data))


def xhtml(markup: str) -> tuple[str, list[str]]:
    """Return sanitized HTML as XHTML, and the names of what QTI 2.1 hasn't."""
    writer = _Writer()
    writer.feed(markup)
    writer.close()
    return "".join(writer.parts), list(writer.lost)
