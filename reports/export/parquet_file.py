"""Parquet: the rows with their exact types, for another program."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from types import ModuleType
from typing import Any

from reports.contracts import Column, Result

_MOST_INT64 = 2**63 - 1


def to_parquet(result: Result) -> bytes:
    """The rows as Parquet; the file's metadata name the snapshot, scope and digest."""
    # pyarrow takes a while to import, and nothing but this export needs it.
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    arrays, fields = [], []
    for index, column in enumerate(result.columns):
        values = [row[index] for row in result.rows]
        kind = _type(pa, column, values)
        arrays.append(pa.array(_converted(values, column), type=kind))
        fields.append(pa.field(column.key, kind, metadata={"label": column.label}))
    meta = result.meta
    about = {
        "snapshot": json.dumps(meta.snapshot.to_wire()),
        "scope": json.dumps(meta.scope.to_wire()),
        "definitionDigest": meta.definition_digest,
        "definition": json.dumps(result.definition, ensure_ascii=False, sort_keys=True),
    }
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=about))
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


def _converted(values: list[Any], column: Column) -> list[Any]:
    if column.type == "list":
        return [None if v is None else list(v) for v in values]
    return values


def _type(pa: ModuleType, column: Column, values: list[Any]) -> object:
    known = [v for v in values if v is not None]
    simple = {
        "text": pa.string(),
        "float": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "list": pa.list_(pa.string()),
    }
    if column.type == "integer":
        fits = all(abs(v) <= _MOST_INT64 for v in known)
        return pa.int64() if fits else pa.decimal256(40, 0)
    if column.type == "decimal":
        return pa.decimal128(38, max((_scale(v) for v in known), default=0))
    if column.type == "timestamp":
        is_aware = all(v.tzinfo is not None for v in known)
        return pa.timestamp("us", tz="UTC" if is_aware else None)
    return simple[column.type]


def _scale(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
