"""A result as a table of texts: what stands in each cell, and where it leads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from dashboards.formats import Formatter, number_of
from dashboards.messages import Message
from dashboards.shape import Shape
from optilearn.analytics.presenting.conditions import Condition, condition_of
from optilearn.core.http.envelope import encode
from reports.contracts import Cell, Result, Total, wire_value

MAX_ROWS: Final = 500
"""Rows that a page lists; a file has all."""
HIDDEN: Final = "—"
EMPTY: Final = "–"
_NUMBERS: Final = frozenset({"integer", "decimal", "float"})


@dataclass(frozen=True)
class Heading:
    """A column's heading; ``sort`` is the key by which the report can be sorted, if by any."""

    label: str
    key: str = ""
    kind: str = "group"
    """``group``, ``measure``, ``before``, ``change`` or ``column``."""
    is_number: bool = False
    sort: str = ""
    order: str = ""
    """``ascending`` or ``descending``, if the report is sorted by it."""


@dataclass(frozen=True)
class TableCell:
    """A cell; ``measure`` is there if the rows behind it can be listed."""

    text: str
    is_number: bool = False
    is_hidden: bool = False
    measure: str = ""
    direction: str = ""
    """``up``, ``down`` or ``level``, of a change."""
    share: int | None = None
    """Of the column's largest value, in percent: the length of its bar."""
    groups: tuple[Any, ...] | None = None
    """The groups of its number, where they aren't those of its row."""
    person: int | None = None
    """The id of the person whom it names, if the reader may open their page."""

    @property
    def groups_json(self) -> str:
        """Its own groups as a script sends them back."""
        return encode(list(self.groups or ())).decode()


@dataclass(frozen=True)
class TableRow:
    """A row; ``level`` is None for those of the result, else the groups that a total keeps."""

    cells: tuple[TableCell, ...]
    groups: list[Any]
    """The values of its groups as the API has them: the place of its numbers."""
    level: int | None = None
    condition: Condition | None = None
    """Narrows another question to this row; None where a row has none."""

    @property
    def groups_json(self) -> str:
        """The groups as a script sends them back."""
        return encode(self.groups).decode()


@dataclass(frozen=True)
class Table:
    """A table of texts. ``total`` is the grand total, if it was asked for."""

    headings: tuple[Heading, ...]
    rows: tuple[TableRow, ...]
    total: TableRow | None
    listed: int
    """Rows of the result that are listed."""
    hidden: int
    """Hidden cells among all numbers of the result."""


def table_of(result: Result, fmt: Formatter, max_rows: int = MAX_ROWS) -> Table:
    """The first ``max_rows`` rows with their totals, compared values beside each measure."""
    return _Writer(Shape.of(result), fmt, max_rows).table()


