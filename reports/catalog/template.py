"""Expressions of the catalog: SQL with field paths in braces.

The SQL around the paths is written by the catalog's author, never by a user.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_PLACE = re.compile(r"\{([A-Za-z][A-Za-z0-9_.]*)\}")


@dataclass(frozen=True)
class Template:
    """Alternating literal SQL and field paths; ``literals`` is one longer than ``paths``."""

    literals: tuple[str, ...]
    paths: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Template:
        """Take ``"{score} * 100 / {assignment.maxScore}"`` apart."""
        pieces = _PLACE.split(text)
        return cls(tuple(pieces[0::2]), tuple(pieces[1::2]))

    @property
    def is_empty(self) -> bool:
        """True if there is no expression at all."""
        return not self.paths and not self.literals[0]

    def render(self, expression_of: Callable[[str], str]) -> str:
        """The SQL with each path replaced by the expression that stands for it."""
        out = [self.literals[0]]
        for path, literal in zip(self.paths, self.literals[1:], strict=True):
            out += (expression_of(path), literal)
        return "".join(out)
