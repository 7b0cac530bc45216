"""The payload of a cue: tags, timestamps and character references.

Text only ever leaves here as text: whoever puts it into a page escapes it as any other.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from optilearn.courses.captions.format.webvtt.problems import Code, Report
from optilearn.courses.captions.format.webvtt.timestamps import Scanner, timestamp

_TAG: Final = re.compile(r"<([^>]*)>?")
"""A ``<`` begins a tag wherever it stands, and the end of the cue ends it."""
_START: Final = re.compile(r"([^\t\n\f .]*)((?:\.[^\t\n\f .]*)*)(?:[\t\n\f ](.*))?", re.DOTALL)
_LEADING_ZEROS: Final = re.compile(r"&#0+(?=[0-9])")
_NO_CHARACTER: Final = re.compile(r"&#[0-9]{8,};?|&#[xX]0*[1-9a-fA-F][0-9a-fA-F]{6,};?")
_REFERENCE: Final = re.compile(r"&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);")
_AMPERSAND: Final = re.compile("&")
TAGS: Final = frozenset({"c", "i", "b", "u", "v", "lang", "ruby", "rt"})


@dataclass
class Element:
    """A tag and what stands in it; the root has no name."""

    name: str = ""
    classes: tuple[str, ...] = ()
    annotation: str = ""
    """The speaker of ``v``, the language of ``lang``."""
    children: list[Element | str | int] = field(default_factory=list)
    """Tags, texts, and timestamps in milliseconds."""


@dataclass(frozen=True)
class Place:
    """The place of a payload in its file and the times of its cue, for the report."""

    line: int
    start: int
    end: int


def decoded(text: str) -> str:
    """Character references as HTML reads them, with or without a semicolon."""
    if "&" not in text:
        return text
    # Numbers without an end: no character has so high a one, and int() refuses to read them.
    text = _NO_CHARACTER.sub("\ufffd", _LEADING_ZEROS.sub("&#", text))
    return html.unescape(text)


def plain_text(payload: str) -> str:
    """Return the words of a payload: no tags, character references decoded."""
    return decoded_parts(_TAG.split(payload)[::2])


def decoded_parts(parts: list[str]) -> str:
    """Each part decoded by itself: a tag between ``&`` and ``amp;`` keeps them apart."""
    return "".join(decoded(part) for part in parts)


def parse_payload(
    payload: str, report: Report | None = None, place: Place = Place(1, 0, 0)
) -> Element:
    """Return the tree of a payload; tags that are never closed end with it."""
    return _Builder(payload, report or Report(), place).build()


class _Builder:
    def __init__(self, payload: str, report: Report, place: Place) -> None:
        self.payload = payload
        self.report = report
        self.place = place
        self.open: list[Element] = [Element()]
        self.latest = place.start

    def build(self) -> Element:
        for at, text, tag in self._pieces():
            if text:
                self._check_ampersands(at, text)
                self.open[-1].children.append(decoded(text))
            elif tag.startswith("/"):
                self._close(at, tag[1:])
            elif tag[:1].isascii() and tag[:1].isdigit():
                self._time(at, tag)
            else:
                self._open(at, tag)
        unclosed = [element.name for element in self.open[1:]]
        # A speaker who has the whole cue need not be closed; nor does rt at the end of its ruby.
        if unclosed and not (unclosed == ["v"] and self.payload.startswith("<v")):
            self._note(Code.UNCLOSED_TAG, len(self.payload))
        return self.open[0]

    def _pieces(self) -> Iterator[tuple[int, str, str]]:
        end = 0
        for match in _TAG.finditer(self.payload):
            if match.start() > end:
                yield end, self.payload[end : match.start()], ""
            yield match.start(), "", match[1]
            end = match.end()
        if end < len(self.payload):
            yield end, self.payload[end:], ""

    def _open(self, at: int, tag: str) -> None:
        match = _START.fullmatch(tag)
        name, classes, annotation = match.groups() if match else ("", "", "")
        if name not in TAGS:
            self._note(Code.UNKNOWN_TAG, at)
            return
        if name == "rt" and self.open[-1].name != "ruby":
            self._note(Code.MISPLACED_RT, at)
            return
        said = " ".join(decoded(annotation or "").split())
        if name in {"v", "lang"} and not said:
            self._note(Code.NO_ANNOTATION, at)
        applied = tuple(part for part in (classes or "").split(".") if part)
        element = Element(name, applied, said if name in {"v", "lang"} else "")
        self.open[-1].children.append(element)
        self.open.append(element)

    def _close(self, at: int, name: str) -> None:
        current = self.open[-1].name
        if name and name == current:
            self.open.pop()
        elif name == "ruby" and current == "rt":
            del self.open[-2:]
        else:
            self._note(Code.UNOPENED_TAG, at)

    def _time(self, at: int, tag: str) -> None:
        scan = Scanner(tag)
        found = timestamp(scan)
        if found is None or scan.at != len(tag):
            self._note(Code.BAD_TAG_TIMESTAMP, at)
            return
        if not self.latest < found.milliseconds < self.place.end:
            self._note(Code.TAG_TIMESTAMP_OUTSIDE, at)
        self.latest = max(self.latest, found.milliseconds)
        self.open[-1].children.append(found.milliseconds)

    def _check_ampersands(self, at: int, text: str) -> None:
        for match in _AMPERSAND.finditer(text):
            if not _REFERENCE.match(text, match.start()):
                self._note(Code.BARE_AMPERSAND, at + match.start())

    def _note(self, code: Code, at: int) -> None:
        if self.report.is_full:
            return
        line = self.payload.count("\n", 0, at)
        column = at - (self.payload.rfind("\n", 0, at) + 1) + 1
        self.report.add(code, self.place.line + line, column)
