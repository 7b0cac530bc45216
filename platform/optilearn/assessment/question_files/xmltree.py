"""Reading XML that strangers send: no DTD, no entities of theirs, bounded depth and size.

Elements come with their line. Names are without namespaces; the namespace is beside them.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from django.utils.translation import gettext as _

from optilearn.assessment.question_files.drafts import UnreadableFileError

MAX_DEPTH: Final = 100
MAX_ELEMENTS: Final = 200_000
"""Of a document that is read whole, or of one element below the root of another."""
_CHUNK: Final = 64 * 1024
_VOID: Final = frozenset({"br", "hr", "img", "col", "wbr"})


@dataclass(eq=False)
class Element:
    """An element, its attributes by name without prefix, and its children: elements and text."""

    name: str
    space: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)
    line: int = 0

    @property
    def elements(self) -> Iterator[Element]:
        """The children that are elements."""
        return (one for one in self.children if isinstance(one, Element))

    def all(self, name: str) -> list[Element]:
        """The children of that name."""
        return [one for one in self.elements if one.name == name]

    def first(self, name: str) -> Element | None:
        """The first child of that name."""
        return next((one for one in self.elements if one.name == name), None)

    def get(self, name: str, default: str = "") -> str:
        """An attribute."""
        return self.attributes.get(name, default)

    def walk(self) -> Iterator[Element]:
        """The element itself and all below it, in order."""
        waiting: list[Element] = [self]
        while waiting:
            found = waiting.pop()
            yield found
            waiting += reversed(list(found.elements))

    def find(self, name: str) -> Element | None:
        """The first element of that name, at any depth."""
        return next((one for one in self.walk() if one.name == name), None)

    @property
    def text(self) -> str:
        """All text in it, at any depth."""
        return "".join(one if isinstance(one, str) else one.text for one in self.children)

    def text_of(self, name: str, default: str = "") -> str:
        """The text of the first child of that name, without blanks around it."""
        found = self.first(name)
        return default if found is None else found.text.strip()


def inner(element: Element, shown: Callable[[Element], str | None] = lambda _one: None) -> str:
    """The content of an element as HTML; ``shown`` may write an element in another way."""
    parts = []
    for one in element.children:
        if isinstance(one, str):
            parts.append(html.escape(one, quote=False))
        elif (special := shown(one)) is not None:
            parts.append(special)
        else:
            known = "".join(f' {k}="{html.escape(v)}"' for k, v in one.attributes.items())
            close = "" if one.name in _VOID else f"{inner(one, shown)}</{one.name}>"
            parts.append(f"<{one.name}{known}>{close}")
    return "".join(parts)


def parse(content: bytes) -> Element:
    """Read a document whole. Raises ``UnreadableFileError``."""
    (root,) = _Reader(content, split_below=None).read()
    return root


def parse_children(content: bytes, root: str) -> Iterator[Element]:
    """Yield the elements below the root one by one, each as soon as it ends.

    Raises ``UnreadableFileError`` for another root, and where the document breaks off, after
    the elements before that.
    """
    yield from _Reader(content, split_below=root).read()


class _Reader:
    """Expat with handlers that refuse what isn't needed for data."""

    def __init__(self, content: bytes, split_below: str | None) -> None:
        self.content = content
        self.split_below = split_below
        self.open: list[Element] = []
        self.depth = 0
        self.count = 0
        self.done: list[Element] = []
        self.parser = expat.ParserCreate(namespace_separator="\n")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.EntityDeclHandler = self._refuse
        self.parser.ExternalEntityRefHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def read(self) -> Iterator[Element]:
        """Yield what has ended, piece by piece."""
        for start in range(0, len(self.content) or 1, _CHUNK):
            piece = self.content[start : start + _CHUNK]
            try:
                self.parser.Parse(piece, start + _CHUNK >= len(self.content))
            except (expat.ExpatError, LookupError, ValueError) as error:
                yield from self._finished()
                line = getattr(error, "lineno", self.parser.CurrentLineNumber)
                raise UnreadableFileError(
                    _("This isn't well-formed XML: %(reason)s.") % {"reason": error}, line
                ) from error
            yield from self._finished()

    def _finished(self) -> Iterator[Element]:
        found, self.done = self.done, []
        yield from found

    def _doctype(self, _name: str, system: str | None, public: str | None, subset: int) -> None:
        """Pass the bare name of the root, which some programs write: it declares nothing."""
        if system or public or subset:
            self._refuse()

    def _refuse(self, *_declared: object) -> int:
        raise UnreadableFileError(
            _("XML with a DOCTYPE or entities of its own isn't read."),
            self.parser.CurrentLineNumber,
        )

    def _start(self, full: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.count += 1
        if self.depth > MAX_DEPTH or self.count > MAX_ELEMENTS:
            raise UnreadableFileError(
                _("The XML is nested too deeply, or has too many elements."),
                self.parser.CurrentLineNumber,
            )
        space, _newline, name = full.rpartition("\n")
        plain = {key.rpartition("\n")[2]: value for key, value in attributes.items()}
        element = Element(name, space, plain, line=self.parser.CurrentLineNumber)
        if self.depth == 1 and self.split_below not in {None, name}:
            raise UnreadableFileError(
                _("The root element is %(found)s, not %(expected)s.")
                % {"found": name, "expected": self.split_below},
                element.line,
            )
        if self.open:
            self.open[-1].children.append(element)
        if self.open or self.depth > 1 or self.split_below is None:
            self.open.append(element)

    def _end(self, _full: str) -> None:
        self.depth -= 1
        if self.open:
            element = self.open.pop()
            if not self.open:
                self.done.append(element)
                self.count = 0

    def _text(self, text: str) -> None:
        if self.open:
            self.open[-1].children.append(text)


def characters(text: str) -> str:
    """The text without the controls that XML has no way to write, and that nobody sees."""
    return "".join(c for c in text if (c >= " " or c in "\t\n") and c not in "\ufffe\uffff")


def escaped(text: str) -> str:
    """A text for an element or an attribute."""
    return html.escape(characters(text))


def cdata(text: str) -> str:
    """A text as a CDATA section, as long HTML is best read."""
    return f"<![CDATA[{characters(text).replace(']]>', ']]]]><![CDATA[>')}]]>"
