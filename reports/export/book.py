"""Several reports in one file: a workbook with a sheet for each, or a PDF with headings.

All of them are answered over the snapshots that their requests name. A report that can't be
answered says so in its place and holds up none of the others; what concerns all of them (no time
left, cancelled, a damaged snapshot) ends the file.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from reports.contracts import Column, Limits, ReportMeta, Result, SnapshotInfo
from reports.engine.engine import Engine
from reports.engine.prepared import Prepared
from reports.errors import ReportBusy, ReportCancelled, ReportError, ReportTimeout, SnapshotDamaged
from reports.export.formats import ExportFormat
from reports.export.in_memory import stream_of
from reports.export.listing import can_stream, streamed
from reports.export.result_stream import ResultStream
from reports.export.stream import replacing
from reports.requests import ReportRequest

# A form's libraries are imported when it is first asked for, as in ``formats``.
# ruff: noqa: PLC0415
BOOK_FORMATS: Final = (ExportFormat.XLSX, ExportFormat.PDF)
"""The formats that hold several tables."""

_OF_ALL: Final = (ReportBusy, ReportCancelled, ReportTimeout, SnapshotDamaged)


@dataclass(frozen=True)
class Part:
    """A report of a book; ``labels`` name its measures by their keys."""

    title: str
    request: ReportRequest
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Book:
    """Reports that become one file, one at least; ``notes`` are sentences at its beginning."""

    title: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class BookFacts:
    """A finished book: the rows of all its reports, and the snapshot of its first."""

    rows: int
    snapshot: SnapshotInfo


class BookWriter:
    """Writes one book within the time that its first request allows."""

    def __init__(
        self, engine: Engine, book: Book, progress: Callable[[int], None] | None = None
    ) -> None:
        self._engine = engine
        self._book = book
        self._progress = progress
        self._limits = book.parts[0].request.limits or Limits.for_export()
        self._ends = time.perf_counter() + self._limits.seconds
        self._snapshot = engine.info(book.parts[0].request.snapshot)

    def write(self, form: ExportFormat, path: Path) -> BookFacts:
        """Write the file, whole or not at all. Raises ``ReportError``, ``ValueError``."""
        if form not in BOOK_FORMATS:
            raise ValueError(f"{form} can't hold several reports")
        rows = self._write_pdf(path) if form is ExportFormat.PDF else self._write_workbook(path)
        return BookFacts(rows, self._snapshot)

    def _write_workbook(self, path: Path) -> int:
        from reports.export.workbook import SheetPart, write_workbook

        def sheets() -> Iterator[SheetPart]:
            for part in self._book.parts:
                with self._opened(part) as stream:
                    columns = _labeled(stream.columns, part.labels)
                    yield SheetPart(part.title, replace(stream, columns=columns))

        about = [("Dashboard", self._book.title), *(("Filters", n) for n in self._book.notes)]
        with replacing(path) as out:
            return write_workbook(sheets(), out, about=about, progress=self._progress)

    def _write_pdf(self, path: Path) -> int:
        from reports.export.pdf import PdfPart, to_pdf_book

        parts: list[PdfPart] = []
        rows = 0
        for part in self._book.parts:
            result = self._answer(part)
            parts.append(PdfPart(part.title, result))
            rows += len(result.rows)
            if self._progress:
                self._progress(rows)
        body = to_pdf_book(self._book.title, self._book.notes, parts)
        with replacing(path) as out:
            out.write(body)
        return rows

    @contextmanager
    def _opened(self, part: Part) -> Iterator[ResultStream]:
        """The rows of a part, as they come where they can."""
        prepared = self._prepared(part)
        if not isinstance(prepared, Prepared) or not can_stream(prepared.report):
            yield stream_of(self._answered(part, prepared))
            return
        started = time.perf_counter()
        with self._engine.listing(prepared) as question, streamed(question, started) as stream:
            yield stream

    def _answer(self, part: Part) -> Result:
        result = self._answered(part, self._prepared(part))
        return replace(result, columns=_labeled(result.columns, part.labels))

    def _prepared(self, part: Part) -> Prepared | ReportError:
        left = max(self._ends - time.perf_counter(), 0.001)
        try:
            return self._engine.prepare(part.request).within(replace(self._limits, seconds=left))
        except _OF_ALL:
            raise
        except ReportError as error:
            return error

    def _answered(self, part: Part, prepared: Prepared | ReportError) -> Result:
        if isinstance(prepared, ReportError):
            return self._unavailable(part, prepared)
        try:
            return self._engine.run(prepared)
        except _OF_ALL:
            raise
        except ReportError as error:
            return self._unavailable(part, error)

    def _unavailable(self, part: Part, error: ReportError) -> Result:
        """The reason in place of the numbers."""
        text = f"{error.message} {error.hint}".strip()
        meta = ReportMeta(
            1,
            1,
            0.0,
            truncated=False,
            snapshot=self._snapshot,
            scope=part.request.scope,
            definition_digest="",
        )
        return Result((Column("problem", "Not available", "text"),), ((text,),), None, meta)


def _labeled(columns: tuple[Column, ...], labels: Mapping[str, str]) -> tuple[Column, ...]:
    return tuple(replace(c, label=labels[c.key]) if c.key in labels else c for c in columns)
