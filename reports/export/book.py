"""Several reports in one file: a workbook with a sheet for each, or a PDF with headings.

All of them are answered over the snapshots that their requests name. A report that can't be
answered says so in its place and holds up none of the others; what concerns all of them (no time
left, cancelled, a damaged snapshot) ends the file.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Protocol

from reports.contracts import Column, Limits, ReportMeta, Result, SnapshotInfo
from reports.engine.engine import Engine
from reports.engine.prepared import Prepared
from reports.errors import ReportBusy, ReportCancelled, ReportError, ReportTimeout, SnapshotDamaged
from reports.export.files import Export
from reports.export.formats import ExportFormat
from reports.export.in_memory import stream_of
from reports.export.listing import can_stream, streamed
from reports.export.localized import columns_of, localized
from reports.export.result_stream import ResultStream
from reports.export.stream import replacing
from reports.export.wording import Wording
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


class Answered(Protocol):
    """An answer that isn't the engine's."""

    def stream(self) -> ResultStream:
        """Return its rows for a workbook; each call begins anew."""

    def result(self) -> Result:
        """Return its rows for a PDF."""


@dataclass(frozen=True)
class AskedPart:
    """A part of a book that something else answers, within what is left of the book's limits.

    ``ask`` raises ``ReportError`` as the engine does.
    """

    title: str
    ask: Callable[[Limits], Answered]


@dataclass(frozen=True)
class EmptyPart:
    """A place of a book that stays empty, and why."""

    title: str
    reason: str


AnyPart = Part | AskedPart | EmptyPart


@dataclass(frozen=True)
class Book:
    """Reports that become one file, one at least; ``notes`` are sentences at its beginning.

    ``data`` says what its empty parts are of, and what all of it may cost: a request of the first
    report, if none is given. ``styles`` gives categories one style in all charts of a PDF.
    """

    title: str
    parts: tuple[AnyPart, ...]
    notes: tuple[str, ...] = ()
    data: ReportRequest | None = None
    styles: Callable[[Sequence[str]], list[int]] | None = None

    @property
    def request(self) -> ReportRequest:
        """The request whose snapshot, scope and limits are the book's. Raises ``ValueError``."""
        found = self.data or next((p.request for p in self.parts if isinstance(p, Part)), None)
        if found is None:
            raise ValueError("a book without a report has to say what it is of")
        return found


BookFiles = Sequence[tuple[Book, str | Path, Export]]
"""Books with the paths and forms of their files: the same reports, in one language or another."""


@dataclass(frozen=True)
class _Found:
    """A report's answer, with the question that its words are of."""

    result: Result
    prepared: Prepared


Answer = _Found | Answered | str | ReportError
"""A text or a refusal: why there are no numbers."""


@dataclass(frozen=True)
class BookFacts:
    """A finished book: the rows of all its reports, and the snapshot of its first."""

    rows: int
    snapshot: SnapshotInfo


