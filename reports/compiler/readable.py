"""SQL laid out for people: a clause on each line, sub-selects indented."""

from __future__ import annotations

import re
from typing import Final

_TOKEN: Final = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\(|\)|,|\s+|"""
    r"\b(?:WITH|SELECT|FROM|WHERE|GROUP BY|ORDER BY|LIMIT|UNION ALL BY NAME|"
    r"IS NOT DISTINCT FROM|(?:LEFT |SEMI |ANTI )?JOIN)\b|[^'\"(),\s]+"
)
_CLAUSES: Final = frozenset(
    ("WITH", "SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "LIMIT", "UNION ALL BY NAME")
)
_INDENT: Final = "  "


def readable(sql: str) -> str:
    """The same statement over several lines; brackets that hold no query stay on theirs."""
    words = [match.group() for match in _TOKEN.finditer(sql)]
    out: list[str] = []
    opened: list[bool] = []
    for index, word in enumerate(words):
        holds_query = not opened or opened[-1]
        if word == "(":
            opened.append(_next(words, index) == "SELECT")
            out.append(word)
        elif word == ")":
            held_query = opened.pop()
            out += [_line(opened), word] if held_query else [word]
        elif holds_query and (word in _CLAUSES or word.endswith("JOIN")):
            out += [_line(opened), word]
        else:
            out.append(" " if word.isspace() else word)
    lines = "".join(out).splitlines()
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _next(words: list[str], index: int) -> str:
    return next((word for word in words[index + 1 :] if not word.isspace()), "")


def _line(opened: list[bool]) -> str:
    return "\n" + _INDENT * sum(opened)
