"""The answer to a statement as JSON, and as the files that reports become."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
from pyarrow import ipc

from reports.catalog.model import FieldType
from reports.contracts import Cell, Column, ReportMeta, Result
from reports.export.columns import wire_rows
from reports.export.formats import ExportFormat
from reports.export.result_stream import Ending, Head, ResultStream
from reports.export.stream import write_to
from reports.sql.results import SqlColumn, SqlResult

_TYPES: Final = {
    "BOOLEAN": FieldType.BOOLEAN,
    "FLOAT": FieldType.FLOAT,
    "DOUBLE": FieldType.FLOAT,
    "DATE": FieldType.DATE,
    "VARCHAR[]": FieldType.LIST,
}
_FORMATS: Final = {
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.TIMESTAMP: "datetime",
    FieldType.TEXT: "text",
    FieldType.LIST: "list",
}


def type_of(column: SqlColumn) -> FieldType:
    """Return the type by which reports would call it; what they have no word for is text."""
    kind = column.sql_type
    if kind.startswith("DECIMAL("):
        return FieldType.DECIMAL
    if kind.endswith("INT") or kind in {"INTEGER", "UINTEGER"}:
        return FieldType.INTEGER
    if kind.startswith("TIMESTAMP"):
        return FieldType.TIMESTAMP
    return _TYPES.get(kind, FieldType.TEXT)


def to_wire(result: SqlResult) -> dict[str, Any]:
    """``data`` of docs/analysts.md#answers."""
    stream = stream_of(result)
    rows = [row for part in wire_rows(stream) for row in part]
    return {
        "columns": [
            {"name": c.name, "type": type_of(c).value, "sqlType": c.sql_type}
            for c in result.columns
        ],
        "rows": rows,
        "meta": {
            "rowCount": result.row_count,
            "truncated": result.is_truncated,
            "ms": round(result.ms, 1),
            "snapshot": result.snapshot.to_wire(),
            "scope": result.scope.to_wire(),
            "warnings": [notice.to_wire() for notice in result.notices],
        },
    }


def to_file(result: SqlResult, form: ExportFormat) -> bytes:
    """The rows as a file of that form. Raises ``ValueError`` if they can't be streamed so."""
    if form is ExportFormat.ARROW:
        return to_arrow_stream(result)
    out = io.BytesIO()
    write_to(stream_of(result), form, out)
    return out.getvalue()


def to_arrow_stream(result: SqlResult) -> bytes:
    """The rows as an Arrow IPC stream, whose schema names the snapshot."""
    about = {
        "snapshot": json.dumps(result.snapshot.to_wire()),
        "warnings": json.dumps([notice.to_wire() for notice in result.notices]),
    }
    names = [column.name for column in result.columns]
    fields = [pa.field(n, f.type) for n, f in zip(names, result.schema, strict=True)]
    schema = pa.schema(fields, metadata=about)
    out = io.BytesIO()
    with ipc.new_stream(out, schema) as writer:
        for batch in result.batches:
            writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
    return out.getvalue()


def stream_of(result: SqlResult) -> ResultStream:
    """The rows for the writers of reports; a timestamp without a zone is shown without one."""
    columns = tuple(_column(column) for column in result.columns)
    digest = hashlib.sha256(result.sql.encode()).hexdigest()
    meta = ReportMeta(
        row_count=result.row_count,
        total_row_count=result.row_count,
        ms=result.ms,
        truncated=result.is_truncated,
        snapshot=result.snapshot,
        scope=result.scope,
        definition_digest=digest,
        warnings=result.notices,
    )
    return ResultStream(
        columns=columns,
        batches=result.batches,
        head=Head(result.snapshot, result.scope, digest, {"sql": result.sql}, (result.sql,)),
        ending=lambda _: Ending(meta),
        is_local=True,
    )


@dataclass(frozen=True)
class SqlAnswer:
    """The answer to a statement as a part of a book."""

    answer: SqlResult

    def stream(self) -> ResultStream:
        """Return its rows for a workbook."""
        return stream_of(self.answer)

    def result(self) -> Result:
        """Return its rows for a PDF."""
        return result_of(self.answer)


def result_of(result: SqlResult) -> Result:
    """The rows as a table in memory, for a PDF."""
    stream = stream_of(result)
    rows: list[tuple[Cell, ...]] = []
    for batch in result.batches:
        columns = [column.to_pylist() for column in batch.columns]
        rows += [tuple(map(_cell, row)) for row in zip(*columns, strict=True)]
    meta = stream.ending(result.row_count).meta
    return Result(stream.columns, tuple(rows), None, meta, {"version": 1, "mode": "rows"})


def _cell(value: Any) -> Cell:  # noqa: ANN401 - whatever Arrow has
    found: Cell = tuple(map(str, value)) if isinstance(value, list) else value
    return found


def _column(column: SqlColumn) -> Column:
    kind = type_of(column)
    return Column(column.name, column.name, kind.value, None, _FORMATS.get(kind, "number"))
