"""From a catalog file to a catalog, and to the views over the database that it reads.

Each entity becomes one view with a column for each field, in its declared type, and for what
keys and relations need. The statements of reports then read views alone, and are verified as
those over a snapshot are.
"""

# ruff: noqa: S608 - SQL is built here, of quoted names and of what the file's author vouches for

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reports.catalog.checks import checked
from reports.catalog.model import (
    Additivity,
    Catalog,
    Declared,
    Entity,
    Field,
    FieldType,
    Metric,
    PhysicalTable,
    Relation,
    ScopeRule,
    with_digits,
)
from reports.compiler.guards import quoted
from reports.errors import CatalogFileInvalid, CatalogInvalid, Problem
from reports.language.binding import Names
from reports.language.measures import metric_formula
from reports.language.problems import Problems
from reports.modelfile.model import (
    FileEntity,
    FileField,
    FileMetric,
    FileRelation,
    ModelFile,
)

FILE: Final = "_file"
"""The name of the database where the views are; no schema of it should be called so."""
_PART: Final = re.compile(r'"(?:[^"]|"")+"|[^".]+')
_TABLE: Final = re.compile(rf"(?:{_PART.pattern})(?:\.(?:{_PART.pattern}))*")
_ADDITIVE = frozenset(('"agg": "sum"', '"agg": "count"'))


@dataclass(frozen=True)
class View:
    """A view to be created: its name, the query behind it, and the entity it stands for.

    ``casts``: a field, the expression of its value, the type that it is read as, and whether
    it is calculated and not only read.
    """

    name: str
    sql: str
    entity: str
    source: str
    casts: tuple[tuple[str, str, str, bool], ...]


@dataclass(frozen=True)
class Built:
    """A catalog, its views, and the keys that must be unique: view and columns."""

    catalog: Catalog
    views: tuple[View, ...]
    keys: tuple[tuple[str, str, tuple[str, ...]], ...]


def build(file: ModelFile) -> Built:
    """The catalog that the file declares.

    Raises :class:`~reports.errors.CatalogFileInvalid`.
    """
    by_key = {e.key: e for e in file.entities}
    catalog = Catalog(
        tuple(_entity(e, by_key) for e in file.entities),
        tuple(
            PhysicalTable(view_name(e.key), frozenset(_columns(e, by_key))) for e in file.entities
        ),
    )
    try:
        checked(catalog)
        _bind_metrics(catalog)
    except CatalogInvalid as error:
        problems = [Problem("CATALOG", "", text) for text in error.problems]
        raise CatalogFileInvalid(problems) from error
    views = tuple(_view(e, by_key) for e in file.entities)
    targets = {r.to for e in file.entities for r in e.relations}
    keys = tuple(
        (e.key, view_name(e.key), tuple(_key_columns(e))) for e in file.entities if e.key in targets
    )
    return Built(catalog, views, keys)


def view_name(entity: str) -> str:
    """The view of an entity; a table of the database is hardly called so."""
    return f"@{entity}"


def _source(table: str) -> str:
    """A table's name as SQL: ``table`` or ``schema.table``; a part with a dot in it is quoted."""
    if not _TABLE.fullmatch(table):
        return quoted(table)
    parts = [
        part[1:-1].replace('""', '"') if part.startswith('"') else part
        for part in _PART.findall(table)
    ]
    whole = (FILE, *(["main"] if len(parts) == 1 else []), *parts)
    return ".".join(quoted(part) for part in whole)


def _entity(entity: FileEntity, by_key: Mapping[str, FileEntity]) -> Entity:
    return Entity(
        key=entity.key,
        table=view_name(entity.key),
        label=entity.label,
        row_label=f"one row of {entity.label.lower()}",
        fields=tuple(_field(f) for f in entity.fields),
        relations=tuple(
            Relation(r.name, r.to, tuple(_reference(r, by_key[r.to])), r.label, r.default)
            for r in entity.relations
        ),
        metrics=tuple(_metric(m) for m in entity.metrics),
        scope=ScopeRule(person=entity.person and "person", course=entity.course and "course"),
        primary_key=tuple(_key_columns(entity)),
        time=entity.time,
    )


