"""A result laid out across: its last group in columns, as texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dashboards.formats import BINS, Formatter
from dashboards.messages import Message
from optilearn.analytics.presenting.looks import locale
from optilearn.analytics.presenting.results import translated
from optilearn.analytics.presenting.tables import EMPTY, HIDDEN, TableCell, TableRow
from optilearn.analytics.services import pivot_report
from optilearn.core.access.principal import Principal
from reports.api import Pivot
from reports.contracts import Cell, Column, wire_value


@dataclass(frozen=True)
class PivotTable:
    """Two lines of headings and the rows; each number leads to its rows by groups of its own."""

    groups: tuple[str, ...]
    across: str
    values: tuple[str, ...]
    measures: tuple[str, ...]
    rows: tuple[TableRow, ...]
    total: TableRow

    @property
    def span(self) -> int:
        """The columns of each value."""
        return len(self.measures)


def pivoted(
    *, principal: Principal, definition: Mapping[str, Any], labels: Mapping[str, str]
) -> PivotTable:
    """Lay out a report across. ``labels`` are those of its columns, by their keys.

    Raises ``AppError`` REPORT_INVALID for a report that has no two groups.
    """
    pivot = pivot_report(principal=principal, definition=definition)
    return _Writer(pivot, definition, labels).table()


def can_pivot(definition: Mapping[str, Any]) -> bool:
    """Return True if a report has groups to lay across, and numbers."""
    groups = definition.get("dimensions") or ()
    is_grouped = definition.get("mode") == "categorical" and len(groups) > 1
    return is_grouped and bool(definition.get("measures"))


class _Writer:
    def __init__(
        self, pivot: Pivot, definition: Mapping[str, Any], labels: Mapping[str, str]
    ) -> None:
        self._pivot = replace(
            pivot,
            rows_by=tuple(map(translated, pivot.rows_by)),
            across=translated(pivot.across),
            measures=tuple(map(translated, pivot.measures)),
        )
        self._labels = labels
        self._fmt = Formatter(locale(), pivot.meta.snapshot.time_zone)
        self._bins = [
            BINS if isinstance(one, Mapping) and one.get("bins") else None
            for one in definition["dimensions"]
        ]

    def table(self) -> PivotTable:
        pivot = self._pivot
        return PivotTable(
            groups=tuple(self._label(c) for c in pivot.rows_by),
            across=self._label(pivot.across),
            values=tuple(self._group(v, pivot.across, -1) for v in pivot.values),
            measures=tuple(self._label(c) for c in pivot.measures),
            rows=tuple(self._row(number) for number in range(len(pivot.rows))),
            total=self._total(),
        )

    def _label(self, column: Column) -> str:
        return self._labels.get(column.key, column.label)

    def _group(self, value: Cell, column: Column, place: int) -> str:
        return self._fmt.group(value, column, self._bins[place])

    def _row(self, number: int) -> TableRow:
        pivot, row = self._pivot, self._pivot.rows[number]
        hidden = set(pivot.suppressed.cells)
        cells = [
            TableCell(self._group(value, column, place))
            for place, (value, column) in enumerate(zip(row.groups, pivot.rows_by, strict=True))
        ]
        groups = tuple(wire_value(v) for v in row.groups)
        for place, found in enumerate(row.cells):
            gone = {m for r, v, m in hidden if (r, v) == (number, place)}
            cells += self._numbers(found, gone, (*groups, wire_value(pivot.values[place])))
        gone = {m for r, m in pivot.suppressed.row_totals if r == number}
        cells += self._numbers(row.total, gone, groups)
        return TableRow(tuple(cells), list(groups))

    def _total(self) -> TableRow:
        pivot = self._pivot
        words = [self._fmt.say(Message.TOTAL), *[""] * (len(pivot.rows_by) - 1)]
        cells = [TableCell(word) for word in words]
        for place, found in enumerate(pivot.column_totals):
            gone = {m for v, m in pivot.suppressed.column_totals if v == place}
            cells += self._numbers(found, gone)
        cells += self._numbers(pivot.grand_total, set(pivot.suppressed.grand_total), ())
        return TableRow(tuple(cells), [], 0)

    def _numbers(
        self,
        found: tuple[Cell, ...] | None,
        gone: set[int],
        groups: tuple[Any, ...] | None = None,
    ) -> list[TableCell]:
        """The numbers of a place; those with ``groups`` lead to their rows."""
        cells = []
        for number, column in enumerate(self._pivot.measures):
            value = None if found is None else found[number]
            if number in gone:
                cells.append(TableCell(HIDDEN, is_number=True, is_hidden=True))
                continue
            text = EMPTY if value is None else self._fmt.cell(value, column)
            measure = "" if value is None or groups is None else column.key
            cells.append(TableCell(text, is_number=True, measure=measure, groups=groups))
        return cells
