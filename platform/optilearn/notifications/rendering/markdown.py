"""The body of an e-mail: Markdown to HTML and to plain text, compiled once for all readers.

The Markdown has marks where values go (``engine``). The result is split at the marks and cached:
for the next reader only the values are filled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape, unescape
from typing import Any, Final
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from optilearn.notifications.links import absolute
from optilearn.notifications.rendering.engine import MARK, MarkedText
from reports.bounded_cache import BoundedCache

STYLES: Final = {
    "p": "margin:0 0 16px",
    "h1": "margin:0 0 16px;font-size:22px;line-height:28px",
    "h2": "margin:24px 0 12px;font-size:18px;line-height:24px",
    "h3": "margin:20px 0 8px;font-size:16px;line-height:24px",
    "ul": "margin:0 0 16px;padding:0 0 0 24px",
    "ol": "margin:0 0 16px;padding:0 0 0 24px",
    "li": "margin:0 0 6px",
    "a": "color:#1d4ed8;text-decoration:underline",
    "blockquote": "margin:0 0 16px;padding:0 0 0 16px;border-left:4px solid #94a3b8",
    "hr": "margin:24px 0;border:0;border-top:1px solid #94a3b8",
}
"""Mail programs drop style sheets, so elements carry their own."""
_CLASSES: Final = {"a": "link"}
_SAFE: Final = re.compile(r"https?://[^\s/]|mailto:[^\s]", re.IGNORECASE)
_CUT: Final = re.compile(rf'href="([^"]*)"|{MARK.pattern}')


@dataclass(frozen=True)
class Slot:
    """The place of a value within text."""

    number: int
    margin: str = ""
    """Prefix of its second and later lines in plain text."""

    def html(self, slots: Sequence[str]) -> str:
        """Return the value as it is, with its lines."""
        return escape(slots[self.number]).replace("\n", "<br>\n")

    def text(self, slots: Sequence[str]) -> str:
        """Return the value."""
        return slots[self.number].replace("\n", f"\n{self.margin}")


@dataclass(frozen=True)
class LinkAddress:
    """The place of a link address that has values in it."""

    parts: tuple[str | int, ...]

    def text(self, slots: Sequence[str]) -> str:
        """Return the absolute URL; values after its beginning are quoted."""
        address = "".join(
            part if isinstance(part, str) else _within(slots[part], first=index == 0)
            for index, part in enumerate(self.parts)
        )
        return safe_address(address)

    def html(self, slots: Sequence[str]) -> str:
        """Return the ``href`` attribute."""
        return f'href="{escape(self.text(slots))}"'


Part = str | Slot | LinkAddress


def _within(value: str, *, first: bool) -> str:
    return value.strip() if first else quote(value, safe="")


def safe_address(address: str) -> str:
    """Return the absolute form of a URL that a message may link to; ``#`` for any other."""
    whole = absolute(address) if not address.startswith("//") else ""
    return whole if _SAFE.match(whole) and not re.search(r"[\s<>\"]", whole) else "#"


@dataclass(frozen=True)
class Body:
    """Both parts of an e-mail's body, without their values."""

    html_parts: tuple[Part, ...]
    text_parts: tuple[Part, ...]

    def html(self, slots: Sequence[str]) -> str:
        """Return the HTML part."""
        return "".join(p if isinstance(p, str) else p.html(slots) for p in self.html_parts)

    def text(self, slots: Sequence[str]) -> str:
        """Return the plain part."""
        return "".join(p if isinstance(p, str) else p.text(slots) for p in self.text_parts)


def body_parts(marked: MarkedText) -> tuple[str, str]:
    """Return the HTML and the plain text of a rendered body."""
    body = compiled(marked.text, len(marked.slots))
    return body.html(marked.slots), body.text(marked.slots)


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": False})
    return markdown.disable(
        ["html_block", "html_inline", "image", "code", "fence", "reference", "lheading"]
    )


MARKDOWN: Final = _markdown()


_cache: Final = BoundedCache[tuple[str, int], Body](16 * 1024**2)
_BODY_BYTES: Final = 8 * 1024
_CHARACTER_BYTES: Final = 100
"""Upper bounds in bytes, measured; tests check them."""