class BookWriter:
    """Writes one book within the time that it allows, in one form or several."""

    def __init__(self, engine: Engine, book: Book) -> None:
        self._engine = engine
        self._book = book
        """The one of which a file is written; all have the same reports."""
        self._limits = book.request.limits or Limits.for_export()
        self._ends = time.perf_counter() + self._limits.seconds
        self._snapshot = engine.info(book.request.snapshot)
        self._shared: dict[int, Answer] | None = None
        """The answers by their place where several files are written of them."""

    def write(self, files: BookFiles) -> BookFacts:
        """Write the files, each whole or not at all. Raises ``ReportError``, ``ValueError``."""
        self._shared = {} if len(files) > 1 else None
        rows = 0
        for book, path, wanted in files:
            if wanted.form not in BOOK_FORMATS:
                raise ValueError(f"{wanted.form} can't hold several reports")
            self._book = book
            write = self._write_pdf if wanted.form == ExportFormat.PDF else self._write_workbook
            rows = write(Path(path), wanted)
        reasons = sum(isinstance(part, EmptyPart) for part in self._book.parts)
        return BookFacts(rows - reasons, self._snapshot)

    def _write_workbook(self, path: Path, wanted: Export) -> int:
        from reports.export.workbook import SheetPart, write_workbook

        wording = wanted.wording

        def sheets() -> Iterator[SheetPart]:
            for number, part in enumerate(self._book.parts):
                with self._opened(number, wording) as stream:
                    columns = columns_of(stream, _of_part(wording, part))
                    yield SheetPart(part.title, stream, columns)

        about = [(wording.say("dashboard"), self._book.title)]
        about += [(wording.say("filters"), note) for note in self._book.notes]
        with replacing(path) as out:
            return write_workbook(
                sheets(), out, about=about, progress=wanted.progress, wording=wording
            )

    def _write_pdf(self, path: Path, wanted: Export) -> int:
        from reports.export.pdf import PdfPart, to_pdf_book

        parts: list[PdfPart] = []
        rows = 0
        for number, part in enumerate(self._book.parts):
            result = self._shown(self._answer(number), wanted.wording)
            result = localized(result, _of_part(wanted.wording, part))
            parts.append(PdfPart(part.title, result))
            rows += len(result.rows)
            if wanted.progress:
                wanted.progress(rows)
        book = self._book
        body = to_pdf_book(book.title, book.notes, parts, wanted.wording, book.styles)
        with replacing(path) as out:
            out.write(body)
        return rows

    def _shown(self, answer: Answer, wording: Wording) -> Result:
        """An answer in memory, its question or the reason against it in the language."""
        if isinstance(answer, _Found):
            return replace(answer.result, words=_words(answer.prepared, wording))
        if isinstance(answer, str | ReportError):
            return self._unavailable(answer, wording)
        return answer.result()

    @contextmanager
    def _opened(self, number: int, wording: Wording) -> Iterator[ResultStream]:
        """The rows of a part, as they come where they can."""
        part = self._book.parts[number]
        if not isinstance(part, Part) or self._shared is not None:
            answer = self._answer(number)
            if isinstance(answer, _Found | str | ReportError):
                yield stream_of(self._shown(answer, wording))
            else:
                yield answer.stream()
            return
        prepared = self._prepared(part)
        if not isinstance(prepared, Prepared) or not can_stream(prepared.report):
            yield stream_of(self._shown(self._answered(prepared), wording))
            return
        started = time.perf_counter()
        with self._engine.listing(prepared) as question, streamed(question, started) as stream:
            words = _words(prepared, wording)
            yield replace(stream, head=replace(stream.head, words=words))

    def _answer(self, number: int) -> Answer:
        """The answer of a part, worked out once."""
        part = self._book.parts[number]
        if isinstance(part, EmptyPart):  # its reason is in the language of this book
            return part.reason
        known = self._shared
        if known is not None and number in known:
            return known[number]
        if isinstance(part, AskedPart):
            found = self._asked(part)
        else:
            found = self._answered(self._prepared(part))
        if known is not None:
            known[number] = found
        return found

    def _limits_left(self) -> Limits:
        return replace(self._limits, seconds=max(self._ends - time.perf_counter(), 0.001))

    def _asked(self, part: AskedPart) -> Answer:
        try:
            return part.ask(self._limits_left())
        except _OF_ALL as error:
            # Its own time may be shorter than the book's.
            if not isinstance(error, ReportTimeout) or time.perf_counter() >= self._ends:
                raise
            return error
        except ReportError as error:
            return error

    def _prepared(self, part: Part) -> Prepared | ReportError:
        limits = self._limits_left()
        try:
            return self._engine.prepare(part.request).within(limits)
        except _OF_ALL:
            raise
        except ReportError as error:
            return error

    def _answered(self, prepared: Prepared | ReportError) -> Answer:
        if isinstance(prepared, ReportError):
            return prepared
        try:
            return _Found(self._engine.run(prepared), prepared)
        except _OF_ALL:
            raise
        except ReportError as error:
            return error

    def _unavailable(self, reason: str | ReportError, wording: Wording) -> Result:
        """The reason in place of the numbers."""
        text = reason if isinstance(reason, str) else _reason(reason, wording)
        column = Column("problem", wording.say("notAvailable"), "text")
        meta = ReportMeta(
            1,
            1,
            0.0,
            truncated=False,
            snapshot=self._snapshot,
            scope=self._book.request.scope,
            definition_digest="",
        )
        return Result((column,), ((text,),), None, meta)


def _reason(error: ReportError, wording: Wording) -> str:
    return f"{wording.message(error.message)} {wording.message(error.hint)}".strip()


def _words(prepared: Prepared, wording: Wording) -> tuple[str, ...]:
    return wording.question(prepared.report, prepared.snapshot.catalog)


def _of_part(wording: Wording, part: AnyPart) -> Wording:
    """The language with the part's own names for its measures."""
    labels = part.labels if isinstance(part, Part) else {}

    def label(column: Column, definition: Mapping[str, Any]) -> Column:
        found = wording.label(column, definition)
        return replace(found, label=labels[found.key]) if found.key in labels else found

    return replace(wording, label=label) if labels else wording
