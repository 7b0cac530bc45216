"""Catalog files with one thing changed by chance: a value, a key, a character."""

from __future__ import annotations

import copy
import random
from datetime import date, datetime
from typing import Any

import yaml

_VALUES: tuple[Any, ...] = (
    *(None, "", "x", " ", 0, -1, 1, 2.5, float("inf"), float("nan"), True, False, [], {}, [[]]),
    *([None], {"a": None}, {"x": {"y": [1]}}, date(2026, 1, 1), datetime(2026, 1, 1, 12)),
    *("a.b", "customer", "count", "a'b\"c", "x" * 2_000, "नाम", "'; DROP TABLE x", "\u202e"),
    *("decimal(5,2)", "timestamp", "sum", "9" * 400, 10**50, "select 1", "count", "(", "a\tb"),
    *({1: 2}, {None: 1}, {True: "x"}, ["a", 1, None], {"field": "id", "op": "eq", "value": 1}),
    *({"n": 1, "unit": "month"}, {"quantile": 2}, {"over": "x"}, "1/0", "count / 0", b"x"),
)
_CHARACTERS = " \t\n:-{}[]&*!|>'\"%@`#,?\\0\x07é\ufeff\u2028<"


def _places(node: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [place] if place else []
    if isinstance(node, dict):
        for key in node:
            found += _places(node[key], (*place, key))
    elif isinstance(node, list):
        for number, item in enumerate(node):
            found += _places(item, (*place, number))
    return found


def _at(node: Any, place: tuple[Any, ...]) -> Any:
    for step in place:
        node = node[step]
    return node


def changed_value(document: Any, seed: int) -> str:
    """The document with one to three of its nodes taken out, replaced, copied or renamed."""
    chance = random.Random(seed)
    made = copy.deepcopy(document)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        places = _places(made)
        if not places:
            break
        place = chance.choice(places)
        parent, last = _at(made, place[:-1]), place[-1]
        match chance.randrange(5):
            case 0:
                del parent[last]
            case 1 | 2:
                parent[last] = copy.deepcopy(chance.choice(_VALUES))
            case 3:
                parent[last] = copy.deepcopy(_at(made, chance.choice(places)))
            case _ if isinstance(parent, dict):
                name = chance.choice((*(str(p[-1]) for p in places), "a b", "", 7, None, "x"))
                parent[name] = parent.pop(last)
            case _:
                parent.append(copy.deepcopy(parent[last]))
    return str(yaml.safe_dump(made, allow_unicode=True))


def changed_text(text: str, seed: int) -> str:
    """The text with a character or a line put in, taken out or moved."""
    chance = random.Random(seed)
    for _ in range(chance.choice((1, 1, 2, 4))):
        at = chance.randrange(len(text))
        lines = text.split("\n")
        line = chance.randrange(len(lines))
        match chance.randrange(5):
            case 0:
                text = text[:at] + text[at + chance.randrange(1, 9) :]
            case 1:
                text = text[:at] + chance.choice(_CHARACTERS) + text[at:]
            case 2:
                del lines[line]
                text = "\n".join(lines)
            case 3:
                lines.insert(chance.randrange(len(lines)), lines[line])
                text = "\n".join(lines)
            case _:
                lines[line] = " " * chance.randrange(1, 5) + lines[line]
                text = "\n".join(lines)
    return text
