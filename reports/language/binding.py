"""Finding what the names of a definition mean in the catalog."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from reports.catalog.model import Catalog, Entity, Metric
from reports.catalog.paths import (
    Path,
    PathAmbiguous,
    PathUnknown,
    nearest,
    resolve,
    route,
    seen_from,
)
from reports.language.problems import Problems, shown
from reports.language.words import ALL_OPS, MAX_VALUES_IN_ALL

_MAX_SUGGESTED = 12


class Names:
    """The catalog seen from the report's root entity; what isn't found is noted."""

    def __init__(
        self,
        catalog: Catalog,
        root: Entity,
        problems: Problems,
        visiting: tuple[str, ...] = (),
    ) -> None:
        self.visiting = visiting
        """The metrics being bound, so that none is made of itself."""
        self.catalog = catalog
        self.root = root
        self.problems = problems
        self._values = 0

    def count_values(self, count: int, pointer: str) -> None:
        """Refuse a definition whose conditions compare with too many constants in all."""
        before = self._values
        self._values += count
        if before <= MAX_VALUES_IN_ALL < self._values:
            message = f"A report compares with at most {MAX_VALUES_IN_ALL} values in all."
            self.problems.add("TOO_MANY", pointer, message)

    def path(self, text: str, pointer: str, entity: str | None = None) -> Path | None:
        """The field that a path means, seen from the root or from ``entity``."""
        start = entity or self.root.key
        try:
            return resolve(self.catalog, start, text)
        except PathUnknown as error:
            known = ", ".join(error.known)
            self.problems.add(
                "UNKNOWN_FIELD",
                pointer,
                f"{start} has no field {shown(text)}.",
                f"Nearest: {known}." if known else "",
            )
            return None

    def measured(self, text: str, pointer: str) -> tuple[str, Path] | None:
        """The entity that an ad-hoc aggregate belongs to, and the field it aggregates.

        ``x.y`` is the relation x of the root if it has one, else the entity x.
        """
        first, _, rest = text.partition(".")
        other = self.catalog.roots.get(first)
        is_own = first in self.root.relations_by_name or text in self.root.fields_by_name
        if rest and other is not None and not is_own:
            found = self.path(rest, pointer, other.key)
            return (other.key, found) if found else None
        found = self.path(text, pointer)
        return (self.root.key, found) if found else None

    def metric(self, text: str, pointer: str) -> tuple[Entity, Metric] | None:
        """The metric that ``submissions.avgScore``, or ``count`` of the root, means."""
        first, _, rest = text.rpartition(".")
        entity = self.catalog.roots.get(first) if first else self.root
        found = entity.metrics_by_name.get(rest) if entity else None
        if entity and found:
            return entity, found
        known = list(self._metric_names())
        near = nearest(text, known) or tuple(f"{self.root.key}.{m.name}" for m in self.root.metrics)
        hint = f"Nearest: {', '.join(near)}." if near else f"{self.root.key} has no metrics."
        self.problems.add("UNKNOWN_METRIC", pointer, f"There is no metric {shown(text)}.", hint)
        return None

    def _metric_names(self) -> Iterator[str]:
        for entity in self.catalog.roots.values():
            yield from (f"{entity.key}.{m.name}" for m in entity.metrics)

    def seen(self, path: Path, entity: str, pointer: str) -> Path | None:
        """Return a path of the root as a measure's entity sees it; None if it doesn't."""
        try:
            return seen_from(self.catalog, path, entity)
        except PathAmbiguous as error:
            self.problems.add(
                "AMBIGUOUS_PATH",
                pointer,
                f"{entity} can reach {path.text} in two ways: {error}.",
                "Start the report from another entity.",
            )
            return None

    def reaches_root(self, entity: str) -> bool:
        """Return True if each row of ``entity`` belongs to one row of the root."""
        try:
            return route(self.catalog, entity, self.root.key) is not None
        except PathAmbiguous:
            return False

    def shared_dimensions(self, entities: set[str]) -> tuple[str, ...]:
        """Paths of the root that all of ``entities`` can see, nearest first."""
        found = (
            path.text
            for path in self._near_paths()
            if all(self._sees(path, entity) for entity in entities)
        )
        return tuple(islice(found, _MAX_SUGGESTED))

    def _sees(self, path: Path, entity: str) -> bool:
        try:
            return seen_from(self.catalog, path, entity) is not None
        except PathAmbiguous:
            return False

    def _near_paths(self) -> Iterator[Path]:
        key = self.root.key
        for field in self.root.fields:
            yield Path(key, (), key, field, field.name)
        for relation in self.root.relations:
            parent = self.catalog.by_key[relation.to]
            for field in parent.fields:
                text = f"{relation.name}.{field.name}"
                yield Path(key, (relation.name,), parent.key, field, text)


def operator_hint(known: tuple[str, ...]) -> str:
    """Return the hint that names the operators that fit."""
    return f"Operators that fit: {', '.join(known)}."


def is_operator(value: object) -> bool:
    """Return True if it is an operator of any type."""
    return isinstance(value, str) and value in ALL_OPS
