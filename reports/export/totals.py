"""The places of totals among the rows, and their labels.

The rule, for every output that shows them (workbook, PDF, text table): if the rows are sorted
by their groups, a subtotal follows the last row of its group; if not, all totals follow all
rows, deepest level last but one and the grand total at the very end. CSV, Parquet and Arrow
hold rows only, as a program would read a total as one more row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.contracts import Cell, Column, Result, Total
from reports.export.show import cell_text
from reports.export.wording import ENGLISH, Wording

HIDDEN = "•"
"""Stands for a cell that is hidden because it is about too few people."""


@dataclass(frozen=True)
class Placed:
    """A total and the number of rows above it."""

    after: int
    total: Total
    axes: int
    """The number of leading columns that are dimensions."""

    def cells(self, count: int) -> list[Cell]:
        """The total's cells, padded to ``count``, with a mark for those that are hidden."""
        cells = [*self.total.row, *[None] * (count - len(self.total.row))]
        for column in self.total.suppressed:
            cells[column] = HIDDEN
        return cells

    @property
    def label_column(self) -> int:
        """The column that says that this is a total."""
        return max(0, min(self.total.level, self.axes) - 1)


def label_of(
    placed: Placed, columns: Sequence[Column], zone: str, wording: Wording = ENGLISH
) -> str:
    """``Total``, or ``Total AAA`` with the group as the reader sees it."""
    if placed.total.level == 0:
        return wording.say("total")
    number = placed.label_column
    group = cell_text(placed.total.row[number], columns[number], zone, wording)
    return wording.say("totalOf", group=group)


def axis_count(
    definition: Mapping[str, Any], columns: Sequence[Column], totals: Sequence[Total] | None
) -> int:
    """Count the leading columns that are dimensions (time included)."""
    if definition.get("mode") == "rows":
        return len(columns)
    if "mode" in definition:
        has_time = 0 if definition.get("time") is None else 1
        return has_time + len(definition.get("dimensions") or ())
    return max((total.level for total in totals or ()), default=0) + 1


def placed_totals(result: Result, totals: Sequence[Total] | None) -> tuple[Placed, ...]:
    """The result's ``totals`` in the order in which they stand; none where there are none.

    Without dimensions the one row is the grand total already.
    """
    axes = axis_count(result.definition, result.columns, totals)
    if not totals or axes == 0:
        return ()
    return place(result.rows, totals, axes)


def place(
    rows: Sequence[tuple[Cell, ...]], totals: Sequence[Total], axes: int
) -> tuple[Placed, ...]:
    """See the rule at the top of this module."""
    levels = sorted({total.level for total in totals if total.level})
    ends = {level: _run_ends(rows, level) for level in levels}
    is_sorted = all(found is not None for found in ends.values())
    placed = []
    for total in totals:
        after = len(rows)
        if is_sorted and total.level:
            after = (ends[total.level] or {}).get(total.row[: total.level], after)
        placed.append(Placed(after, total, axes))
    return tuple(sorted(placed, key=lambda p: (p.after, -p.total.level)))


def _run_ends(rows: Sequence[tuple[Cell, ...]], level: int) -> dict[tuple[Cell, ...], int] | None:
    """Return where each group of leading cells ends; None if a group stands in two places."""
    ends: dict[tuple[Cell, ...], int] = {}
    before: tuple[Cell, ...] | None = None
    for number, row in enumerate(rows, start=1):
        group = row[:level]
        if group != before and group in ends:
            return None
        ends[group] = number
        before = group
    return ends
