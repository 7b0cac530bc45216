"""The catalog as a builder of reports needs it: what can be counted, and by what, together."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from django.utils.translation import get_language, gettext

from optilearn.analytics.catalog import current_catalog
from optilearn.analytics.saved.labels import Labels
from optilearn.core.access.policies import not_found
from reports import api as reports
from reports.api import Catalog

Choices = dict[str, Any]
_REMEMBERED: Final = 200
"""Answers of :func:`_choices`: one for each entity, language and catalog."""


def entities() -> list[dict[str, Any]]:
    """The entities that a report may start from, in the reader's language."""
    return [
        {
            "key": entity.key,
            "label": gettext(entity.label),
            "rowLabel": gettext(entity.row_label),
            "time": entity.time or None,
            "metrics": len(entity.metrics),
        }
        for entity in current_catalog().roots.values()
    ]


def choices(entity: str) -> Choices:
    """Everything that a report of ``entity`` may name, with what doesn't go together.

    ``paths`` are the fields within two relations, ``measures`` the metrics of all entities that
    can be grouped by one of them; ``sees`` gives for each of those entities the numbers of the
    paths that its measures can be grouped by. Raises ``AppError`` NOT_FOUND.
    """
    catalog = current_catalog()
    if entity not in catalog.roots:
        raise not_found()
    return _choices(_Known(catalog), entity, get_language() or "en")


class _Known:
    """A catalog that is equal to others of the same digest."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other.catalog.digest == self.catalog.digest

    def __hash__(self) -> int:
        return hash(self.catalog.digest)


@lru_cache(_REMEMBERED)
def _choices(known: _Known, root: str, language: str) -> Choices:
    catalog = known.catalog
    labels = Labels(catalog, root)
    found = reports.fitting(catalog, root, ())
    paths = [_path(catalog, labels, root, one) for one in found]
    if language.startswith("en"):  # the engine's are shorter: "Course code"
        paths = [path | {"label": one["label"]} for path, one in zip(paths, found, strict=True)]
    numbers = {one["path"]: number for number, one in enumerate(found)}
    sees: dict[str, list[int]] = {}
    for entity in catalog.roots.values():
        if entity.metrics:
            metric = f"{entity.key}.{entity.metrics[0].name}"
            fits = reports.fitting(catalog, root, (metric,))
            if fits:
                sees[entity.key] = [numbers[one["path"]] for one in fits]
    order = [root, *(key for key in sees if key != root)]
    return {
        "entity": root,
        "label": labels.entity(root),
        "rowLabel": gettext(catalog.roots[root].row_label),
        "time": catalog.roots[root].time or None,
        "language": language,
        "paths": paths,
        "measures": [m for key in order if key in sees for m in _measures(catalog, key)],
        "sees": sees,
    }


def _path(catalog: Catalog, labels: Labels, root: str, found: Mapping[str, str]) -> dict[str, Any]:
    path = found["path"]
    entity, rest = catalog.by_key[root], path
    names: list[str] = []
    while (field := entity.fields_by_name.get(rest)) is None:
        hop, _, rest = rest.partition(".")
        relation = entity.relations_by_name[hop]
        names.append(gettext(relation.label or relation.name))
        entity = catalog.by_key[relation.to]
    return {
        "path": path,
        "label": labels.field(path),
        "name": gettext(field.label or field.name),
        "group": " · ".join(names) or labels.entity(root),
        "type": found["type"],
        "unit": field.unit,
        "description": gettext(field.description) if field.description else "",
        "isPersonal": field.pii.value != "none",
        "choices": {code: gettext(label) for code, label in field.choices},
    }


def _measures(catalog: Catalog, key: str) -> list[dict[str, Any]]:
    entity = catalog.roots[key]
    return [
        {
            "name": f"{key}.{metric.name}",
            "label": gettext(metric.label),
            "entity": key,
            "group": gettext(entity.label),
            "description": gettext(metric.description) if metric.description else "",
            "unit": metric.unit,
            "format": metric.format or "number",
        }
        for metric in entity.metrics
    ]
