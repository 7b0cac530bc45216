"""The chapters: Markdown files of docs/, rendered once and split into sections for the search."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _
from markdown_it import MarkdownIt
from markdown_it.token import Token

_NAME: Final = re.compile(r"(adr/)?[A-Za-z0-9-]{1,80}")
_LINK: Final = re.compile(r"((?:adr/)?[A-Za-z0-9-]+)\.md(#[\w-]*)?")
_UP: Final = re.compile(r"^(\.\./|\./)")
IMAGES: Final = "screenshots"

GROUPS: Final[tuple[tuple[Promise, tuple[str, ...]], ...]] = (
    (_("Start here"), ("first-report", "analytics")),
    (
        _("Asking and sharing"),
        (
            *("saved-reports", "dashboards", "schedules", "alerts", "exports"),
            *("analysts", "assistants"),
        ),
    ),
    (_("The report language"), ("report-dsl", "report-reference", "glossary")),
    (_("Running it"), ("school", "operations", "snapshots", "notifications", "api")),
)
"""The chapters in the navigation, in reading order; others are reached by links and the search."""


@dataclass(frozen=True)
class Section:
    """A part of a chapter under one heading."""

    heading: str
    anchor: str
    text: str


@dataclass(frozen=True)
class Chapter:
    """A rendered file: safe HTML, as no raw HTML of the file passes."""

    name: str
    title: str
    html: str
    sections: tuple[Section, ...]


def chapter(name: str) -> Chapter | None:
    """Return a chapter by its name (``schedules``, ``adr/0005-…``), or None."""
    if not _NAME.fullmatch(name):
        return None
    path = Path(settings.DOCS_DIR) / f"{name}.md"
    return _rendered(name, path, path.stat().st_mtime_ns) if path.is_file() else None


def names() -> list[str]:
    """Return the names of all chapters."""
    root = Path(settings.DOCS_DIR)
    found = [*root.glob("*.md"), *root.glob("adr/*.md")]
    return sorted(str(path.relative_to(root).with_suffix("")) for path in found)


def search(query: str, limit: int = 30) -> list[dict[str, str]]:
    """Return the sections that have all words of ``query``, those with it in a heading first."""
    words = [w for w in _folded(query).split() if w]
    if not words:
        return []
    hits = []
    for name in names():
        found = chapter(name)
        for section in found.sections if found else ():
            heading, text = _folded(section.heading), _folded(section.text)
            if all(word in heading or word in text for word in words):
                in_heading = sum(word in heading for word in words)
                hits.append((-in_heading, name.startswith("adr/"), found, section))
    hits.sort(key=lambda hit: hit[:2])
    return [
        {
            "title": found.title,
            "heading": section.heading,
            "href": f"/docs/{found.name}#{section.anchor}",
            "text": _around(section.text, words[0]),
        }
        for _in_heading, _adr, found, section in hits[:limit]
        if found
    ]


@cache
def _rendered(name: str, path: Path, _changed: int) -> Chapter:
    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    tokens = markdown.parse(path.read_text(encoding="utf-8"))
    _prepare(tokens, name)
    html = str(markdown.renderer.render(tokens, markdown.options, {}))
    html = html.replace("<table>", '<div class="table-wrap" tabindex="0"><table class="table">')
    html = html.replace("</table>", "</table></div>").replace(
        "<pre>", '<pre class="code" tabindex="0">'
    )
    html = html.replace("<th></th>", "<td></td>")  # a corner says nothing
    sections = _sections(tokens, markdown)
    title = sections[0].heading if sections else name
    without_title = re.sub(r"^\s*<h1[^>]*>.*?</h1>", "", html, count=1, flags=re.DOTALL)
    return Chapter(name, title, without_title, sections)


def _prepare(tokens: list[Token], name: str) -> None:
    """Give headings anchors, and lead links between files to our pages."""
    used: dict[str, int] = {}
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            anchor = _anchor(tokens[place + 1].content)
            used[anchor] = used.get(anchor, 0) + 1
            token.attrSet("id", anchor if used[anchor] == 1 else f"{anchor}_{used[anchor] - 1}")
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("href", _target(str(child.attrGet("href") or ""), name))
            elif child.type == "image":
                source = str(child.attrGet("src") or "").rsplit("/", 1)[-1]
                child.attrSet("src", f"/docs/{IMAGES}/{source}")


def _target(href: str, name: str) -> str:
    if "://" in href or href.startswith("#"):
        return href
    in_decisions = name.startswith("adr/")
    path, up = _UP.subn("", href)
    if in_decisions and not up:
        path = f"adr/{path}"
    match = _LINK.fullmatch(path)
    return f"/docs/{match.group(1)}{match.group(2) or ''}" if match else href


def _sections(tokens: list[Token], markdown: MarkdownIt) -> tuple[Section, ...]:
    starts = [i for i, token in enumerate(tokens) if token.type == "heading_open"]
    found = []
    for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True):
        body = str(markdown.renderer.render(tokens[start + 3 : end], markdown.options, {}))
        heading = strip_tags(
            str(markdown.renderer.render([tokens[start + 1]], markdown.options, {}))
        )
        found.append(
            Section(heading, str(tokens[start].attrGet("id")), " ".join(strip_tags(body).split()))
        )
    return tuple(found)


def _anchor(text: str) -> str:
    """As MkDocs makes them, so that links in the files fit both."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _around(text: str, word: str) -> str:
    place = max(0, _folded(text).find(word) - 80)
    return ("…" if place else "") + text[place : place + 220] + "…"
