"""Rows as Arrow columns of a few plain types, whichever side they come from."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from reports.contracts import Cell, Column, wire_value
from reports.export.result_stream import ResultStream
from reports.export.texts import plain_texts

_MAX_INT64: Final = 2**63 - 1
_MAX_DIGITS: Final = 38
_INSTANT: Final = pa.timestamp("us", tz="UTC")
_WALL_CLOCK: Final = pa.timestamp("us")
_LIST: Final = pa.list_(pa.string())
_SIMPLE: Final = {
    "text": pa.string(),
    "float": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "list": _LIST,
}


def batches_of(
    columns: tuple[Column, ...], rows: Sequence[tuple[Cell, ...]], size: int
) -> Iterator[pa.RecordBatch]:
    """Rows in memory as batches; each column has one type, wide enough for all its values."""
    kinds = [_type_of(column, [row[i] for row in rows]) for i, column in enumerate(columns)]
    schema = pa.schema([(str(number), kind) for number, kind in enumerate(kinds)])
    if not rows:
        yield pa.RecordBatch.from_pylist([], schema=schema)
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        arrays = [_array([row[i] for row in part], kind) for i, kind in enumerate(kinds)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _type_of(column: Column, values: list[Any]) -> pa.Array:
    """The Arrow type that holds every value exactly; text where the values don't agree."""
    known = [value for value in values if value is not None]
    if column.type in _SIMPLE:
        wanted = _SIMPLE[column.type]
        return wanted if all(_suits(column.type, value) for value in known) else _fallback(known)
    if column.type == "timestamp":
        if not all(_suits("timestamp", value) for value in known):
            return pa.string()
        is_local = any(value.tzinfo is None for value in known)
        return _WALL_CLOCK if is_local else _INSTANT
    if column.type == "integer" and all(
        type(value) is int and abs(value) <= _MAX_INT64 for value in known
    ):
        return pa.int64()
    return _fallback(known)


def _suits(kind: str, value: object) -> bool:
    if kind == "float":
        return type(value) in {float, int}
    wanted = {
        "text": "str",
        "boolean": "bool",
        "date": "date",
        "list": "tuple",
        "timestamp": "datetime",
    }
    return type(value).__name__ == wanted[kind]


def _fallback(known: list[Any]) -> pa.Array:
    """A decimal for numbers of any kind, as narrow as is exact; else text."""
    if not all(type(value) in {int, float, Decimal} for value in known):
        return pa.string()
    if any(isinstance(value, float) for value in known):
        return pa.float64()
    places = max((_places(value) for value in known), default=0)
    whole = max((_whole_digits(value) for value in known), default=1)
    if whole + places <= _MAX_DIGITS:
        return pa.decimal128(_MAX_DIGITS, places)
    return pa.decimal256(76, places) if whole + places <= 76 else pa.string()


def _places(value: int | Decimal) -> int:
    exponent = value.as_tuple().exponent if isinstance(value, Decimal) else 0
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _whole_digits(value: int | Decimal) -> int:
    return len(str(abs(int(value))))


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_string(kind):
        return pa.array([_text(value) for value in values], type=kind)
    if pa.types.is_decimal(kind):
        return pa.array([None if v is None else Decimal(v) for v in values], type=kind)
    if pa.types.is_floating(kind):
        return pa.array([_finite(value) for value in values], type=kind)
    return pa.array(values, type=kind)


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(wire_value(value))


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def plain_batches(stream: ResultStream) -> Iterator[pa.RecordBatch]:
    """The batches with every column in one of the plain types, named by its key.

    int64, decimal, float64 (finite or NULL), string, bool, date32, timestamp in µs (UTC, or
    without a zone for a wall clock), list of string. A hidden cell is NULL whatever it holds.
    At least one batch, if an empty one.
    """
    names = [column.key for column in stream.columns]
    plans: list[Callable[[pa.Array], pa.Array]] = []
    done = 0
    for batch in _some(stream):
        plans = plans or [
            _plan(column, kind, is_local=stream.is_local)
            for column, kind in zip(stream.columns, batch.schema.types, strict=True)
        ]
        arrays = [plan(array) for plan, array in zip(plans, batch.columns, strict=True)]
        for index, rows in hidden_rows(stream.head.suppressed, done, len(batch)).items():
            arrays[index] = pc.if_else(
                mask_of(rows, len(batch)), pa.scalar(None, arrays[index].type), arrays[index]
            )
        done += len(batch)
        yield pa.RecordBatch.from_arrays(arrays, names=names)


