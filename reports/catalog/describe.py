"""The catalog as the API serves it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from reports.catalog.model import Catalog, Entity, Field, Metric, Relation
from reports.catalog.paths import (
    Path,
    PathAmbiguous,
    PathUnknown,
    label_of,
    nearest,
    resolve,
    seen_from,
)
from reports.errors import Problem, ReportInvalid

Translate = Callable[[str], str]
"""An English label to the one in the reader's language."""


def describe(catalog: Catalog, translate: Translate = str) -> dict[str, Any]:
    """Entities, fields, relations and metrics, with labels and descriptions by ``translate``."""
    return {
        "digest": catalog.digest,
        "entities": [_entity(entity, translate) for entity in catalog.entities],
    }


def _entity(entity: Entity, translate: Translate) -> dict[str, Any]:
    return {
        "key": entity.key,
        "label": translate(entity.label),
        "rowLabel": translate(entity.row_label),
        "isRoot": entity.is_root,
        "time": entity.time or None,
        "fields": [describe_field(entity, field, translate) for field in entity.fields],
        "relations": [_relation(entity, r, translate) for r in entity.relations],
        "metrics": [_metric(entity, metric, translate) for metric in entity.metrics],
    }


def describe_field(entity: Entity, field: Field, translate: Translate) -> dict[str, Any]:
    """A field of an entity as the API answers it."""
    key = f"{entity.key}.{field.name}"
    return {
        "name": field.name,
        "type": field.type.value,
        "labelKey": key,
        "label": translate(field.label or field.name),
        "description": translate(field.description) if field.description else "",
        "unit": field.unit,
        "format": field.format,
        "pii": field.pii.value,
        "sensitivity": field.sensitivity.value,
        "choices": [{"value": code, "label": translate(text)} for code, text in field.choices],
    }


def _relation(entity: Entity, relation: Relation, translate: Translate) -> dict[str, Any]:
    key = f"{entity.key}.{relation.name}"
    label = translate(relation.label or relation.name)
    return {"name": relation.name, "to": relation.to, "labelKey": key, "label": label}


def _metric(entity: Entity, metric: Metric, translate: Translate) -> dict[str, Any]:
    key = f"{entity.key}.metrics.{metric.name}"
    return {
        "name": f"{entity.key}.{metric.name}",
        "labelKey": key,
        "label": translate(metric.label),
        "description": translate(metric.description),
        "unit": metric.unit,
        "format": metric.format or "number",
        "additivity": metric.additivity.value,
    }


def fitting(catalog: Catalog, root: str, measures: Iterable[str]) -> list[dict[str, str]]:
    """The dimensions that fit a choice of measures, over at most two relations of ``root``.

    A measure is a metric's name like ``submissions.avgScore``, or one of the root without
    its entity. Raises :class:`~reports.errors.ReportInvalid` for a name that isn't there.
    """
    if root not in catalog.roots:
        hint = ", ".join(nearest(root, catalog.roots) or catalog.roots)
        problem = Problem("UNKNOWN_ENTITY", "/entity", "There is no such entity.", hint)
        raise ReportInvalid([problem])
    entities = {_entity_of(catalog, root, name) for name in measures}
    found: list[dict[str, str]] = []
    for hops, owner in _near(catalog, root):
        for field in catalog.by_key[owner].fields:
            path = Path(root, hops, owner, field, ".".join([*hops, field.name]))
            if all(_sees(catalog, path, entity) for entity in entities):
                label = label_of(catalog, path)
                found.append({"path": path.text, "label": label, "type": field.type.value})
    return found


def path_from(catalog: Catalog, root: str, path: str, other: str) -> str | None:
    """The path by which rows of the entity ``other`` have what rows of ``root`` have by ``path``.

    ``enrollment.status`` of submissions for ``status`` of enrollments: a field of the same name
    is another one. None if it isn't there, or can't be reached, or by several ways.
    """
    try:
        found = seen_from(catalog, resolve(catalog, root, path), other)
    except (PathUnknown, PathAmbiguous, KeyError):
        return None
    return None if found is None else ".".join([*found.hops, found.field.name])


def _entity_of(catalog: Catalog, root: str, metric: str) -> str:
    first, _, rest = metric.rpartition(".")
    entity = catalog.roots.get(first or root)
    if entity is None or rest not in entity.metrics_by_name:
        names = [f"{e.key}.{m.name}" for e in catalog.roots.values() for m in e.metrics]
        hint = ", ".join(nearest(metric, names))
        raise ReportInvalid(
            [Problem("UNKNOWN_METRIC", "/measures", "There is no such metric.", hint)]
        )
    return entity.key


def _near(catalog: Catalog, root: str) -> list[tuple[tuple[str, ...], str]]:
    found: list[tuple[tuple[str, ...], str]] = [((), root)]
    for hops, owner in found:
        if len(hops) < 2:
            relations = catalog.by_key[owner].relations
            found.extend(((*hops, r.name), r.to) for r in relations)
    return found


def _sees(catalog: Catalog, path: Path, entity: str) -> bool:
    try:
        return seen_from(catalog, path, entity) is not None
    except PathAmbiguous:
        return False
