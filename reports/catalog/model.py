"""The parts of a catalog: entities, their fields, relations, metrics and scope rules.

All of it is plain values. A catalog is checked when it is created (:mod:`.checks`), and
answers where a path leads (:mod:`.paths`).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Final

from reports.catalog.template import Template

_DECIMAL: Final = re.compile(r"DECIMAL\((\d+), ?(\d+)\)\Z")


class FieldType(StrEnum):
    """The type of a field, of an aggregate, and of a result's column."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    LIST = "list"
    """A list of texts; only of results."""

    @property
    def is_number(self) -> bool:
        """True if sums and averages of it make sense."""
        return self in {FieldType.INTEGER, FieldType.DECIMAL, FieldType.FLOAT}

    @property
    def is_time(self) -> bool:
        """True if it can stand on a time axis."""
        return self in {FieldType.DATE, FieldType.TIMESTAMP}


class Pii(StrEnum):
    """The kind of personal data in a field."""

    NONE = "none"
    PSEUDONYM = "pseudonym"
    """Points to a person only together with other records (a student number)."""
    DIRECT = "direct"
    """Names a person."""


class Sensitivity(StrEnum):
    """The care with which a field is to be shown."""

    NORMAL = "normal"
    PERSONAL = "personal"
    """About one person's learning: marks, progress, use."""
    SPECIAL = "special"
    """Could be used against a person: disability, deprivation, whatever is declared so."""


class Additivity(StrEnum):
    """Over what a metric may be added up."""

    ADDITIVE = "additive"
    SEMI_ADDITIVE = "semiAdditive"
    NON_ADDITIVE = "nonAdditive"


@dataclass(frozen=True)
class Field:
    """A value that each row has: a physical column, or an expression over ``{paths}``."""

    name: str
    type: FieldType
    column: str = ""
    sql: str = ""
    label: str = ""
    description: str = ""
    unit: str | None = None
    format: str | None = None
    pii: Pii = Pii.NONE
    sensitivity: Sensitivity = Sensitivity.NORMAL
    required: bool = False
    """Never NULL, so that nothing has to be counted as missing."""
    digits: tuple[int, int] = (38, 6)
    """Of a decimal: how many digits it has at most, and how many of them after the point."""
    choices: tuple[tuple[str, str], ...] = ()
    """The codes that a text may hold, each with its label; other values are shown as they are."""

    @cached_property
    def template(self) -> Template:
        """The expression, taken apart."""
        return Template.parse(self.sql)


def with_digits(field_: Field, sql_type: str) -> Field:
    """The field with the digits of the column type that holds it, if that is a decimal."""
    found = _DECIMAL.match(sql_type)
    return replace(field_, digits=(int(found[1]), int(found[2]))) if found else field_


@dataclass(frozen=True)
class Relation:
    """A many-to-one relation: our ``columns`` hold the key of a row of entity ``to``.

    They stand in the order of that entity's key. ``default`` marks the relation that is meant
    where two paths of one length lead to an entity.
    """

    name: str
    to: str
    columns: tuple[str, ...]
    label: str = ""
    default: bool = False


@dataclass(frozen=True)
class Aggregate:
    """One aggregate over an entity's rows: ``operand`` is a field path (empty: the rows).

    ``where`` is a condition over ``{paths}``: rows for which it isn't true are left out.
    """

    agg: str
    operand: str = ""
    where: str = ""

    @cached_property
    def condition(self) -> Template:
        """The condition, taken apart."""
        return Template.parse(self.where)


@dataclass(frozen=True)
class Quotient:
    """One aggregate divided by another; NULL where the divisor is 0."""

    numerator: Aggregate
    denominator: Aggregate


@dataclass(frozen=True)
class Declared:
    """A measure as the language writes it, in JSON, its names seen from the metric's entity.

    This is how a catalog that is read from a file declares its metrics: an aggregate with
    filters or a window, a ratio, a formula.
    """

    json: str


@dataclass(frozen=True)
class Metric:
    """A declared number of an entity."""

    name: str
    value: Aggregate | Quotient | Declared
    label: str
    description: str
    additivity: Additivity
    unit: str | None = None
    format: str | None = None


@dataclass(frozen=True)
class ScopeRule:
    """By which column a row is a person's, a course's, or a teacher's.

    ``public`` rows are everybody's (the institution's calendar). ``staff_only`` rows are those of
    teachers' courses and of nobody's own: a student may not see them yet, or not whose they are.
    An entity without any rule has no rows in a narrowed scope.
    """

    person: str = ""
    course: str = ""
    teacher: str = ""
    public: bool = False
    staff_only: bool = False


@dataclass(frozen=True)
class Link:
    """A table that says which person belongs to which course."""

    table: str
    person: str
    course: str


@dataclass(frozen=True)
class Entity:
    """An entity: the meaning of one row."""

    key: str
    table: str
    label: str
    row_label: str
    """One row in words: "an enrollment is one student in one course"."""
    fields: tuple[Field, ...]
    relations: tuple[Relation, ...] = ()
    metrics: tuple[Metric, ...] = ()
    scope: ScopeRule = field(default_factory=ScopeRule)
    primary_key: tuple[str, ...] = ("id",)
    """The columns that identify its rows; empty for events that have no key."""
    time: str = ""
    """The field that is its main date."""
    is_root: bool = True
    """True if questions may start here; the others are reached by a relation only."""

    @cached_property
    def fields_by_name(self) -> dict[str, Field]:
        """Fields by name."""
        return {f.name: f for f in self.fields}

    @cached_property
    def relations_by_name(self) -> dict[str, Relation]:
        """Relations by name."""
        return {r.name: r for r in self.relations}

    @cached_property
    def metrics_by_name(self) -> dict[str, Metric]:
        """Metrics by name."""
        return {m.name: m for m in self.metrics}


@dataclass(frozen=True)
class PhysicalTable:
    """A table of the database and its columns: nothing else may be read."""

    name: str
    columns: frozenset[str]


@dataclass(frozen=True)
class Catalog:
    """All that can be asked, as a value.

    ``membership`` says which people are in which course, ``teaching`` who teaches it.
    Created by :func:`reports.catalog.checks.checked`, which refuses one that contradicts itself.
    """

    entities: tuple[Entity, ...]
    tables: tuple[PhysicalTable, ...]
    membership: Link | None = None
    teaching: Link | None = None

    @cached_property
    def by_key(self) -> dict[str, Entity]:
        """Entities by key."""
        return {e.key: e for e in self.entities}

    @cached_property
    def roots(self) -> dict[str, Entity]:
        """The entities that a question may start from."""
        return {e.key: e for e in self.entities if e.is_root}

    @cached_property
    def tables_by_name(self) -> dict[str, PhysicalTable]:
        """Physical tables by name."""
        return {t.name: t for t in self.tables}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything declared: part of the key of compiled SQL."""
        tables = sorted((t.name, sorted(t.columns)) for t in self.tables)
        text = repr((self.entities, tables, self.membership, self.teaching))
        return hashlib.sha256(text.encode()).hexdigest()
