"""The numbers that an alert watches, read from a result.

Of a report over time the newest bucket counts, and a row goes by its other groups: so it is the
same row next week.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from django.utils import translation

from dashboards.formats import Formatter
from optilearn.analytics.presenting.results import translated
from reports.contracts import Cell, Column, Result, Total, wire_value

OVERALL_KEY: Final = "overall"
_PLAIN: Final = Formatter("en")


@dataclass(frozen=True)
class Watch:
    """The cells of a result that are watched: a measure, its base, of each row or overall."""

    measure: str
    base: str | None
    is_overall: bool


@dataclass(frozen=True)
class Reading:
    """One watched row. ``key`` identifies it in every snapshot without naming anybody."""

    key: str
    groups: tuple[Any, ...]
    """The values of its groups as JSON has them; empty overall."""
    label: str
    now: Decimal | None
    before: Decimal | None = None
    base: Decimal | None = None
    is_hidden: bool = False


@dataclass(frozen=True)
class Rows:
    """The watched rows of an answer, in its order."""

    readings: tuple[Reading, ...]

    @cached_property
    def extremes(self) -> tuple[Decimal, Decimal] | None:
        """The lowest and the highest value; None where a row has no value that can be shown."""
        found = [r.now for r in self.readings if r.now is not None and not r.is_hidden]
        return (min(found), max(found)) if found and len(found) == len(self.readings) else None

    def values(self) -> Iterator[tuple[str, Decimal]]:
        """Yield the key and the value of each row that has one to be shown."""
        for reading in self.readings:
            if reading.now is not None and not reading.is_hidden:
                yield reading.key, reading.now


NO_ROWS: Final = Rows(())


@dataclass(frozen=True)
class _Row:
    """A row or a total: its cells, those of the compared time, and the hidden columns."""

    cells: tuple[Cell, ...]
    before: tuple[Cell, ...]
    hidden: frozenset[int]
    hidden_before: frozenset[int]


def rows_of(result: Result, watch: Watch, formatter: Formatter) -> Rows:
    """Return the watched rows of a result."""
    columns = {column.key: number for number, column in enumerate(result.columns)}
    measure = columns[watch.measure]
    base = columns[watch.base] if watch.base else None
    groups = range(1 if _is_temporal(result) else 0, _group_count(result.definition))
    with translation.override(formatter.locale):
        shown = {number: translated(result.columns[number]) for number in groups}
    found = []
    for row in _overall(result) if watch.is_overall else _newest(result):
        keys = () if watch.is_overall else tuple(wire_value(row.cells[n]) for n in groups)
        label = " · ".join(formatter.group(row.cells[n], shown[n]) for n in groups)
        found.append(
            Reading(
                key=key_of(keys),
                groups=keys,
                label="" if watch.is_overall else label,
                now=number_of(row.cells[measure]),
                before=number_of(_cell(row.before, measure)),
                base=number_of(row.cells[base]) if base is not None else None,
                is_hidden=measure in row.hidden
                or measure in row.hidden_before
                or base in row.hidden,
            )
        )
    return Rows(tuple(found))


def values_of(result: Result, watch: Watch) -> Iterator[tuple[str, Decimal]]:
    """Yield the key and the value of each watched row that has one to be shown."""
    return rows_of(result, watch, _PLAIN).values()


def key_of(groups: tuple[Any, ...]) -> str:
    """Return the key of a row's groups: a digest, from which no name can be read."""
    if not groups:
        return OVERALL_KEY
    text = json.dumps(groups, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def number_of(cell: Cell) -> Decimal | None:
    """Return a cell as an exact number; None for what is none."""
    if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal):
        return None
    number = Decimal(str(cell))
    return number if number.is_finite() else None


def column_of(result: Result, watch: Watch) -> Column:
    """Return the column of the watched measure."""
    return next(column for column in result.columns if column.key == watch.measure)


def _newest(result: Result) -> Iterator[_Row]:
    """Yield the rows; of a report over time those of the newest bucket."""
    rows = list(_rows(result))
    if not _is_temporal(result):
        yield from rows
        return
    buckets = [row.cells[0] for row in rows if row.cells[0] is not None]
    newest = max(buckets, default=None)
    yield from (row for row in rows if row.cells[0] == newest)


def _overall(result: Result) -> Iterator[_Row]:
    """Yield the total over all groups; of a report over time that of the newest bucket."""
    newest = list(_newest(result))
    own = 1 if _is_temporal(result) else 0
    if _group_count(result.definition) == own:
        yield from newest
    elif newest or not own:
        bucket = newest[0].cells[:own] if newest else ()
        yield from _totals(result, own, bucket)


def _rows(result: Result) -> Iterator[_Row]:
    compare = result.compare
    for number, cells in enumerate(result.rows):
        hidden = frozenset(c for r, c in result.suppressed if r == number)
        then = compare.suppressed if compare else ()
        before = compare.rows[number] if compare else ()
        yield _Row(cells, before, hidden, frozenset(c for r, c in then if r == number))


def _totals(result: Result, level: int, groups: tuple[Cell, ...]) -> Iterator[_Row]:
    compared = result.compare.totals if result.compare else None
    nothing = Total(level, ())
    for number, total in enumerate(result.totals or ()):
        if total.level == level and total.row[:level] == groups:
            then = compared[number] if compared else nothing
            hidden = (frozenset(total.suppressed), frozenset(then.suppressed))
            yield _Row(total.row, then.row, *hidden)


def _cell(cells: tuple[Cell, ...], number: int) -> Cell:
    return cells[number] if number < len(cells) else None


def _is_temporal(result: Result) -> bool:
    return result.definition.get("time") is not None


def _group_count(definition: Mapping[str, Any]) -> int:
    has_time = definition.get("time") is not None
    return len(definition.get("dimensions") or ()) + has_time
