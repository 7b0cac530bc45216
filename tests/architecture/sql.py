"""The SQL in the product's Python, as PostgreSQL's own lexer reads it.

Statements are mostly composed from named parts (``<parts>``, f-strings), and a part alone is no
statement that a parser takes: ``sqlglot`` refuses or, worse, guesses, and ``pglast.parse_sql``
refuses. ``pglast.parser.scan`` is the lexer of PostgreSQL itself, which needs no whole statement:
what it calls a name is a name and what it calls a string is a string, comments and quoting
included. Text that even the lexer refuses (prose with an apostrophe) is read word by word.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pglast.parser import ParseError, scan

from tests.architecture.support import tree_of

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Literal:
    """A string in the code; of an f-string the whole, with ``{}`` for what is filled in."""

    path: Path
    line: int
    text: str

    def names(self) -> set[str]:
        """The names in it, in lower case, without quotes."""
        tokens = _tokens(self.text)
        if tokens is None:
            return {word.lower() for word in _WORD.findall(self.text)}
        return {text.strip('"').lower() for kind, text in tokens if kind == "IDENT"}

    def strings(self) -> set[str]:
        """The string constants of SQL in it."""
        return {text[1:-1] for kind, text in _tokens(self.text) or () if kind == "SCONST"}


def literals_of(path: Path) -> Iterator[Literal]:
    """The strings of a file; docstrings are none."""
    yield from _walk(path, tree_of(path))


def _walk(path: Path, node: ast.AST) -> Iterator[Literal]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.JoinedStr):
            parts = [p.value if isinstance(p, ast.Constant) else "{}" for p in child.values]
            yield Literal(path, child.lineno, "".join(map(str, parts)))
            yield from (lit for part in child.values for lit in _in_braces(path, part))
        elif isinstance(child, ast.Constant):
            if isinstance(child.value, str):
                yield Literal(path, child.lineno, child.value)
        else:
            yield from _walk(path, child)


def _in_braces(path: Path, part: ast.AST) -> Iterator[Literal]:
    return _walk(path, part) if isinstance(part, ast.FormattedValue) else iter(())


@cache
def _tokens(text: str) -> tuple[tuple[str, str], ...] | None:
    if "\x00" in text:
        return None
    raw = text.encode()  # places are counted in bytes
    try:
        return tuple((t.name, raw[t.start : t.end + 1].decode()) for t in scan(text))
    except (ParseError, UnicodeDecodeError):
        return None
