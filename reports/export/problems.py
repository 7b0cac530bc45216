"""The refusals of exports."""

from __future__ import annotations

from reports.errors import ReportError


class ExportTooLong(ReportError):  # noqa: N818 - of the family of reports.errors
    """A PDF of more rows than anybody would page through."""

    def __init__(self, rows: int, maximum: int, columns: int) -> None:
        super().__init__(
            "EXPORT_TOO_LONG",
            f"A PDF holds at most {maximum:,} rows of {columns} columns; this result has {rows:,}.",
            "Export it as a workbook, CSV or Parquet, or filter to fewer rows.",
        )
