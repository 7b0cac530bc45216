"""Exports of any length: rows go to a file as they come, in bounded memory.

    write_stream(stream, "csv", path, progress=report_rows)

The file appears under its name when it is whole, and not before; after a failure nothing is
left behind. A streamed export has the same bytes as the in-memory one of the same result for
CSV and JSON; in the other formats columns may be of a wider type (a sum that DuckDB counts in
128 bits), with the same values.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from reports.export.formats import ExportFormat
from reports.export.json_file import write_json
from reports.export.result_stream import ResultStream
from reports.export.wording import ENGLISH, Wording

Progress = Callable[[int], None]


class _Writer(Protocol):
    def __call__(
        self, stream: ResultStream, out: BinaryIO, *, progress: Progress | None = None
    ) -> int: ...


STREAMED: Final = (
    ExportFormat.CSV,
    ExportFormat.JSON,
    ExportFormat.XLSX,
    ExportFormat.PARQUET,
    ExportFormat.ARROW,
)
"""The formats that can be streamed; the others need the whole result at once."""


def write_stream(
    stream: ResultStream,
    form: ExportFormat | str,
    path: str | Path,
    *,
    bom: bool = False,
    progress: Progress | None = None,
    wording: Wording = ENGLISH,
) -> int:
    """Write a stream to ``path``; gives the number of rows.

    ``progress`` is called with the number of rows done after each batch; what it raises ends
    the export. Raises ``ValueError`` for a format that isn't in :data:`STREAMED`, and whatever
    the batches raise.
    """
    write = _writer(ExportFormat(form), bom=bom, wording=wording)
    with replacing(Path(path)) as out:
        return write(stream, out, progress=progress)


def write_to(stream: ResultStream, form: ExportFormat, out: BinaryIO) -> int:
    """Write a stream to a file that is open; as :func:`write_stream` otherwise."""
    return _writer(form, bom=False)(stream, out)


def _writer(form: ExportFormat, *, bom: bool, wording: Wording = ENGLISH) -> _Writer:
    """A form's writer; its libraries are imported when it is first asked for."""
    if form not in STREAMED:
        raise ValueError(f"{form} can't be streamed")
    if form is ExportFormat.CSV:
        from reports.export.csv_file import write_csv  # noqa: PLC0415

        return partial(write_csv, bom=bom)
    if form is ExportFormat.XLSX:
        from reports.export.workbook import write_xlsx  # noqa: PLC0415

        return partial(write_xlsx, wording=wording)
    if form is ExportFormat.JSON:
        return write_json
    from reports.export.arrow_files import write_arrow, write_parquet  # noqa: PLC0415

    return write_parquet if form is ExportFormat.PARQUET else write_arrow


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes ``path``'s place when it is whole and on the disk."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        with draft.open("xb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
