"""A result's rows and totals with the compared measures in columns of their own."""

from __future__ import annotations

from dataclasses import replace

from reports.contracts import Cell, Column, Result, Total
from reports.export.result_stream import Head
from reports.export.totals import axis_count


def head_of(result: Result) -> Head:
    """Return the facts of a result that are known before its rows."""
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
    """Return True if a cell or a total is hidden."""
    return bool(hidden_cells(result)) or any(t.suppressed for t in widened_totals(result) or ())


def compared_column(column: Column, label: str) -> Column:
    """The column that holds a measure's compared values."""
    key, text = f"{column.key} ({label})", f"{column.label} ({label})"
    return replace(column, key=key, label=text, is_perturbed=False)
