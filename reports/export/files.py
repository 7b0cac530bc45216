"""A report as files: asked once, however many forms it is wanted in."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from reports.contracts import Limits, ReportMeta, Result
from reports.engine.engine import Engine
from reports.engine.prepared import Prepared
from reports.export.formats import SPEAKING, ExportFormat, render
from reports.export.in_memory import stream_of
from reports.export.listing import can_stream, streamed
from reports.export.result_stream import ResultStream
from reports.export.stream import STREAMED, replacing, write_stream
from reports.export.wording import ENGLISH, Wording
from reports.requests import ReportRequest


@dataclass(frozen=True)
class Export:
    """The file that a report becomes.

    ``bom`` is for CSV readers that need one; ``progress`` is called with the number of rows
    that are written. ``wording`` is the language of a workbook or a PDF; the data formats have
    none.
    """

    form: ExportFormat | str
    bom: bool = False
    progress: Callable[[int], None] | None = None
    wording: Wording = ENGLISH


Files = Sequence[tuple[str | Path, Export]]
"""The paths of files, with their forms."""


def write_report(engine: Engine, request: ReportRequest, files: Files) -> ReportMeta:
    """Answer a report into files; see :func:`reports.api.export_files`."""
    limits = request.limits or Limits.for_export()
    prepared = engine.prepare(request).within(limits)
    if can_stream(prepared.report) and all(one.form in STREAMED for _path, one in files):
        return _write_listing(engine, prepared, files)
    result = engine.run(prepared)
    for path, one in files:
        # A compared result has its other side after the rows: as JSON it is written from memory.
        is_whole = one.form == ExportFormat.JSON and result.compare is not None
        if one.form in STREAMED and not is_whole:
            _write(stream_of(_asked(prepared, result, one)), path, one)
        else:
            asked = _asked(prepared, result, one)
            body = render(asked, ExportFormat(one.form), bom=one.bom, wording=one.wording)
            with replacing(Path(path)) as out:
                out.write(body)
    return result.meta


def _write_listing(engine: Engine, prepared: Prepared, files: Files) -> ReportMeta:
    started = time.perf_counter()
    with (
        engine.listing(prepared) as question,
        streamed(question, started) as stream,
        _readable(stream, files) as reading,
    ):
        rows = 0
        for path, one in files:
            found = reading()
            head = replace(found.head, words=_words(prepared, one))
            rows = _write(replace(found, head=head), path, one)
        return stream.ending(rows).meta


def _write(stream: ResultStream, path: str | Path, one: Export) -> int:
    return write_stream(
        stream, one.form, path, bom=one.bom, progress=one.progress, wording=one.wording
    )


def _asked(prepared: Prepared, result: Result, one: Export) -> Result:
    """The result with its question in the file's language."""
    return replace(result, words=_words(prepared, one))


def _words(prepared: Prepared, one: Export) -> tuple[str, ...]:
    wording = one.wording if one.form in SPEAKING else ENGLISH
    return wording.question(prepared.report, prepared.snapshot.catalog)


@contextmanager
def _readable(stream: ResultStream, files: Files) -> Iterator[Callable[[], ResultStream]]:
    """The rows, to be read as often as there are files: of several they are kept on the disk."""
    if len(files) == 1:
        yield lambda: stream
        return
    path = Path(files[0][0]).with_name(f".{secrets.token_hex(6)}.rows")
    try:
        with path.open("xb") as out:
            is_empty = not _spool(stream.batches, out)
        yield lambda: replace(stream, batches=() if is_empty else _spooled(path))
    finally:
        path.unlink(missing_ok=True)


def _spool(batches: Iterable[Any], out: BinaryIO) -> bool:
    """Write batches after each other; False if there was none."""
    from pyarrow import ipc  # noqa: PLC0415 - slow to import

    writer = None
    for batch in batches:
        writer = writer or ipc.new_stream(out, batch.schema)
        writer.write_batch(batch)
    if writer is not None:
        writer.close()
    return writer is not None


def _spooled(path: Path) -> Iterator[Any]:
    import pyarrow as pa  # noqa: PLC0415 - slow to import
    from pyarrow import ipc  # noqa: PLC0415

    with pa.memory_map(str(path)) as source, ipc.open_stream(source) as reader:
        yield from reader
