"""The declared catalog as the oracle reads it, and where a path leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reports.catalog.model import Catalog, Entity, FieldType
from tests.reports.oracle.declared import EXPRESSIONS, METRICS


@dataclass(frozen=True)
class Hop:
    """A many-to-one relation; ``columns`` hold the parent's key."""

    to: str
    columns: tuple[str, ...]
    is_default: bool


@dataclass(frozen=True)
class Shape:
    """The declarations of one entity."""

    key: str
    table: str
    id_columns: tuple[str, ...]
    main_date: str
    kinds: Mapping[str, FieldType]
    columns: Mapping[str, str]
    hops: Mapping[str, Hop]


@dataclass(frozen=True)
class Path:
    """A field seen from ``start``; an empty ``field`` stands for the row's own key."""

    start: str
    hops: tuple[str, ...]
    owner: str
    field: str
    kind: FieldType


class NoWay(LookupError):  # noqa: N818 - reads as what it says
    """The question should have been refused: no such path, or more than one."""


class Schema:
    """All entities, and how they see one another."""

    def __init__(self, catalog: Catalog) -> None:
        self.shapes = {entity.key: _shape(entity) for entity in catalog.entities}
        self.metrics = {
            f"{entity.key}.{metric.name}"
            for entity in catalog.entities
            for metric in entity.metrics
        }
        fields = {
            f"{entity.key}.{field.name}"
            for entity in catalog.entities
            for field in entity.fields
            if field.sql
        }
        strangers = (fields - set(EXPRESSIONS)) | (self.metrics - set(METRICS))
        assert not strangers, f"write these a second time in oracle/declared.py: {strangers}"

    def path(self, start: str, text: str) -> Path:
        """The field that ``text`` names; a path that ends in a relation means its key."""
        hops: list[str] = []
        shape, rest = self.shapes[start], text
        while True:
            if rest in shape.kinds:
                return Path(start, tuple(hops), shape.key, rest, shape.kinds[rest])
            head, _, rest = rest.partition(".")
            if head not in shape.hops:
                raise NoWay(f"{start}.{text}")
            hops.append(head)
            shape = self.shapes[shape.hops[head].to]
            if not rest:
                return Path(start, tuple(hops), shape.key, "", FieldType.INTEGER)

    def passed(self, start: str, hops: tuple[str, ...]) -> list[str] | None:
        """The entities along ``hops``, ``start`` first; None where a relation is missing."""
        found = [start]
        for hop in hops:
            known = self.shapes[found[-1]].hops
            if hop not in known:
                return None
            found.append(known[hop].to)
        return found

    def way(self, start: str, goal: str) -> tuple[str, ...] | None:
        """The shortest way from ``start`` to ``goal``; one with declared defaults wins a tie."""
        ways: list[tuple[str, ...]] = [()]
        for _ in range(len(self.shapes)):
            there = [w for w in ways if (self.passed(start, w) or [""])[-1] == goal]
            if there:
                return self._only(start, there)
            ways = [
                (*w, hop)
                for w in ways
                for hop in self.shapes[(self.passed(start, w) or [""])[-1]].hops
            ]
        return None

    def _only(self, start: str, ways: list[tuple[str, ...]]) -> tuple[str, ...]:
        def marks(way: tuple[str, ...]) -> tuple[bool, ...]:
            along = self.passed(start, way) or []
            pairs = zip(along, way, strict=False)
            return tuple(self.shapes[key].hops[hop].is_default for key, hop in pairs)

        best = max(marks(way) for way in ways)
        left = [way for way in ways if marks(way) == best]
        if len(left) > 1:
            raise NoWay(f"{start}: {left}")
        return left[0]

    def seen(self, path: Path, entity: str) -> Path:
        """The root's ``path`` as rows of ``entity`` see it ("Field paths" in the contract)."""
        if entity == path.start:
            return path
        along = self.passed(path.start, path.hops) or []
        if entity in along:
            last = max(i for i, key in enumerate(along) if key == entity)
            return self._from(entity, path.hops[last:], path)
        own = self.passed(entity, path.hops)
        if path.hops and own is not None and own[1:] == along[1:]:
            return self._from(entity, path.hops, path)
        way = self.way(entity, path.start)
        if way is None:
            raise NoWay(f"{entity} doesn't see {path}")
        return self._from(entity, way + path.hops, path)

    @staticmethod
    def _from(entity: str, hops: tuple[str, ...], path: Path) -> Path:
        return Path(entity, hops, path.owner, path.field, path.kind)


def _shape(entity: Entity) -> Shape:
    return Shape(
        entity.key,
        entity.table,
        entity.primary_key,
        entity.time,
        {field.name: field.type for field in entity.fields},
        {field.name: field.column for field in entity.fields if not field.sql},
        {r.name: Hop(r.to, r.columns, r.default) for r in entity.relations},
    )
