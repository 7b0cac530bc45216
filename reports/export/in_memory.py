"""A result in memory as a stream of batches."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from reports.contracts import Cell, Result
from reports.export.result_stream import Ending, ResultStream
from reports.export.totals import placed_totals
from reports.export.widened import head_of, widened, widened_totals

ROWS_A_BATCH: Final = 20_000
"""Rows of a result in memory that are turned into columns at a time."""


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


def _is_wall_clock(row: tuple[Cell, ...]) -> bool:
    return any(isinstance(cell, datetime) and cell.tzinfo is None for cell in row)