def _field(field: FileField) -> Field:
    built = Field(
        field.name,
        field.type,
        column=f"f.{field.name}",
        label=field.label,
        description=field.description,
        unit=field.unit,
        format=field.format,
    )
    return with_digits(built, field.sql_type)


def _metric(metric: FileMetric) -> Metric:
    is_sum = any(text in metric.declared for text in _ADDITIVE)
    additivity = Additivity.ADDITIVE if is_sum else Additivity.NON_ADDITIVE
    if "semiAdditive" in metric.declared:
        additivity = Additivity.SEMI_ADDITIVE
    return Metric(
        metric.name,
        Declared(metric.declared),
        metric.label,
        metric.description,
        additivity,
        metric.unit,
        metric.format,
    )


def _bind_metrics(catalog: Catalog) -> None:
    """Check that every metric can be calculated now, not when it is asked for."""
    faults: list[str] = []
    for entity in catalog.entities:
        for metric in entity.metrics:
            names = Names(catalog, entity, Problems())
            try:
                metric_formula(names, entity, metric)
            except CatalogInvalid as error:
                faults += error.problems
    if faults:
        raise CatalogInvalid(dict.fromkeys(faults))


def _key_columns(entity: FileEntity) -> list[str]:
    """The view's columns that hold the key: a declared field's, or one of their own."""
    by_column = {f.column: f for f in entity.fields if f.column}
    return [
        f"f.{by_column[column].name}" if column in by_column else f"k.{column}"
        for column in entity.columns
    ]


def _reference(relation: FileRelation, other: FileEntity) -> list[str]:
    ours = {theirs: our for our, theirs in relation.match.items()}
    return [f"r.{relation.name}.{ours[column]}" for column in other.columns]


def _columns(entity: FileEntity, by_key: Mapping[str, FileEntity]) -> dict[str, str]:
    """The view's columns, and the expression of each."""
    found = {f"f.{f.name}": _expression(f) for f in entity.fields}
    for name, column in zip(_key_columns(entity), entity.columns, strict=True):
        found.setdefault(name, quoted(column))
    for relation in entity.relations:
        other = by_key[relation.to]
        types = {f.column: f for f in other.fields if f.column}
        for name, column in zip(_reference(relation, other), other.columns, strict=True):
            ours = next(our for our, theirs in relation.match.items() if theirs == column)
            # Compared as the other's key is read: a text is never compared with a number.
            target = types.get(column)
            # What can't be so read has no parent.
            cast = f"TRY_CAST({quoted(ours)} AS {target.sql_type})" if target else ""
            found[name] = cast or quoted(ours)
    for name, column in (("person", entity.person), ("course", entity.course)):
        if column:
            found[name] = quoted(column)
    return found or {"row": "1"}  # its rows can be counted


def _expression(field: FileField) -> str:
    value = f"CAST({_value(field)} AS {field.sql_type})"
    if field.type is FieldType.FLOAT:
        return f"CASE WHEN isfinite({value}) THEN {value} END"  # what is no number is no value
    return value


def _value(field: FileField) -> str:
    return f"({field.sql}\n)" if field.sql else quoted(field.column)


def _view(entity: FileEntity, by_key: Mapping[str, FileEntity]) -> View:
    columns = _columns(entity, by_key)
    listed = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in columns.items())
    if entity.sql:
        # A comment may end the query: the bracket stands on a line of its own.
        source = f'({entity.sql.strip().rstrip(";")}\n) AS "source"'
    else:
        source = _source(entity.table)
    sql = f"SELECT {listed} FROM {source}"
    casts = tuple((f.name, _value(f), f.sql_type, bool(f.sql or entity.sql)) for f in entity.fields)
    return View(view_name(entity.key), sql, entity.key, source, casts)
