"""JSON: the wire form, decimals exact, without what differs from run to run."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO, Final

import msgspec

from reports.contracts import Result
from reports.export.in_memory import ROWS_A_BATCH
from reports.export.result_stream import ResultStream

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_CHANGING: Final = frozenset(("ms", "cached"))

Rows = list[list[Any]]


def to_json(result: Result) -> bytes:
    """Return ``data`` without ``ms`` and ``cached`` (docs/report-reference.md#results)."""
    wire = result.to_wire()
    rows = wire["rows"]
    out = io.BytesIO()
    chunks = (rows[i : i + ROWS_A_BATCH] for i in range(0, len(rows), ROWS_A_BATCH))
    _write(out, wire["columns"], chunks, lambda _: wire, None)
    return out.getvalue()


def write_json(
    stream: ResultStream, out: BinaryIO, *, progress: Callable[[int], None] | None = None
) -> int:
    """Write the rows as they come; gives the number of rows.

    A stream with compared measures can't be written in one go, as the wire form has them after
    the rows: such a result is small enough to be held in memory. Raises ``ValueError`` for it.
    """
    if stream.compared:
        raise ValueError("a compared result is written as JSON from memory")
    # pyarrow takes a while to import, and a result in memory needs none of it.
    from reports.export.columns import wire_rows  # noqa: PLC0415

    columns = [column.to_wire() for column in stream.columns]
    return _write(out, columns, wire_rows(stream), lambda n: _tail(stream, n), progress)


def _write(
    out: BinaryIO,
    columns: list[Any],
    chunks: Iterable[Rows],
    tail: Callable[[int], dict[str, Any]],
    progress: Callable[[int], None] | None,
) -> int:
    """The columns, the rows, and then all the rest, in the order of the wire form."""
    out.write(b'{"columns":' + _ENCODER.encode(columns) + b',"rows":[')
    done = 0
    for rows in chunks:
        if rows:
            out.write((b"," if done else b"") + _ENCODER.encode(rows)[1:-1])
            done += len(rows)
            if progress:
                progress(done)
    rest = {k: v for k, v in tail(done).items() if k not in {"columns", "rows"}}
    rest["meta"] = {k: v for k, v in rest["meta"].items() if k not in _CHANGING}
    out.write(b"]," + _ENCODER.encode(rest)[1:] + b"\n")
    return done


def _tail(stream: ResultStream, count: int) -> dict[str, Any]:
    ending = stream.ending(count)
    return Result(
        stream.columns, (), ending.totals, ending.meta, suppressed=stream.head.suppressed
    ).to_wire()
