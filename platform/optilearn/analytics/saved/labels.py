"""The catalog's labels in the reader's language, of names as a definition writes them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from reports.api import Catalog, Field


@dataclass(frozen=True)
class Labels:
    """The labels of names that stand in a definition over ``root``.

    A name that the catalog doesn't know (any more) is its own label.
    """

    catalog: Catalog
    root: str

    def entity(self, key: object) -> str:
        """The label of an entity."""
        found = self.catalog.by_key.get(str(key))
        return gettext(found.label) if found else str(key)

    def field(self, path: object) -> str:
        """The label of a path: "Course: title" for ``course.title``."""
        return self._path(self.root, str(path)) or self._of_other_entity(str(path)) or str(path)

    def metric(self, name: object) -> str:
        """The label of a metric, of the root or, as ``entity.metric``, of another entity."""
        text = str(name)
        owner, _, rest = text.rpartition(".")
        entity = self.catalog.by_key.get(owner or self.root)
        metric = entity.metrics_by_name.get(rest) if entity else None
        return gettext(metric.label) if metric else text

    def choices(self, path: object) -> tuple[tuple[str, str], ...]:
        """The codes that a path's values may be, each with its label; else nothing."""
        text = str(path)
        start, _, rest = text.partition(".")
        found = self._walk(self.root, text) or self._walk(start, rest)
        field = found[1] if found else None
        return tuple((code, gettext(label)) for code, label in field.choices) if field else ()

    def _of_other_entity(self, text: str) -> str | None:
        """``submissions.score``: the field of another entity that a measure names."""
        start, _, rest = text.partition(".")
        return self._path(start, rest) if rest else None

    def _path(self, start: str, text: str) -> str | None:
        found = self._walk(start, text)
        if found is None:
            return None
        labels, field = found
        return ": ".join([*labels, gettext(field.label or field.name)] if field else labels)

    def _walk(self, start: str, text: str) -> tuple[list[str], Field | None] | None:
        """The labels of the relations on the way, and the field at its end, if there is one."""
        entity = self.catalog.by_key.get(start)
        labels: list[str] = []
        while entity is not None:
            if (field := entity.fields_by_name.get(text)) is not None:
                return labels, field
            name, _, rest = text.partition(".")
            relation = entity.relations_by_name.get(name)
            if relation is None:
                return None
            labels.append(gettext(relation.label or relation.name))
            if not rest:
                return labels, None
            entity, text = self.catalog.by_key.get(relation.to), rest
        return None
