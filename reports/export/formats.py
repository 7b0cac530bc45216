"""The outputs: all built from the one result object, with the same bytes each time."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, assert_never

from reports.contracts import Result
from reports.export.wording import ENGLISH, Wording


class ExportFormat(StrEnum):
    """A form in which a result can leave."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"
    ARROW = "arrow"
    PDF = "pdf"


FORMATS: Final = tuple(ExportFormat)
SPEAKING: Final = frozenset({ExportFormat.XLSX, ExportFormat.PDF})
"""The formats that people read, in a language; the others are data, and the same for all."""
MEDIA_TYPES: Final[Mapping[ExportFormat, str]] = MappingProxyType(
    {
        ExportFormat.TABLE: "text/plain; charset=utf-8",
        ExportFormat.JSON: "application/json",
        ExportFormat.CSV: "text/csv; charset=utf-8",
        ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ExportFormat.PARQUET: "application/vnd.apache.parquet",
        ExportFormat.ARROW: "application/vnd.apache.arrow.file",
        ExportFormat.PDF: "application/pdf",
    }
)


# A form's libraries are imported when it is first asked for: together they take half a second,
# and most processes need few of them or none.
# ruff: noqa: PLC0415
def render(  # noqa: PLR0911 - one for each form
    result: Result, form: ExportFormat, *, bom: bool = False, wording: Wording = ENGLISH
) -> bytes:
    """The result's bytes in a form; ``bom`` concerns CSV alone, ``wording`` XLSX and PDF.

    Raises :class:`~reports.export.problems.ExportTooLong` for a PDF of too many rows.
    """
    match form:
        case ExportFormat.TABLE:
            from reports.export.table import to_table

            return to_table(result).encode()
        case ExportFormat.CSV:
            from reports.export.csv_file import to_csv

            return to_csv(result, bom=bom)
        case ExportFormat.JSON:
            from reports.export.json_file import to_json

            return to_json(result)
        case ExportFormat.XLSX:
            from reports.export.workbook import to_xlsx

            return to_xlsx(result, wording)
        case ExportFormat.PARQUET:
            from reports.export.arrow_files import to_parquet

            return to_parquet(result)
        case ExportFormat.ARROW:
            from reports.export.arrow_files import to_arrow

            return to_arrow(result)
        case ExportFormat.PDF:
            from reports.export.pdf import to_pdf

            return to_pdf(result, wording)
        case _:
            assert_never(form)
