"""The difference between two versions of an item, part by part, in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import partial
from typing import Any, Final

from django.utils.translation import gettext as _

from optilearn.analytics.saved import phrases
from optilearn.analytics.saved.labels import Labels
from optilearn.analytics.saved.phrases import Phrase, as_json, said
from reports.api import Catalog

Content = Mapping[str, Any]
"""``{name, description, tags, body}``."""
Words = Callable[[Any], str]

_LISTS: Final[Mapping[str, Phrase]] = {
    "columns": phrases.dimension,
    "dimensions": phrases.dimension,
    "measures": phrases.measure,
    "filters": phrases.condition,
    "having": phrases.having,
    "sort": phrases.sorting,
}
"""The parts of a definition that are lists, each item of which is said by itself."""
_VALUES: Final[Mapping[str, Phrase]] = {
    "entity": phrases.entity,
    "time": phrases.time,
    "compare": phrases.compared,
    "chart": phrases.chart,
}
"""The parts that are said as a whole; every other one is a word or a number."""


@dataclass(frozen=True)
class Change:
    """One difference; ``before`` or ``after`` is None for what was added or removed."""

    path: str
    title: str
    before: str | None
    after: str | None

    @property
    def text(self) -> str:
        """The change as a line: "Filter 2: status is Active → Active or Completed"."""
        if self.before is None:
            return _("{part} added: {value}").format(part=self.title, value=self.after)
        if self.after is None:
            return _("{part} removed: {value}").format(part=self.title, value=self.before)
        return f"{self.title}: {self.before} → {self.after}"

    def to_wire(self) -> dict[str, Any]:
        """The change as the API answers it."""
        return {"path": self.path, "before": self.before, "after": self.after, "text": self.text}


def differences(old: Content, new: Content, catalog: Catalog) -> list[Change]:
    """Everything that differs, in the order of the content."""
    found = [
        Change(f"/{name}", _titles()[name], old[name] or None, new[name] or None)
        for name in ("name", "description")
        if old[name] != new[name]
    ]
    found += _items("/tags", _titles()["tags"], (old["tags"], new["tags"]), str)
    return [*found, *_in_body(old["body"], new["body"], catalog)]


def _in_body(old: Mapping[str, Any], new: Mapping[str, Any], catalog: Catalog) -> Iterator[Change]:
    labels = Labels(catalog, _entity_of(new))
    for name in dict.fromkeys([*old, *new]):
        path, before, after = f"/body/{name}", old.get(name), new.get(name)
        if before == after:
            continue
        if name == "definition":
            yield from _in_definition(path, before or {}, after or {}, catalog)
        elif name == "tiles":
            yield from _in_tiles(path, before or [], after or [], catalog)
        elif name == "display":
            yield _changed(path, _titles()[name], (before, after), _looks)
        elif name == "readerFilters":
            yield from _items(path, _titles()[name], (before, after), labels.field)
        else:
            yield _changed(path, _titles().get(name, name), (before, after), as_json)


def _in_definition(
    place: str, old: Mapping[str, Any], new: Mapping[str, Any], catalog: Catalog
) -> Iterator[Change]:
    labels = Labels(catalog, str(new.get("entity", "")))
    titles = _titles()  # in the order of the language: the database keeps none
    for name in dict.fromkeys([*titles, *sorted({*old, *new})]):
        pair = old.get(name), new.get(name)
        if pair[0] == pair[1]:
            continue
        path, title = f"{place}/{name}", titles.get(name, name)
        phrase = _LISTS.get(name) or _VALUES.get(name, phrases.plain)
        words = partial(said, phrase, labels=labels)
        if name in _LISTS and all(isinstance(part or [], list) for part in pair):
            yield from _items(path, title, pair, words)
        else:
            yield _changed(path, title, pair, words)


def _in_tiles(place: str, old: list[Any], new: list[Any], catalog: Catalog) -> Iterator[Change]:
    """Tiles are recognized by their keys; their order means nothing."""
    before, after = ({str(tile["key"]): tile for tile in tiles} for tiles in (old, new))
    for key in dict.fromkeys([*before, *after]):
        pair = before.get(key), after.get(key)
        name = (pair[1] or pair[0] or {}).get("title") or key
        path, title = f"{place}/{key}", _("Tile {name}").format(name=name)
        if pair[0] is None or pair[1] is None:
            yield _changed(path, title, pair, phrases.tile)
            continue
        parts = {name: (pair[0].get(name), pair[1].get(name)) for name in {**pair[0], **pair[1]}}
        for name, (one, other) in parts.items():
            if one == other:
                continue
            words = _place if name == "place" else as_json
            changes = [_changed(f"{path}/{name}", _titles().get(name, name), (one, other), words)]
            if name == "definition" and one and other:
                changes = list(_in_definition(f"{path}/{name}", one, other, catalog))
            yield from (replace(c, title=f"{title}, {c.title}") for c in changes)


def _looks(display: Mapping[str, Any]) -> str:
    """The looks of a table that aren't the usual ones."""
    names = {"pivot": _("Last group across"), "bars": _("Bars in cells")}
    return ", ".join(text for name, text in names.items() if display.get(name))


def _place(place: Mapping[str, Any]) -> str:
    """A rectangle of the grid, counted from 1 as people do."""
    text = _("column {column}, row {row}, {width} wide, {height} high")
    facts = {"width": place["width"], "height": place["height"]}
    return text.format(column=place["column"] + 1, row=place["row"] + 1, **facts)


def _items(place: str, title: str, pair: tuple[Any, Any], words: Words) -> Iterator[Change]:
    """The differences between two lists, items numbered from 1 as people count."""
    old, new = (list(part or ()) for part in pair)
    texts = [[json.dumps(item, sort_keys=True) for item in items] for items in (old, new)]
    matcher = SequenceMatcher(None, texts[0], texts[1], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        for step in range(max(i2 - i1, j2 - j1)):
            before = old[i1 + step] if i1 + step < i2 else None
            after = new[j1 + step] if j1 + step < j2 else None
            number = (i1 if after is None else j1) + step
            item_title = f"{title} {number + 1}"
            yield _changed(f"{place}/{number}", item_title, (before, after), words)


def _changed(path: str, title: str, pair: tuple[Any, Any], words: Words) -> Change:
    before, after = (None if value in (None, [], {}) else words(value) for value in pair)
    if before == after:  # what differs isn't in the words
        before, after = map(as_json, pair)
    return Change(path, title, before, after)


def _entity_of(body: Mapping[str, Any]) -> str:
    definition = body.get("definition")
    return str(definition.get("entity", "")) if isinstance(definition, Mapping) else ""


def _titles() -> dict[str, str]:
    return {
        "name": _("Name"),
        "description": _("Description"),
        "tags": _("Tag"),
        "readerFilters": _("Reader's filter"),
        "entity": _("Entity"),
        "mode": _("Mode"),
        "columns": _("Column"),
        "dimensions": _("Dimension"),
        "time": _("Time"),
        "measures": _("Measure"),
        "filters": _("Filter"),
        "filterLogic": _("Logic of the filters"),
        "having": _("Condition of groups"),
        "sort": _("Order"),
        "limit": _("Maximum of rows"),
        "totals": _("Totals"),
        "compare": _("Comparison"),
        "asOf": _("As of"),
        "chart": _("Chart"),
        "display": _("Table"),
        "title": _("Title"),
        "place": _("Place"),
        "definition": _("Definition"),
        "sql": "SQL",
    }
