"""From DuckDB's rows to a result's cells."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from reports.catalog.model import Field, FieldType
from reports.compiler.buckets import bin_label
from reports.compiler.plan import level_of
from reports.contracts import Cell, Column, Total
from reports.engine.calendar import Calendar
from reports.errors import OutOfTime
from reports.language.formulas import bases_of
from reports.language.measures import humanized
from reports.language.report import Dimension, Measure, Report, TimeAxis
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
    keys: tuple[tuple[Any, ...], ...] = ()
    """The key of each row, where a row is a record."""
    people: tuple[tuple[int | None, ...], ...] = ()
    """The number of people of each value: of the totals, which come first, and the rows."""


def columns_of(report: Report) -> tuple[Column, ...]:
    """The columns: time, dimensions, measures; or the columns of rows."""
    if report.mode == "rows":
        return tuple(_field_column(c.key, c.label, c.path.field) for c in report.columns)
    axes = [_time_column(report.time)] if report.time else []
    axes += [_dimension_column(d) for d in report.dimensions]
    return tuple(axes) + tuple(_measure_column(m) for m in report.measures)


def _measure_column(measure: Measure) -> Column:
    form = measure.format or _FORMATS.get(measure.type, "number")
    bases = bases_of(measure.formula) if measure.type in {FieldType.TEXT, FieldType.LIST} else ()
    operand = bases[0].operand if bases else None
    choices = operand.field.choices if operand else ()
    return Column(
        measure.key, measure.label, measure.type.value, measure.unit, form, choices=choices
    )


def _field_column(key: str, label: str, field: Field) -> Column:
    form = field.format or _FORMATS.get(field.type, "number")
    return Column(key, label, field.type.value, field.unit, form, choices=field.choices)


def _dimension_column(dimension: Dimension) -> Column:
    if dimension.bins:
        return Column(dimension.key, dimension.label, "text", dimension.path.field.unit, "text")
    return _field_column(dimension.key, dimension.label, dimension.path.field)


def _time_column(time: TimeAxis) -> Column:
    if time.bucket in _TEXT_BUCKETS:
        return Column(time.key, _TEXT_BUCKETS[time.bucket], "text", None, "text")
    if time.bucket in (*PART_BUCKETS, "weekOfTerm"):
        return Column(time.key, humanized(time.bucket), "integer", None, "number")
    if time.bucket == "hour":
        return Column(time.key, "Hour", "timestamp", None, "datetime")
    return Column(time.key, time.bucket.capitalize(), "date", None, "date")


_TEXT_BUCKETS = {"term": "Term", "academicYear": "Academic year"}
Decoder = Callable[[Any], Cell] | None


def _decoders(report: Report, calendar: Calendar) -> list[Decoder]:
    if report.mode == "rows":
        return [_of_type(c.path.field.type) for c in report.columns]
    found: list[Decoder] = [_of_bucket(report.time, calendar)] if report.time else []
    for dimension in report.dimensions:
        if dimension.bins:
            found.append(_bin(dimension))
        else:
            found.append(_of_type(dimension.path.field.type))
    return found + [_of_type(m.type) for m in report.measures]


def _of_bucket(time: TimeAxis, calendar: Calendar) -> Decoder:
    if time.bucket == "term":
        codes = [term.code for term in calendar.terms]
        return lambda number: None if number is None else codes[number]
    if time.bucket == "academicYear":
        is_split = calendar.year_month > 1
        return lambda year: None if year is None else academic_year(year, is_split=is_split)
    return _known if time.bucket == "hour" else _day


def academic_year(year: int, *, is_split: bool) -> str:
    """``2013/14`` for the year that begins in 2013; ``2013`` if it ends in the same year."""
    return f"{year}/{(year + 1) % 100:02d}" if is_split else str(year)


def _of_type(kind: FieldType) -> Decoder:
    decoders: dict[FieldType, Decoder] = {
        FieldType.TIMESTAMP: _utc,
        FieldType.DATE: _known,
        FieldType.LIST: _texts,
        FieldType.FLOAT: _float,
    }
    return decoders.get(kind)


def _known(value: Any) -> Any:  # noqa: ANN401 - of any type of time
    """A date or time; DuckDB hands out as text what Python can't hold."""
    if isinstance(value, str):
        raise OutOfTime
    return value


def _day(value: date | int | str) -> Cell:
    return value.date() if isinstance(value, datetime) else _known(value)


def _utc(value: datetime | str | None) -> Cell:
    return None if value is None else _known(value).replace(tzinfo=UTC)


def _texts(value: list[str] | None) -> Cell:
    return None if value is None else tuple(value)


def _float(value: float | None) -> Cell:
    """Not a number and the infinities are no values: NULL; a zero has no sign."""
    return value + 0.0 if value is not None and math.isfinite(value) else None


def _bin(dimension: Dimension) -> Decoder:
    labels = [bin_label(dimension.bins, n) for n in range(len(dimension.bins) + 1)]
    return lambda number: None if number is None else labels[number]


def _decoded(rows: list[tuple[Any, ...]], decoders: list[Decoder], skip: int) -> list[Any]:
    if not any(decoders):
        return [row[skip:] for row in rows] if skip else rows
    return [
        tuple(d(v) if d else v for d, v in zip(decoders, row[skip:], strict=True)) for row in rows
    ]


def decode_listing(
    report: Report, calendar: Calendar, rows: list[tuple[Any, ...]]
) -> tuple[tuple[Cell, ...], ...]:
    """Rows as they are; the key that follows what is shown is left out."""
    decoders = _decoders(report, calendar)
    width = len(decoders)
    if rows and len(rows[0]) > width:
        rows = [row[:width] for row in rows]
    return tuple(_decoded(rows, decoders, 0))


def decode_cells(report: Report, calendar: Calendar, rows: list[tuple[Any, ...]]) -> Answer:
    """Groups: the level's mask and the full count come first in each row.

    People are counted in columns that follow the values, if they are.
    """
    decoders = _decoders(report, calendar)
    width = len(decoders) + 2
    people = tuple(row[width:] for row in rows) if rows and len(rows[0]) > width else ()
    masks = [row[0] for row in rows]
    values = _decoded([row[:width] for row in rows] if people else rows, decoders, 2)
    count = int(rows[0][1]) if rows else 0
    cells = tuple(row for mask_, row in zip(masks, values, strict=True) if mask_ == 0)
    groups = report.group_count
    totals = [
        Total(level_of(mask_, groups), row)
        for mask_, row in zip(masks, values, strict=True)
        if mask_ > 0
    ]
    if report.has_totals and not groups:
        totals = [Total(0, row) for row in cells]
    return Answer(cells, tuple(totals) if report.has_totals else None, count, people=people)
