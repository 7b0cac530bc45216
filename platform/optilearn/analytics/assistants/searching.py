"""Finding what can be asked: entities, fields and metrics by the words of their labels.

English words are the same whatever their endings (grade, grades, graded, grading); Hindi ones are
found as they are written. Whatever has one of the words is found, what has more of them first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

MAX_FOUND: Final = 60
_WORDS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
"""Of names too: ``isLate`` is two words."""
_ENDINGS: Final = (("ies", "y"), ("ied", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", ""),
                   ("e", ""))  # fmt: skip
_MIN_STEM: Final = 3
_TITLE, _TEXT, _BEGINNING = 4, 2, 1
"""The points of a word in a name or label, in a description, and as the beginning of a word."""


def search(catalog: Mapping[str, Any], query: str, entity: str | None) -> dict[str, Any]:
    """Return what has words of the query, the best first; without words, all entities, or of one.

    At most ``MAX_FOUND`` are listed, with the number of all.
    """
    words = query.split()
    entries = list(_entries(catalog, entity, with_parts=bool(words) or entity is not None))
    if words:
        ranked = [(_rank(entry, words), entry) for entry in entries]
        ranked = [(rank, entry) for rank, entry in ranked if rank[0]]
        ranked.sort(key=lambda pair: pair[0], reverse=True)  # stable: else in the catalog's order
        entries = [entry for _rank_of, entry in ranked]
    return {"found": entries[:MAX_FOUND], "count": len(entries)}


def stem(word: str) -> str:
    """Return an English word without its ending; any other as it is."""
    word = word.lower()
    if not word.isascii():
        return word
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) + len(instead) >= _MIN_STEM:
            short = word.removesuffix(ending) + instead
            return short[:-1] if len(short) > _MIN_STEM and short[-1] == short[-2] else short
    return word


def _rank(entry: Mapping[str, Any], words: list[str]) -> tuple[int, int]:
    """The number of words that an entry has, and how well it has them."""
    title = " ".join(str(entry.get(name) or "") for name in ("name", "entity", "label", "row"))
    text = str(entry.get("description") or "")
    found = [score for word in words if (score := _score(word, title, text))]
    return len(found), sum(found)


def _score(word: str, title: str, text: str) -> int:
    if not word.isascii():
        return _TITLE if word in title else _TEXT if word in text else 0
    parts = [stem(part) for part in _WORDS.findall(word)]
    for where, score in ((title, _TITLE), (text, _TEXT)):
        stems = {stem(found) for found in _WORDS.findall(where)}
        if parts and all(part in stems for part in parts):
            return score
    spelled = [found.lower() for found in _WORDS.findall(f"{title} {text}")]
    return _BEGINNING if any(found.startswith(word.lower()) for found in spelled) else 0


def _entries(
    catalog: Mapping[str, Any], entity: str | None, *, with_parts: bool
) -> Iterator[dict[str, Any]]:
    for one in catalog["entities"]:
        if entity is not None and one["key"] != entity:
            continue
        key = one["key"]
        yield {
            "kind": "entity",
            "name": key,
            "label": one["label"],
            "row": one["rowLabel"],
            "time": one["time"],
            "startsReports": one["isRoot"],
            "relations": {relation["name"]: relation["to"] for relation in one["relations"]},
        }
        if not with_parts:
            continue
        for field in one["fields"]:
            facts = {name: field[name] for name in ("label", "description", "type", "unit", "pii")}
            yield {"kind": "field", "entity": key, "name": field["name"]} | facts
        for metric in one["metrics"]:
            facts = {name: metric[name] for name in ("label", "description", "unit", "additivity")}
            yield {"kind": "metric", "entity": key, "name": metric["name"]} | facts
