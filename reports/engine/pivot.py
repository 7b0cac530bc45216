"""A result laid out across: the last dimension becomes columns, with totals on both sides.

Row totals and the grand total are the result's own subtotals; the totals of the columns are
those of the same report with that dimension first. Nothing is added up here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reports.contracts import Cell, Column, ReportMeta, Result, wire_value
from reports.errors import Problem, ReportInvalid

MAX_ACROSS = 200
"""Values of the dimension that lies across: a table can't be read beyond."""


@dataclass(frozen=True)
class PivotRow:
    """A row of a pivot: its groups, the measures for each value across, and their total.

    A cell is None where there is no such group.
    """

    groups: tuple[Cell, ...]
    cells: tuple[tuple[Cell, ...] | None, ...]
    total: tuple[Cell, ...]


@dataclass(frozen=True)
class PivotHidden:
    """The hidden numbers of a pivot, each by its row, column and measure."""

    cells: tuple[tuple[int, int, int], ...] = ()
    """Row, value across, measure."""
    row_totals: tuple[tuple[int, int], ...] = ()
    column_totals: tuple[tuple[int, int], ...] = ()
    grand_total: tuple[int, ...] = ()

    def to_wire(self) -> dict[str, Any]:
        """The places as the API answers them."""
        return {
            "cells": [list(place) for place in self.cells],
            "rowTotals": [list(place) for place in self.row_totals],
            "columnTotals": [list(place) for place in self.column_totals],
            "grandTotal": list(self.grand_total),
        }


@dataclass(frozen=True)
class Pivot:
    """A result with its last dimension across; every total is computed, none added up."""

    rows_by: tuple[Column, ...]
    across: Column
    measures: tuple[Column, ...]
    values: tuple[Cell, ...]
    rows: tuple[PivotRow, ...]
    column_totals: tuple[tuple[Cell, ...], ...]
    grand_total: tuple[Cell, ...]
    meta: ReportMeta
    suppressed: PivotHidden = PivotHidden()

    def to_wire(self) -> dict[str, Any]:
        """The pivot as the API answers it."""

        def cells(row: tuple[Cell, ...] | None) -> list[object] | None:
            return None if row is None else [wire_value(v) for v in row]

        return {
            "rowsBy": [c.to_wire() for c in self.rows_by],
            "across": self.across.to_wire(),
            "measures": [c.to_wire() for c in self.measures],
            "values": cells(self.values),
            "rows": [
                {
                    "groups": cells(row.groups),
                    "cells": [cells(cell) for cell in row.cells],
                    "total": cells(row.total),
                }
                for row in self.rows
            ],
            "columnTotals": [cells(total) for total in self.column_totals],
            "grandTotal": cells(self.grand_total),
            "suppressed": self.suppressed.to_wire(),
            "meta": self.meta.to_wire(),
        }


def rotated(definition: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The report with subtotals, and the same one with its last dimension first.

    Raises :class:`~reports.errors.ReportInvalid` unless it groups by two or more dimensions.
    """
    dimensions = definition.get("dimensions")
    is_list = isinstance(dimensions, list | tuple)
    if definition.get("mode") != "categorical" or not is_list or len(dimensions) < 2:  # type: ignore[arg-type]  # it is a list here
        message = "Only a report by two or more dimensions can be laid out across."
        hint = "Use the mode categorical; the last dimension lies across."
        raise ReportInvalid([Problem("WRONG_MODE", "/dimensions", message, hint)])
    whole = dict(definition) | {"totals": "subtotals", "limit": None}
    *rest, last = list(dimensions)  # type: ignore[arg-type]  # it is a list here
    return whole, whole | {"dimensions": [last, *rest], "sort": []}


def pivot_of(result: Result, turned: Result) -> Pivot:
    """The result across its last dimension; ``turned`` has that dimension first.

    Raises :class:`~reports.errors.ReportInvalid` if it has more than 200 values.
    """
    groups = len(result.definition["dimensions"])
    totals = result.totals or ()
    column_totals = {t.row[0]: t.row[groups:] for t in turned.totals or () if t.level == 1}
    across = tuple(column_totals)
    if len(across) > MAX_ACROSS:
        message = f"{len(across)} columns are too many to lie across; at most {MAX_ACROSS} can."
        raise ReportInvalid(
            [Problem("TOO_MANY", "/dimensions", message, "Put this dimension first instead.")]
        )
    cells: dict[tuple[Cell, ...], dict[Cell, tuple[Cell, ...]]] = {}
    for row in result.rows:
        cells.setdefault(row[: groups - 1], {})[row[groups - 1]] = row[groups:]
    by_row = {t.row[: groups - 1]: t.row[groups:] for t in totals if t.level == groups - 1}
    grand = next((t.row[groups:] for t in totals if t.level == 0), ())
    return Pivot(
        rows_by=result.columns[: groups - 1],
        across=result.columns[groups - 1],
        measures=result.columns[groups:],
        values=across,
        rows=tuple(
            PivotRow(key, tuple(found.get(value) for value in across), by_row.get(key, grand))
            for key, found in cells.items()
        ),
        column_totals=tuple(column_totals.values()),
        grand_total=grand,
        meta=result.meta,
        suppressed=_hidden(result, turned, list(cells), across),
    )


def _hidden(
    result: Result, turned: Result, rows: list[tuple[Cell, ...]], across: tuple[Cell, ...]
) -> PivotHidden:
    groups = len(result.definition["dimensions"])
    row_at = {key: i for i, key in enumerate(rows)}
    across_at = {value: i for i, value in enumerate(across)}
    totals, columns = result.totals or (), turned.totals or ()
    keys = [result.rows[i][:groups] for i, _column in result.suppressed]
    return PivotHidden(
        tuple(
            (row_at[key[:-1]], across_at[key[-1]], column - groups)
            for key, (_row, column) in zip(keys, result.suppressed, strict=True)
        ),
        tuple(
            (row_at[t.row[: groups - 1]], column - groups)
            for t in totals
            if t.level == groups - 1
            for column in t.suppressed
        ),
        tuple(
            (across_at[t.row[0]], column - groups)
            for t in columns
            if t.level == 1
            for column in t.suppressed
        ),
        tuple(column - groups for t in totals if t.level == 0 for column in t.suppressed),
    )
