"""The refusals of exports."""

from __future__ import annotations

from reports.errors import ReportError
from reports.export.formats import ExportFormat


class ExportTooLong(ReportError):  # noqa: N818 - of the family of reports.errors
    """More rows than a format can hold, or than anybody would page through."""

    def __init__(
        self, rows: int, maximum: int, columns: int, form: ExportFormat = ExportFormat.PDF
    ) -> None:
        is_pdf = form is ExportFormat.PDF
        name = "A PDF" if is_pdf else "A workbook"
        others = "a workbook, CSV or Parquet" if is_pdf else "CSV or Parquet"
        super().__init__(
            "EXPORT_TOO_LONG",
            f"{name} holds at most {maximum:,} rows of {columns} columns;"
            f" this result has {rows:,}.",
            f"Export it as {others}, or filter to fewer rows.",
        )