class _Writer:
    def __init__(self, shape: Shape, fmt: Formatter, max_rows: int) -> None:
        self._max_rows = max_rows
        self._shape, self._fmt, self._result = shape, fmt, shape.result
        self._is_listing = shape.mode == "rows"
        compare = self._result.compare
        self._is_compared = shape.is_compared
        self._hidden_before = frozenset(compare.suppressed if compare else ())
        self._largest = {c: self._maximum(c) for c in shape.measures}

    def table(self) -> Table:
        listed = min(len(self._result.rows), self._max_rows)
        grand = next((t for t in self._result.totals or () if t.level == 0), None)
        total = self._total(grand) if grand is not None and self._shape.groups else None
        totals = self._result.totals or ()
        hidden = len(self._result.suppressed) + sum(len(t.suppressed) for t in totals)
        return Table(
            tuple(self._headings()),
            tuple(self._rows(listed)),
            total,
            listed,
            hidden + len(self._hidden_before),
        )

    def _maximum(self, column: int) -> float:
        values = (self._shape.number(row, column) for row in range(len(self._result.rows)))
        known = [float(v) for v in values if v is not None]
        return max(known, default=0) if min(known, default=0) >= 0 else 0

    def _headings(self) -> Iterator[Heading]:
        sorts = {s["by"]: s.get("dir") for s in self._result.definition.get("sort") or ()}
        for number, column in enumerate(self._result.columns):
            is_group = number in self._shape.groups
            label = column.label if is_group else self._fmt.label(column)
            if is_group and self._shape.bucket and number == 0:
                label = self._fmt.bucket_name(self._shape.bucket)
            order = sorts.get(column.key, "") if column.key in sorts else None
            yield Heading(
                label,
                column.key,
                "group" if is_group else "column" if self._is_listing else "measure",
                self._is_number(number),
                column.key,
                "" if order is None else "descending" if order == "desc" else "ascending",
            )
            if self._has_before(number):
                yield Heading(self._fmt.compared(self._result), kind="before", is_number=True)
                yield Heading("±", kind="change", is_number=True)

    def _is_number(self, column: int) -> bool:
        return column not in self._shape.groups and self._result.columns[column].type in _NUMBERS

    def _has_before(self, column: int) -> bool:
        return self._is_compared and column not in self._shape.groups and not self._is_listing

    def _rows(self, listed: int) -> Iterator[TableRow]:
        """The rows, each subtotal below its group; all of them at the end if groups are torn."""
        subtotals = [t for t in self._result.totals or () if 0 < t.level < len(self._shape.groups)]
        ends = {level: _ends(self._result, level) for level in {t.level for t in subtotals}}
        is_sorted = all(found is not None for found in ends.values())
        below: dict[int, list[Total]] = {}
        for total in subtotals:
            last = (
                (ends[total.level] or {}).get(total.row[: total.level]) if is_sorted else listed - 1
            )
            if last is not None and last < listed:
                below.setdefault(last, []).append(total)
        for row in range(listed):
            yield self._row(row)
            for total in sorted(below.get(row, ()), key=lambda t: -t.level):
                yield self._total(total)

    def _row(self, row: int) -> TableRow:
        values = self._result.rows[row]
        cells: list[TableCell] = []
        for column in range(len(values)):
            is_hidden = (row, column) in self._shape.withheld
            cells.append(self._cell(column, values[column], is_hidden=is_hidden))
            if self._has_before(column):
                gone = (row, column) in self._hidden_before
                before = self._result.compare.rows[row][column] if self._result.compare else None
                cells += self._compared(column, before, values[column], (gone, is_hidden))
        groups = [wire_value(values[g]) for g in self._shape.groups]
        return TableRow(tuple(cells), groups, condition=condition_of(self._result, row))

    def _total(self, total: Total) -> TableRow:
        groups = len(self._shape.groups)
        cells: list[TableCell] = []
        before = self._before_total(total)
        for column, value in enumerate(total.row):
            is_hidden = column in total.suppressed
            if column < groups:
                cells.append(TableCell(self._total_label(total, column)))
                continue
            cells.append(self._cell(column, value, is_hidden=is_hidden, is_total=True))
            if self._has_before(column):
                gone = before is not None and column in before.suppressed
                then = before.row[column] if before is not None else None
                cells += self._compared(column, then, value, (gone, is_hidden))
        return TableRow(
            tuple(cells), [wire_value(v) for v in total.row[: total.level]], total.level
        )

    def _before_total(self, total: Total) -> Total | None:
        compare = self._result.compare
        if compare is None or compare.totals is None:
            return None
        return compare.totals[(self._result.totals or ()).index(total)]

    def _total_label(self, total: Total, column: int) -> str:
        text = self._fmt.say(Message.TOTAL)
        if column != max(0, total.level - 1):
            return ""
        return f"{text} {self._group(total.row[column], column)}" if total.level else text

    def _group(self, value: Cell, column: int) -> str:
        return self._fmt.group(value, self._result.columns[column], self._shape.kind(column))

    def _cell(
        self, column: int, value: Cell, *, is_hidden: bool, is_total: bool = False
    ) -> TableCell:
        if column in self._shape.groups:
            return TableCell(self._group(value, column))
        is_number = self._is_number(column)
        if is_hidden:
            return TableCell(HIDDEN, is_number, is_hidden=True)
        if value is None:
            return TableCell(EMPTY, is_number)
        known = self._result.columns[column]
        measure = "" if self._is_listing else known.key
        number, largest = number_of(value), self._largest.get(column) or 0
        share = None
        if number is not None and largest > 0 and not is_total:
            share = max(0, min(100, round(number / largest * 100)))
        text = self._fmt.cell(value, known)
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if self._is_listing and is_whole and known.unit is None:
            text = str(value)  # an id or a year, which nobody groups
        return TableCell(text, is_number, measure=measure, share=share)

    def _compared(
        self, column: int, before: Cell, now: Cell, hidden: tuple[bool, bool]
    ) -> tuple[TableCell, TableCell]:
        known = self._result.columns[column]
        text = EMPTY if before is None else self._fmt.cell(before, known)
        if any(hidden):
            first = (
                HIDDEN if hidden[0] else EMPTY if before is None else self._fmt.cell(before, known)
            )
            return (
                TableCell(first, is_number=True, is_hidden=hidden[0]),
                TableCell(HIDDEN, is_number=True, is_hidden=True),
            )
        old, new = number_of(before), number_of(now)
        if old is None or new is None:
            return TableCell(text, is_number=True), TableCell(EMPTY, is_number=True)
        direction = "up" if new > old else "down" if new < old else "level"
        change = self._fmt.change(before, now, known)
        return (
            TableCell(text, is_number=True),
            TableCell(change, is_number=True, direction=direction),
        )


def _ends(result: Result, level: int) -> dict[tuple[Cell, ...], int] | None:
    """The last row of each group of leading cells; None if a group stands in two places."""
    found: dict[tuple[Cell, ...], int] = {}
    before: tuple[Cell, ...] | None = None
    for number, row in enumerate(result.rows):
        group = row[:level]
        if group != before and group in found:
            return None
        found[group] = number
        before = group
    return found
