"""The outputs: all made from the one result object, with the same bytes each time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, assert_never

from reports.contracts import Result
from reports.export.csv_file import to_csv
from reports.export.json_file import to_json
from reports.export.parquet_file import to_parquet
from reports.export.table import to_table
from reports.export.workbook import to_xlsx


class ExportFormat(StrEnum):
    """A form in which a result can leave."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


FORMATS: Final = tuple(ExportFormat)
MEDIA_TYPES: Final[Mapping[ExportFormat, str]] = MappingProxyType(
    {
        ExportFormat.TABLE: "text/plain; charset=utf-8",
        ExportFormat.JSON: "application/json",
        ExportFormat.CSV: "text/csv; charset=utf-8",
        ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ExportFormat.PARQUET: "application/vnd.apache.parquet",
    }
)


def render(result: Result, form: ExportFormat, *, bom: bool = False) -> bytes:
    """The result's bytes in a form; ``bom`` concerns CSV alone."""
    writers: dict[ExportFormat, Callable[[Result], bytes]] = {
        ExportFormat.JSON: to_json,
        ExportFormat.XLSX: to_xlsx,
        ExportFormat.PARQUET: to_parquet,
    }
    match form:
        case ExportFormat.TABLE:
            return to_table(result).encode()
        case ExportFormat.CSV:
            return to_csv(result, bom=bom)
        case ExportFormat.JSON | ExportFormat.XLSX | ExportFormat.PARQUET:
            return writers[form](result)
        case _:
            assert_never(form)
