"""From DuckDB's rows to a result's cells."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from reports.catalog.model import Field, FieldType
from reports.compiler.buckets import bin_label
from reports.contracts import Cell, Column, Total
from reports.language.report import Dimension, Report, TimeAxis
from reports.language.words import PART_BUCKETS

_FORMATS = {
    FieldType.TEXT: "text",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.TIMESTAMP: "datetime",
    FieldType.LIST: "list",
}


@dataclass(frozen=True)
class Answer:
    """Rows, totals, and how many rows there are in all."""

    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[Total, ...] | None
    total_row_count: int


def columns_of(report: Report) -> tuple[Column, ...]:
    """The columns: time, dimensions, measures; or the columns of rows."""
    if report.mode == "rows":
        return tuple(_field_column(c.key, c.label, c.path.field) for c in report.columns)
    axes = [_time_column(report.time)] if report.time else []
    axes += [_dimension_column(d) for d in report.dimensions]
    return tuple(axes) + tuple(
        Column(m.key, m.label, m.type.value, m.unit, m.format or _FORMATS.get(m.type, "number"))
        for m in report.measures
    )


def _field_column(key: str, label: str, field: Field) -> Column:
    form = field.format or _FORMATS.get(field.type, "number")
    return Column(key, label, field.type.value, field.unit, form)


def _dimension_column(dimension: Dimension) -> Column:
    if dimension.bins:
        return Column(dimension.key, dimension.label, "text", dimension.path.field.unit, "text")
    return _field_column(dimension.key, dimension.label, dimension.path.field)


def _time_column(time: TimeAxis) -> Column:
    if time.bucket in PART_BUCKETS:
        return Column(time.key, time.bucket, "integer", None, "number")
    if time.bucket == "hour":
        return Column(time.key, "Hour", "timestamp", None, "datetime")
    return Column(time.key, time.bucket.capitalize(), "date", None, "date")


Decoder = Callable[[Any], Cell] | None


def _decoders(report: Report) -> list[Decoder]:
    if report.mode == "rows":
        return [_of_type(c.path.field.type) for c in report.columns]
    found: list[Decoder] = [_day if report.time.bucket != "hour" else None] if report.time else []
    for dimension in report.dimensions:
        if dimension.bins:
            found.append(_bin(dimension))
        else:
            found.append(_of_type(dimension.path.field.type))
    return found + [_of_type(m.type) for m in report.measures]


def _of_type(kind: FieldType) -> Decoder:
    if kind is FieldType.TIMESTAMP:
        return _utc
    if kind is FieldType.LIST:
        return _texts
    return _float if kind is FieldType.FLOAT else None


def _day(value: date | int) -> Cell:
    return value.date() if isinstance(value, datetime) else value


def _utc(value: datetime | None) -> Cell:
    return None if value is None else value.replace(tzinfo=UTC)


def _texts(value: list[str] | None) -> Cell:
    return None if value is None else tuple(value)


def _float(value: float | None) -> Cell:
    """Not a number and the infinities are no values: NULL."""
    return value if value is not None and math.isfinite(value) else None


def _bin(dimension: Dimension) -> Decoder:
    labels = [bin_label(dimension.bins, n) for n in range(len(dimension.bins) + 1)]
    return lambda number: None if number is None else labels[number]


def _decoded(rows: list[tuple[Any, ...]], decoders: list[Decoder], skip: int) -> list[Any]:
    if not any(decoders):
        return [row[skip:] for row in rows] if skip else rows
    return [
        tuple(d(v) if d else v for d, v in zip(decoders, row[skip:], strict=True)) for row in rows
    ]


def decode_listing(report: Report, rows: list[tuple[Any, ...]]) -> tuple[tuple[Cell, ...], ...]:
    """Rows as they are."""
    return tuple(_decoded(rows, _decoders(report), 0))


def decode_cells(report: Report, rows: list[tuple[Any, ...]]) -> Answer:
    """Groups: the level and the full count come first in each row."""
    decoders = _decoders(report)
    cells = tuple(_decoded([r for r in rows if r[0] == 0], decoders, 2))
    count = int(rows[0][1]) if rows else 0
    if not report.has_totals:
        return Answer(cells, None, count)
    if not report.dimensions and not report.time:
        return Answer(cells, tuple(Total(0, row) for row in cells), count)
    totals = _decoded([r for r in rows if r[0] == 1], decoders, 2)
    return Answer(cells, tuple(Total(0, row) for row in totals), count)
