"""What every writer reads: columns, batches of rows, and what is known at the end.

A result in memory and a result that streams out of the engine both become a
:class:`ResultStream`, so that one writer makes the bytes of both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from reports.contracts import Cell, Column, ReportMeta, Result, Scope, SnapshotInfo, Total
from reports.export.totals import Placed, axis_count, placed_totals

ROWS_A_BATCH = 20_000
"""Rows of a result in memory that are turned into columns at a time."""


@dataclass(frozen=True)
class Head:
    """What is known before the first row."""

    snapshot: SnapshotInfo
    scope: Scope
    definition_digest: str
    definition: Mapping[str, Any] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    suppressed: tuple[tuple[int, int], ...] = ()
    """The (row, column) of the cells that are hidden, both counted from 0."""


@dataclass(frozen=True)
class Ending:
    """What is known after the last row."""

    meta: ReportMeta
    totals: tuple[Total, ...] | None = None

    @property
    def hides_totals(self) -> bool:
        """Whether a total has a cell that is hidden."""
        return any(total.suppressed for total in self.totals or ())


@dataclass(frozen=True)
class ResultStream:
    """A result on its way out.

    ``batches`` are ``pyarrow.RecordBatch``, their columns in the order of ``columns`` (names
    don't matter): VARCHAR, BIGINT, HUGEINT (a decimal of scale 0), DECIMAL, DOUBLE, BOOLEAN,
    DATE, TIMESTAMP, VARCHAR[] as DuckDB hands them out. A timestamp without a zone is UTC,
    unless ``is_local`` says that it is the institution's wall clock (an hour bucket).
    ``ending`` is called once, with the number of rows, after the last batch.
    """

    columns: tuple[Column, ...]
    batches: Iterable[Any]
    head: Head
    ending: Callable[[int], Ending]
    is_local: bool = False
    compared: int = 0
    """How many of the last columns hold the compared measures."""
    placed: tuple[Placed, ...] | None = None
    """Where the totals stand, if that is known beforehand; else they follow all rows."""


def stream_of(result: Result) -> ResultStream:
    """A result in memory as a stream: the compared measures become columns of their own."""
    # pyarrow takes a while to import, and the table and JSON need none of it.
    from reports.export.columns import batches_of  # noqa: PLC0415

    columns, rows = widened(result)
    totals = widened_totals(result)
    placed = placed_totals(result, totals)
    ending = Ending(result.meta, totals)
    return ResultStream(
        columns=columns,
        batches=batches_of(columns, rows, ROWS_A_BATCH),
        head=head_of(result),
        ending=lambda _: ending,
        is_local=any(_is_wall_clock(row) for row in result.rows[:1]),
        compared=len(columns) - len(result.columns),
        placed=placed,
    )


def head_of(result: Result) -> Head:
    """What a result says about itself before its rows."""
    meta = result.meta
    return Head(
        meta.snapshot,
        meta.scope,
        meta.definition_digest,
        result.definition,
        result.words,
        hidden_cells(result),
    )


def hidden_cells(result: Result) -> tuple[tuple[int, int], ...]:
    """Row and column of each hidden cell of :func:`widened` rows."""
    if result.compare is None or not result.compare.suppressed:
        return result.suppressed
    axes = axis_count(result.definition, result.columns, result.totals)
    width = len(result.columns) - axes
    return result.suppressed + tuple((r, c + width) for r, c in result.compare.suppressed)


def widened(result: Result) -> tuple[tuple[Column, ...], tuple[tuple[Cell, ...], ...]]:
    """Columns and rows with the compared measures (of a listing: columns) after all others."""
    compare = result.compare
    if compare is None:
        return result.columns, result.rows
    is_listing = result.definition.get("mode") == "rows"  # each column may have changed
    axes = 0 if is_listing else axis_count(result.definition, result.columns, result.totals)
    measures = result.columns[axes:]
    extra = tuple(compared_column(column, compare.label) for column in measures)
    count = len(measures)
    empty: tuple[Cell, ...] = (None,) * count
    rows = tuple(
        (*row, *(tuple(other)[-count:] if other and count else empty))
        for row, other in zip(result.rows, compare.rows, strict=True)
    )
    return (*result.columns, *extra), rows


def widened_totals(result: Result) -> tuple[Total, ...] | None:
    """The totals as :func:`widened` has the rows: those of the compared measures after all."""
    compared = result.compare.totals if result.compare is not None else None
    if result.totals is None or compared is None:
        return result.totals
    axes = axis_count(result.definition, result.columns, result.totals)
    width = len(result.columns) - axes
    return tuple(
        Total(
            now.level,
            (*now.row, *then.row[axes:]),
            (*now.suppressed, *(column + width for column in then.suppressed)),
        )
        for now, then in zip(result.totals, compared, strict=True)
    )


def hides_any(result: Result) -> bool:
    """Whether a cell or a total is hidden."""
    return bool(hidden_cells(result)) or any(t.suppressed for t in widened_totals(result) or ())


def compared_column(column: Column, label: str) -> Column:
    """The column that holds a measure's compared values."""
    key, text = f"{column.key} ({label})", f"{column.label} ({label})"
    return Column(key, text, column.type, column.unit, column.format)


def _is_wall_clock(row: tuple[Cell, ...]) -> bool:
    return any(isinstance(cell, datetime) and cell.tzinfo is None for cell in row)
