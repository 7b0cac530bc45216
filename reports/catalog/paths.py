"""Paths from one entity to another's fields (docs/report-reference.md#field-paths)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reports.catalog.model import Catalog, Entity, Field, FieldType


class PathUnknown(LookupError):  # noqa: N818 - reads as the state it reports
    """No such path; ``known`` are the nearest names, spelled as the asker would write them."""

    def __init__(self, text: str, known: tuple[str, ...]) -> None:
        super().__init__(text)
        self.known = known


class PathAmbiguous(LookupError):  # noqa: N818 - reads as the state it reports
    """Two paths of one length lead there; ``paths`` are the candidates."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        super().__init__(" or ".join(paths))
        self.paths = paths


@dataclass(frozen=True)
class Path:
    """A field seen from an entity: ``hops`` are the relations passed on the way."""

    start: str
    hops: tuple[str, ...]
    owner: str
    field: Field
    text: str
    """As the definition writes it."""


def is_same(one: Path, other: Path) -> bool:
    """Return True if two paths from one entity lead to the same field by the same way."""
    return (one.hops, one.field) == (other.hops, other.field)


def nearest(name: str, known: Iterable[str], count: int = 3) -> tuple[str, ...]:
    """The known names most like ``name``, best first."""
    by_lower = {k.lower(): k for k in known}
    found = difflib.get_close_matches(name.lower()[:100], list(by_lower), count, 0.5)
    return tuple(by_lower[f] for f in found)


def key_field(entity: Entity) -> Field | None:
    """The field that stands for a row of ``entity``: what a path to a relation means.

    None if its key isn't a single column.
    """
    if len(entity.primary_key) != 1:
        return None
    (column,) = entity.primary_key
    declared = (f for f in entity.fields if f.column == column)
    return next(declared, None) or Field("id", FieldType.INTEGER, column=column, label=entity.label)


def resolve(catalog: Catalog, start: str, text: str) -> Path:
    """The field that ``text`` names, seen from the entity ``start``.

    Raises :class:`PathUnknown`.
    """
    entity = catalog.by_key[start]
    hops: list[str] = []
    names = text.split(".")
    while names:
        whole = ".".join(names)
        if found := entity.fields_by_name.get(whole):
            return Path(start, tuple(hops), entity.key, found, text)
        relation = entity.relations_by_name.get(names[0])
        if relation is None:
            raise PathUnknown(text, _known_near(entity, hops, whole))
        hops.append(relation.name)
        entity = catalog.by_key[relation.to]
        names = names[1:]
    key = key_field(entity)
    if key is None:
        raise PathUnknown(text, _known_near(entity, hops, "id"))
    return Path(start, tuple(hops), entity.key, key, text)


def _known_near(entity: Entity, hops: list[str], name: str) -> tuple[str, ...]:
    known = [*entity.fields_by_name, *(f"{r}.…" for r in entity.relations_by_name)]
    prefix = "".join(f"{hop}." for hop in hops)
    near = nearest(name, known) or tuple(known[:8])
    return tuple(prefix + n for n in near)


def chain(catalog: Catalog, start: str, hops: tuple[str, ...]) -> tuple[str, ...] | None:
    """The entities passed from ``start`` along ``hops``, ``start`` first; None if cut off."""
    keys = [start]
    for hop in hops:
        relation = catalog.by_key[keys[-1]].relations_by_name.get(hop)
        if relation is None:
            return None
        keys.append(relation.to)
    return tuple(keys)


def route(catalog: Catalog, start: str, goal: str) -> tuple[str, ...] | None:
    """The shortest way along relations from ``start`` to ``goal``; None if there is none.

    Raises :class:`PathAmbiguous` when two ways tie and the catalog doesn't say which is meant.
    """
    for ways in _levels(catalog, start):
        found = [hops for hops, key in ways if key == goal]
        if len(found) > 1:
            found = _preferred(catalog, start, found)
        if len(found) > 1:
            raise PathAmbiguous(tuple(".".join(hops) for hops in found))
        if found:
            return found[0]
    return None


def _levels(catalog: Catalog, start: str) -> Iterator[list[tuple[tuple[str, ...], str]]]:
    """All ways from ``start``, shortest first, none through an entity already reached."""
    level: list[tuple[tuple[str, ...], str]] = [((), start)]
    seen: set[str] = set()
    while level:
        yield level
        seen |= {key for _, key in level}
        level = [
            ((*hops, relation.name), relation.to)
            for hops, key in level
            for relation in catalog.by_key[key].relations
            if relation.to not in seen
        ]


def _preferred(catalog: Catalog, start: str, ways: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    def marks(hops: tuple[str, ...]) -> tuple[bool, ...]:
        keys = chain(catalog, start, hops) or ()
        return tuple(
            catalog.by_key[key].relations_by_name[hop].default
            for key, hop in zip(keys, hops, strict=False)
        )

    best = max(marks(hops) for hops in ways)
    return [hops for hops in ways if marks(hops) == best]


def seen_from(catalog: Catalog, path: Path, measure_entity: str) -> Path | None:
    """Return a path of the root as another entity sees it; None if it can't reach it.

    The candidates, of which the shortest counts: through the relation that leads to the
    root; the same path, if it passes the same entities; the rest of the path, if the entity
    lies on it. Raises :class:`PathAmbiguous`.
    """
    if measure_entity == path.start:
        return path
    keys = chain(catalog, path.start, path.hops) or ()
    candidates: list[tuple[str, ...]] = []
    if measure_entity in keys:
        last = len(keys) - 1 - keys[::-1].index(measure_entity)
        candidates.append(path.hops[last:])
    if path.hops:
        own = chain(catalog, measure_entity, path.hops)
        if own is not None and own[1:] == keys[1:]:
            candidates.append(path.hops)
    if not candidates:
        to_root = route(catalog, measure_entity, path.start)
        if to_root is None:
            return None
        candidates.append(to_root + path.hops)
    hops = min(candidates, key=len)
    return Path(measure_entity, hops, path.owner, path.field, path.text)


def label_of(catalog: Catalog, path: Path) -> str:
    """The label of a path: "Course title" for ``course.title``."""
    first, *rest = labels_of(catalog, path)
    return " ".join([first, *(text[:1].lower() + text[1:] for text in rest)])


def labels_of(catalog: Catalog, path: Path) -> list[str]:
    """The labels of the relations of a path, and of its field unless a relation stands for it."""
    entity = catalog.by_key[path.start]
    labels: list[str] = []
    for hop in path.hops:
        relation = entity.relations_by_name[hop]
        labels.append(relation.label or hop)
        entity = catalog.by_key[relation.to]
    if path.text.endswith(path.field.name):
        labels.append(path.field.label or path.field.name)
    return labels