def compiled(marked: str, slots: int) -> Body:
    """Compile Markdown with marks for so many values (cached)."""
    if (found := _cache.get((marked, slots))) is None:
        found = _compile(marked, slots)
        _cache.put((marked, slots), found, _BODY_BYTES + _CHARACTER_BYTES * len(marked))
    return found


def _compile(marked: str, slots: int) -> Body:
    tokens = MARKDOWN.parse(marked.strip())
    text = tuple(_merge(_text(tokens, slots)))
    _style(tokens)
    html = MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})
    return Body(tuple(_split(html, slots)), text)


def _style(tokens: Sequence[Token]) -> None:
    for token in tokens:
        if token.nesting >= 0 and token.tag in STYLES:
            token.attrSet("style", STYLES[token.tag])
            if token.tag in _CLASSES:
                token.attrSet("class", _CLASSES[token.tag])
        if token.children:
            _style(token.children)


def _split(html: str, slots: int) -> Iterator[Part]:
    """Split HTML into literal parts, values, and link addresses.

    A quotation mark in a text is escaped, so ``href="`` is an attribute wherever it stands.
    """
    done = 0
    for found in _CUT.finditer(html):
        if found[2] is not None and int(found[2]) >= slots:
            continue
        yield html[done : found.start()]
        yield Slot(int(found[2])) if found[2] is not None else _address(unescape(found[1]), slots)
        done = found.end()
    yield html[done:]


def _address(address: str, slots: int) -> LinkAddress:
    parts: list[str | int] = []
    done = 0
    for mark in MARK.finditer(address):
        if int(mark[1]) < slots:
            parts += [address[done : mark.start()], int(mark[1])]
            done = mark.end()
    parts.append(address[done:])
    return LinkAddress(tuple(part for part in parts if part != ""))


def _marks(text: str, slots: int, margin: str) -> Iterator[Part]:
    done = 0
    for mark in MARK.finditer(text):
        if int(mark[1]) < slots:
            yield text[done : mark.start()]
            yield Slot(int(mark[1]), margin)
            done = mark.end()
    yield text[done:]


class _Lists:
    """The nesting of lists in plain text, for the prefix of an item."""

    def __init__(self) -> None:
        self.counts: list[int | None] = []
        self.quoted = 0

    def begin(self, token: Token) -> None:
        start = int(token.attrs.get("start", 1)) if token.tag == "ol" else None
        self.counts.append(start)

    def bullet(self) -> str:
        indent = "  " * (len(self.counts) - 1)
        count = self.counts[-1]
        if count is None:
            return f"{indent}- "
        self.counts[-1] = count + 1
        return f"{indent}{count}. "


def _text(tokens: Sequence[Token], slots: int) -> Iterator[Part]:
    """Yield blocks as plain text, with an empty line between them and none within a list."""
    lists = _Lists()
    bullet = ""
    for token in tokens:
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            lists.begin(token)
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            lists.counts.pop()
            yield "" if lists.counts else "\n"
        elif token.type == "list_item_open":
            bullet = lists.bullet()
        elif token.tag == "blockquote":
            lists.quoted += token.nesting
        elif token.type == "hr":
            yield "---\n\n"
        elif token.type == "inline":
            margin = "> " * lists.quoted
            yield margin + bullet
            yield from _line(token.children or [], slots, margin)
            yield "\n" if lists.counts else "\n\n"
            bullet = ""


def _line(tokens: Sequence[Token], slots: int, margin: str) -> Iterator[Part]:
    target: list[Any] = []
    for token in tokens:
        if token.type in {"softbreak", "hardbreak"}:
            yield f"\n{margin}"
        elif token.type == "link_open":
            target.append((token.attrs.get("href", ""), token.markup))
        elif token.type == "link_close":
            address, markup = target.pop()
            if markup != "autolink":  # whose text is its address
                yield " <"
                yield _address(str(address), slots)
                yield ">"
        elif token.content:
            yield from _marks(token.content, slots, margin)


def _merge(parts: Iterator[Part]) -> Iterator[Part]:
    """Merge adjacent texts."""
    run: list[str] = []
    for part in parts:
        if isinstance(part, str):
            run.append(part)
            continue
        if run:
            yield "".join(run)
            run = []
        yield part
    yield "".join(run)
