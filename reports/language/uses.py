"""The names of the catalog that a definition uses, also those that are no longer there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from reports.catalog.model import Aggregate, Catalog, Declared, Entity, Metric, Quotient

_NAMED: Final = frozenset(
    {"columns", "dimensions", "measures", "field", "metric", "ratio", "of", "orderBy", "by"}
)
"""The keys whose texts are paths or metrics."""
_IN_FORMULA: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.]*")


def names_used(definition: Mapping[str, Any], catalog: Catalog) -> frozenset[str]:
    """Everything that a definition names, as ``entity.name``, and what that is made of.

    Of ``course.category`` in a report of enrollments: the relation ``enrollments.course`` and the
    field ``courses.category``. Of a metric also the fields that it counts. A name that the catalog
    doesn't have is listed as the entity would have it.
    """
    found = _Names(catalog)
    found.visit(definition, str(definition.get("entity", "")), "")
    return frozenset(found.names)


@dataclass
class _Names:
    catalog: Catalog
    names: set[str] = field(default_factory=set)

    def visit(self, node: object, entity: str, key: str) -> None:
        """Note the names below ``node``, which are seen from ``entity``."""
        if isinstance(node, str):
            if key == "formula":
                for text in _IN_FORMULA.findall(node):
                    self._note(text, entity)
            elif key in _NAMED:
                self._note(node, entity)
        elif isinstance(node, list | tuple):
            for item in node:
                self.visit(item, entity, key)
        elif isinstance(node, Mapping):
            owner = self._owner(node, entity)
            for name, part in node.items():
                # A measure's filters are seen from its own entity, all else from the report's.
                is_inner = name == "filters" and owner != entity
                inside = str(name) if name != "value" or isinstance(part, Mapping) else ""
                self.visit(part, owner if is_inner else entity, inside)

    def _owner(self, node: Mapping[str, Any], entity: str) -> str:
        text = node.get("metric") or node.get("field")
        first = text.split(".")[0] if isinstance(text, str) and "." in text else ""
        return first if first in self.catalog.by_key else entity

    def _note(self, text: str, entity: str) -> None:
        """Note a metric or a path; ``entity`` itself may be named in front."""
        owner, _, name = text.rpartition(".")
        counted = self.catalog.by_key.get(owner or entity)
        metric = counted.metrics_by_name.get(name) if counted else None
        if counted is not None and metric is not None:
            self._note_metric(counted, metric)
            return
        start, _, rest = text.partition(".")
        known = self.catalog.by_key.get(entity)
        is_ours = known is not None and (text in known.fields_by_name or start in _hops(known))
        if not is_ours and start in self.catalog.by_key and rest:
            entity, text = start, rest
        self._note_path(text, entity)

    def _note_path(self, text: str, start: str) -> None:
        name = f"{start}.{text}"
        if name in self.names:
            return
        entity = self.catalog.by_key.get(start)
        found = entity.fields_by_name.get(text) if entity else None
        hop, _, rest = text.partition(".")
        relation = entity.relations_by_name.get(hop) if entity else None
        if found is None and relation is not None:
            self.names.add(f"{start}.{hop}")
            if rest:
                self._note_path(rest, relation.to)
            return
        self.names.add(name)
        if found is not None:
            for path in found.template.paths:
                self._note_path(path, start)

    def _note_metric(self, entity: Entity, metric: Metric) -> None:
        name = f"{entity.key}.{metric.name}"
        if name in self.names:
            return
        self.names.add(name)
        if isinstance(metric.value, Declared):
            self.visit(json.loads(metric.value.json), entity.key, "measures")
        for path in _paths_of(metric):
            self._note_path(path, entity.key)


def _paths_of(metric: Metric) -> Iterator[str]:
    value = metric.value
    parts: tuple[Aggregate, ...] = ()
    if isinstance(value, Aggregate):
        parts = (value,)
    elif isinstance(value, Quotient):
        parts = (value.numerator, value.denominator)
    for part in parts:
        yield from part.condition.paths
        if part.operand:
            yield part.operand


def _hops(entity: Entity) -> Mapping[str, object]:
    return entity.relations_by_name