def _some(stream: ResultStream) -> Iterator[pa.RecordBatch]:
    is_empty = True
    for batch in stream.batches:
        is_empty = False
        yield batch
    if is_empty:
        yield from batches_of(stream.columns, (), 1)


def hidden_rows(
    suppressed: tuple[tuple[int, int], ...], first: int, count: int
) -> dict[int, list[int]]:
    """By column, the rows within a batch whose cell is hidden."""
    found: dict[int, list[int]] = {}
    for row, column in suppressed:
        if first <= row < first + count:
            found.setdefault(column, []).append(row - first)
    return found


def mask_of(rows: list[int], count: int) -> pa.Array:
    """A boolean array that is true at ``rows``."""
    chosen = set(rows)
    return pa.array([number in chosen for number in range(count)], type=pa.bool_())


def _plan(column: Column, kind: pa.DataType, *, is_local: bool) -> Callable[[pa.Array], pa.Array]:
    """Return the function that brings a column of a batch to its plain type."""
    wanted = _plain_type(column, kind, is_local=is_local)
    if pa.types.is_float64(wanted):
        return _finite_array
    if kind == wanted:
        return lambda array: array
    return lambda array: array.cast(wanted)


def _plain_type(column: Column, kind: pa.DataType, *, is_local: bool) -> pa.DataType:
    types = pa.types
    if types.is_timestamp(kind):
        if column.type == "date":
            return pa.date32()
        return _WALL_CLOCK if is_local and kind.tz is None else _INSTANT
    if types.is_list(kind) or types.is_large_list(kind):
        return _LIST
    if types.is_decimal(kind) or types.is_boolean(kind) or types.is_date32(kind):
        return kind
    return _plain_number(kind) or pa.string()


def _plain_number(kind: pa.DataType) -> pa.DataType | None:
    if pa.types.is_uint64(kind):
        return pa.decimal128(_MAX_DIGITS, 0)
    if pa.types.is_integer(kind):
        return pa.int64()
    return pa.float64() if pa.types.is_floating(kind) else None


def _finite_array(array: pa.Array) -> pa.Array:
    """Not a number and the infinities are no values: NULL, as in a result."""
    values = array.cast(pa.float64())
    is_finite = pc.is_finite(values)
    if pc.all(is_finite, skip_nulls=True).as_py() in {True, None}:
        return values
    return pc.if_else(is_finite, values, None)


def wire_rows(stream: ResultStream) -> Iterator[list[list[Any]]]:
    """The rows of each batch as JSON has them (:func:`reports.contracts.wire_value`)."""
    for batch in plain_batches(stream):
        columns = [_wire_column(array) for array in batch.columns]
        yield [list(row) for row in zip(*columns, strict=True)]


def _wire_column(array: pa.Array) -> list[Any]:
    kind = array.type
    if pa.types.is_date32(kind) or (pa.types.is_timestamp(kind) and kind.tz):
        return list(plain_texts(array).to_pylist())
    if pa.types.is_timestamp(kind):
        try:
            return [wire_value(value) for value in array.to_pylist()]
        except (OverflowError, ValueError):  # of a year that Python doesn't have
            return list(plain_texts(array).to_pylist())
    if pa.types.is_decimal(kind):
        return [wire_value(value) for value in array.to_pylist()]
    return list(array.to_pylist())
