"""The rows that a format can hold, found out before the work."""

from __future__ import annotations

from typing import Final

from reports.engine.decode import columns_of
from reports.engine.engine import Engine
from reports.engine.prepared import Prepared
from reports.export.formats import ExportFormat
from reports.export.problems import ExportTooLong

MAX_SHEETS: Final = 10
"""A workbook goes on on further sheets; one of more than ten million rows opens nowhere."""


def max_rows(form: ExportFormat, columns: int) -> int | None:
    """Return the most rows of so many columns that a format can hold; None: any number."""
    if form is ExportFormat.PDF:
        from reports.export.pdf.document import MAX_CELLS, MAX_ROWS  # noqa: PLC0415 - slow, and rarely needed

        return min(MAX_ROWS, MAX_CELLS // max(columns, 1))
    if form is ExportFormat.XLSX:
        from reports.export.workbook import MAX_ROWS as OF_SHEET  # noqa: PLC0415 - likewise

        return MAX_SHEETS * (OF_SHEET - 1)
    return None


def rows_of_export(engine: Engine, prepared: Prepared, form: ExportFormat) -> int | None:
    """Count the rows of an export; None where that would be the whole work, and all of them fit.

    Listed rows are counted without being read. Groups are worked out only for a PDF, which holds
    few. Raises :class:`~reports.export.problems.ExportTooLong` for more than the format can hold.
    """
    if prepared.report.mode != "rows" and form is not ExportFormat.PDF:
        return None
    rows = engine.count_rows(prepared)
    columns = len(columns_of(prepared.report))
    maximum = max_rows(form, columns)
    if maximum is not None and rows > maximum:
        raise ExportTooLong(rows, maximum, columns, form)
    return rows
