"""The contents of a catalog file, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from reports.catalog.model import FieldType


@dataclass(frozen=True)
class FileTerm:
    """A term of the calendar, both days included."""

    code: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class FileField:
    """A field: a column of the table, or an expression over its columns."""

    name: str
    type: FieldType
    sql_type: str
    column: str
    sql: str
    label: str
    description: str
    unit: str | None
    format: str | None


@dataclass(frozen=True)
class FileRelation:
    """A many-to-one relation: our column for each column of the other's key."""

    name: str
    to: str
    match: Mapping[str, str]
    label: str
    default: bool


@dataclass(frozen=True)
class FileMetric:
    """A metric; ``declared`` is the measure in JSON."""

    name: str
    declared: str
    label: str
    description: str
    unit: str | None
    format: str | None


@dataclass(frozen=True)
class FileEntity:
    """An entity over a table, or over a query that the file's author vouches for."""

    key: str
    table: str
    sql: str
    columns: tuple[str, ...]
    label: str
    time: str
    fields: tuple[FileField, ...]
    relations: tuple[FileRelation, ...]
    metrics: tuple[FileMetric, ...]
    person: str = ""
    course: str = ""


@dataclass(frozen=True)
class ModelFile:
    """A catalog file, read."""

    time_zone: str
    first_weekday: int
    terms: tuple[FileTerm, ...] = ()
    entities: tuple[FileEntity, ...] = ()
    min_group_size: int = 0
    """Numbers about fewer people are hidden; 0: none is."""
