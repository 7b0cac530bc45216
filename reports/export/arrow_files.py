"""Parquet and Arrow IPC: the rows with their exact types, for another program.

Both hold rows only: a total would be read as one more row. Columns are named by their keys,
the labels are in the fields' metadata; the schema's metadata name the snapshot, the scope and
the digest of the definition. A cell hidden because it is about too few people is NULL, and
listed in the metadata ``suppressed`` as [row, column].
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import ipc

from reports.contracts import Result
from reports.export.columns import plain_batches
from reports.export.in_memory import stream_of
from reports.export.result_stream import ResultStream

_ROWS_A_GROUP: Final = 100_000

Progress = Callable[[int], None]


def to_parquet(result: Result) -> bytes:
    """The rows as a Parquet file."""
    out = io.BytesIO()
    write_parquet(stream_of(result), out)
    return out.getvalue()


def to_arrow(result: Result) -> bytes:
    """The rows as an Arrow IPC file."""
    out = io.BytesIO()
    write_arrow(stream_of(result), out)
    return out.getvalue()


def write_parquet(stream: ResultStream, out: BinaryIO, *, progress: Progress | None = None) -> int:
    """Write the rows as they come; gives the number of rows."""
    schema, batches = _described(stream)
    waiting: list[Any] = []
    done = 0
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for batch in batches:
            waiting.append(batch)
            done += batch.num_rows
            if sum(b.num_rows for b in waiting) >= _ROWS_A_GROUP:
                writer.write_table(pa.Table.from_batches(waiting))
                waiting = []
            _report_progress(progress, done)
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting))
    stream.ending(done)
    return done


def write_arrow(stream: ResultStream, out: BinaryIO, *, progress: Progress | None = None) -> int:
    """Write the rows as they come; gives the number of rows."""
    schema, batches = _described(stream)
    done = 0
    with ipc.new_file(out, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            done += batch.num_rows
            _report_progress(progress, done)
    stream.ending(done)
    return done


def _report_progress(progress: Progress | None, done: int) -> None:
    if progress and done:
        progress(done)


def _described(stream: ResultStream) -> tuple[Any, Iterator[Any]]:
    """The schema with its metadata, and the batches under it."""
    batches = plain_batches(stream)
    first = next(batches)
    fields = [
        pa.field(column.key, kind, metadata={"label": column.label})
        for column, kind in zip(stream.columns, first.schema.types, strict=True)
    ]
    schema = pa.schema(fields, metadata=_about(stream))

    def all_batches() -> Iterator[Any]:
        yield pa.RecordBatch.from_arrays(first.columns, schema=schema)
        for batch in batches:
            yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)

    return schema, all_batches()


def _about(stream: ResultStream) -> dict[str, str]:
    head = stream.head
    return {
        "question": "\n".join(head.words),
        "snapshot": json.dumps(head.snapshot.to_wire()),
        "scope": json.dumps(head.scope.to_wire()),
        "definitionDigest": head.definition_digest,
        "definition": json.dumps(dict(head.definition), ensure_ascii=False, sort_keys=True),
        "suppressed": json.dumps([list(pair) for pair in head.suppressed]),
    }
