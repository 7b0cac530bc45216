"""Checks of a catalog when it is created, so that no question finds a contradiction."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from reports.catalog.model import Aggregate, Catalog, Declared, Entity, Metric
from reports.catalog.paths import PathAmbiguous, PathUnknown, resolve, route
from reports.catalog.template import Template
from reports.errors import CatalogInvalid

_CAMEL_CASE = re.compile(r"[a-z][A-Za-z0-9]*\Z")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_ATTRIBUTE = re.compile(r"attributes\.[A-Za-z][A-Za-z0-9_]*\Z")


def checked(catalog: Catalog, *, is_product: bool = False) -> Catalog:
    """The catalog itself, if it holds together.

    The product's own also has names in camelCase, and no way between two entities that needs
    choosing; in one read from a file, only the question that has to choose is refused.
    Raises :class:`~reports.errors.CatalogInvalid` with every fault.
    """
    faults = [
        *_duplicates(catalog, is_product=is_product),
        *_references(catalog),
        *_links(catalog),
    ]
    if not faults:
        faults += _expressions(catalog)
    if not faults and is_product:
        faults += _ambiguities(catalog)
    if faults:
        raise CatalogInvalid(faults)
    return catalog


def _repeated(names: list[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _duplicates(catalog: Catalog, *, is_product: bool) -> Iterator[str]:
    form = _CAMEL_CASE if is_product else _IDENTIFIER
    for key in _repeated([e.key for e in catalog.entities]):
        yield f"two entities are called {key}"
    for entity in catalog.entities:
        names = [f.name for f in entity.fields]
        names += [m.name for m in entity.metrics if not _is_sum_of_its_name(m)]
        for name in _repeated(names):
            yield f"{entity.key}.{name} is declared twice"
        for name in _repeated([r.name for r in entity.relations]):
            yield f"{entity.key} has two relations called {name}"
        for name in {r.name for r in entity.relations} & set(names):
            yield f"{entity.key}.{name} is both a field or metric and a relation"
        for name in [*names, *(r.name for r in entity.relations)]:
            if not (form.match(name) or _ATTRIBUTE.match(name)):
                yield f"{entity.key}.{name} is not a name of the form {form.pattern}"


def _is_sum_of_its_name(metric: Metric) -> bool:
    """``activity.clicks`` is the sum of the field ``clicks``: one name, one meaning."""
    return metric.value == Aggregate("sum", metric.name)


def _references(catalog: Catalog) -> Iterator[str]:
    for entity in catalog.entities:
        table = catalog.tables_by_name.get(entity.table)
        if table is None:
            yield f"{entity.key}: there is no table {entity.table}"
            continue
        rule = entity.scope
        columns = [f.column for f in entity.fields if not f.sql]
        columns += [c for r in entity.relations for c in r.columns] + list(entity.primary_key)
        columns += [c for c in (rule.person, rule.course, rule.teacher) if c]
        for column in columns:
            if column not in table.columns:
                yield f"{entity.key}: the table {table.name} has no column {column!r}"
        for relation in entity.relations:
            parent = catalog.by_key.get(relation.to)
            if parent is None:
                yield f"{entity.key}.{relation.name} leads to an unknown entity {relation.to}"
            elif not parent.primary_key or len(parent.primary_key) != len(relation.columns):
                yield f"{entity.key}.{relation.name} doesn't match the key of {relation.to}"
        if entity.time and not _is_time(entity):
            yield f"{entity.key}: its main date {entity.time} is not a date of it"


def _is_time(entity: Entity) -> bool:
    found = entity.fields_by_name.get(entity.time)
    return found is not None and found.type.is_time


def _links(catalog: Catalog) -> Iterator[str]:
    for link in (catalog.membership, catalog.teaching):
        if link is None:
            continue
        table = catalog.tables_by_name.get(link.table)
        if table is None or not {link.person, link.course} <= table.columns:
            yield f"the link through {link.table} names an unknown table or column"


def _expressions(catalog: Catalog) -> list[str]:
    faults: list[str] = []
    for entity in catalog.entities:
        for found in entity.fields:
            if found.sql and found.column:
                faults.append(f"{entity.key}.{found.name} has both a column and an expression")
            faults += _unknown_paths(catalog, entity, found.name, found.template)
        for metric in entity.metrics:
            faults += _metric_faults(catalog, entity, metric)
    return faults


def _metric_faults(catalog: Catalog, entity: Entity, metric: Metric) -> Iterator[str]:
    value = metric.value
    if isinstance(value, Declared):  # bound and checked by the language that it is written in
        return
    parts = (value,) if isinstance(value, Aggregate) else (value.numerator, value.denominator)
    for part in parts:
        yield from _unknown_paths(catalog, entity, metric.name, part.condition)
        if part.operand:
            operand = Template(("", ""), (part.operand,))
            yield from _unknown_paths(catalog, entity, metric.name, operand)
        elif part.agg != "count":
            yield f"{entity.key}.{metric.name}: {part.agg} of what?"


def _unknown_paths(
    catalog: Catalog, entity: Entity, name: str, template: Template
) -> Iterator[str]:
    for text in template.paths:
        try:
            path = resolve(catalog, entity.key, text)
        except PathUnknown:
            yield f"{entity.key}.{name}: unknown path {text}"
            continue
        if path.field.sql and name in entity.fields_by_name:
            yield f"{entity.key}.{name}: an expression is made of plain columns, {text} is not one"


def _ambiguities(catalog: Catalog) -> Iterator[str]:
    for start in catalog.by_key:
        for goal in catalog.by_key:
            try:
                route(catalog, start, goal)
            except PathAmbiguous as error:
                yield f"from {start} to {goal}: {error}; mark one as the default"
