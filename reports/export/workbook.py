"""A workbook: rows with their formats, their totals, and a sheet that says what they answer.

One report, or several with sheets of their own.

Total rows are bold and stand where :mod:`reports.export.totals` says. What doesn't fit on one
sheet continues on the next. The workbook's date is the snapshot's, so that the same result has
the same bytes.

The sheets' XML is made here, a column at a time, since rows handed to a library one by one take
twice as long in the fastest of them, and none has both a streaming mode and bold rows in it.
"""

from __future__ import annotations

import hashlib
import io
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc

from reports.contracts import Column, Result
from reports.export.about import facts, head_texts
from reports.export.columns import hidden_rows, plain_batches
from reports.export.csv_file import CsvLines
from reports.export.in_memory import stream_of
from reports.export.localized import columns_of
from reports.export.result_stream import Ending, ResultStream
from reports.export.sheet_names import SheetNames
from reports.export.texts import content_of, plain_texts
from reports.export.totals import Placed, axis_count, label_of, place
from reports.export.wording import ENGLISH, Wording
from reports.export.xlsx_cells import RowWriter, letters, one_cell
from reports.export.xlsx_package import SHEET_END, Archive, Styles, sheet_start, write_frame

MAX_ROWS: Final = 1_048_576
"""Rows of a sheet, its head included."""
_MAX_BYTES: Final = 1_900_000_000
"""Of a sheet's XML: readers without ZIP64 take less than 2 GiB."""

_SAMPLE: Final = 200
_NUMBER_FORMATS: Final = {
    "float": "#,##0.00",
    "decimal": "#,##0.00##",
    "date": "yyyy-mm-dd",
    "timestamp": "yyyy-mm-dd hh:mm",
}


@dataclass(frozen=True)
class SheetPart:
    """One of the reports in a workbook; it has as many sheets of its own as it needs."""

    title: str
    stream: ResultStream
    columns: tuple[Column, ...] = ()
    """As the reader has them, if not as the stream."""

    @property
    def shown(self) -> tuple[Column, ...]:
        """The columns as they are written."""
        return self.columns or self.stream.columns


def to_xlsx(result: Result, wording: Wording = ENGLISH) -> bytes:
    """The result as an XLSX file: the same bytes each time."""
    out = io.BytesIO()
    write_xlsx(stream_of(result), out, wording=wording)
    return out.getvalue()


def write_xlsx(
    stream: ResultStream,
    out: BinaryIO,
    *,
    progress: Callable[[int], None] | None = None,
    wording: Wording = ENGLISH,
) -> int:
    """Write the rows as they come; gives the number of rows. ``out`` must be seekable."""
    part = SheetPart(wording.say("report"), stream, columns_of(stream, wording))
    return write_workbook([part], out, progress=progress, wording=wording)


def write_workbook(
    parts: Iterable[SheetPart],
    out: BinaryIO,
    *,
    about: Sequence[tuple[str, str]] = (),
    progress: Callable[[int], None] | None = None,
    wording: Wording = ENGLISH,
) -> int:
    """Write several reports after each other; gives the number of all rows.

    ``about`` is said before the facts of the reports. The next part is asked for when the one
    before it is written, so that only one has to be open at a time.
    """
    with Archive(out) as archive, ThreadPoolExecutor(1) as pool:
        book = _Book(archive, pool, wording)
        done, notes, created = 0, list(about), datetime.max.replace(tzinfo=UTC)
        for part in parts:
            report = _Report(part, book)
            rows, facts_of_part = _write_report(report, done, progress)
            done += rows
            notes += (
                [(wording.say("sheet"), report.name), *facts_of_part] if about else facts_of_part
            )
            created = min(created, part.stream.head.snapshot.taken_at)
        _write_about(book, notes)
        repeated = [True] * len(book.names) + [False]
        write_frame(archive, [*book.names, wording.say("about")], repeated, book.styles, created)
    return done


def _write_report(
    report: _Report, before: int, progress: Callable[[int], None] | None
) -> tuple[int, list[tuple[str, str]]]:
    """Write one report; gives the number of its rows, and its facts."""
    stream, wording = report.stream, report.wording
    done = 0
    try:
        lines = CsvLines(stream)
        digest = hashlib.sha256(lines.header())
        for batch in plain_batches(stream):
            digest.update(lines.render(batch, done))
            report.add(batch)
            done += batch.num_rows
            if progress and done:
                progress(before + done)
        ending = stream.ending(done)
        report.finish(ending)
    finally:
        report.abandon()
    notes = facts(stream.head, ending, digest.hexdigest(), wording)
    if report.rows.cut:
        notes.append((wording.say("note"), wording.say("cut", count=report.rows.cut)))
    return done, notes


def _write_about(book: _Book, notes: Sequence[tuple[str, str]]) -> None:
    head = book.wording.say("what"), book.wording.say("value")
    bold, wraps = book.styles.of(bold=True), book.styles.of(wraps=True)
    with book.archive.part(f"xl/worksheets/sheet{len(book.names) + 1}.xml") as part:
        part.write(sheet_start((28.0, 90.0), frozen=True, selected=False).encode())
        for number, (name, value) in enumerate([head, *notes], start=1):
            style = bold if number == 1 else wraps
            cells = one_cell(f"A{number}", name, style, "UTC")
            cells += one_cell(f"B{number}", value, style, "UTC")
            part.write(f'<row r="{number}">{cells}</row>'.encode())
        part.write(SHEET_END.encode())


class _Book:
    """The workbook that the reports share: its archive, formats, and sheets so far."""

    def __init__(self, archive: Archive, pool: ThreadPoolExecutor, wording: Wording) -> None:
        self.wording = wording
        self.archive = archive
        self.pool = pool
        self.styles = Styles()
        self.names: list[str] = []
        self._free = SheetNames(wording.say("about"))

    def next_sheet(self, title: str) -> IO[bytes]:
        """A new sheet's part of the archive; the sheet is named by the title."""
        self.names.append(self._free.name_of(title))
        return self.archive.part(f"xl/worksheets/sheet{len(self.names)}.xml")


class _Report:
    """The sheets with one report's rows."""

    def __init__(self, part: SheetPart, book: _Book) -> None:
        stream, styles = part.stream, book.styles
        self._title = part.title
        self.stream = stream
        self.wording = book.wording
        self._book = book
        self._zone = stream.head.snapshot.time_zone
        self._head_style = styles.of(bold=True)
        self._columns = part.shown
        forms = [number_format(column) for column in self._columns]
        self._bold = [styles.of(form, bold=True) for form in forms]
        self.rows = RowWriter(self._columns, [styles.of(form) for form in forms], self._zone)
        self._heads = head_texts(self._columns)
        self._widths: list[float] = []
        self._place(stream.placed or ())
        self._sheet: _Sheet | None = None
        self.name = ""
        """Of its first sheet."""
        self._done = 0

    def _place(self, placed: Sequence[Placed]) -> None:
        self._placed = placed
        self._afters = [total.after for total in placed]
        self._next = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Append rows, and the totals that stand between them."""
        self._widths = self._widths or _widths(self._heads, batch)
        while batch.num_rows:
            sheet = self._open()
            count = self._fitting(batch.num_rows, MAX_ROWS - sheet.used)
            if count == 0:
                self._close()
                continue
            self._write(sheet, batch.slice(0, count))
            batch = batch.slice(count)

    def _fitting(self, count: int, room: int) -> int:
        """Count the rows that fit together with the totals that follow them."""
        lines = range(1, min(count, room) + 1)
        return bisect_right(lines, room, key=lambda n: n + self._inserted(n))

    def _inserted(self, count: int) -> int:
        """Count the totals among the next rows and right after them."""
        return bisect_right(self._afters, self._done + count) - self._next

    def _write(self, sheet: _Sheet, part: pa.RecordBatch) -> None:
        count = part.num_rows
        end = self._next + self._inserted(count)
        totals, self._next = self._placed[self._next : end], end
        hidden = hidden_rows(self.stream.head.suppressed, self._done, count)
        numbers = _numbers(sheet.used + 1, count, [t.after - self._done for t in totals])
        body = self.rows.render(part, pa.array(numbers), hidden)
        if not totals:
            sheet.write(content_of(body), count)
        else:
            sheet.write("".join(self._merged(body, totals, sheet.used)).encode(), count)
            sheet.used += len(totals)
        self._done += count

    def _merged(self, body: pa.Array, totals: Sequence[Placed], used: int) -> list[str]:
        """Rows and totals in their order."""
        rows: list[str] = body.to_pylist()
        merged: list[str] = []
        start = 0
        for placed in totals:
            end = placed.after - self._done
            merged += rows[start:end]
            start = end
            merged.append(self._total(placed, used + len(merged) + 1))
        return merged + rows[start:]

    def _total(self, placed: Placed, number: int) -> str:
        columns = self._columns
        cells = [
            column.text(value) if isinstance(value, str) else value
            for value, column in zip(placed.cells(len(columns)), columns, strict=True)
        ]
        cells[placed.label_column] = label_of(placed, columns, self._zone, self.wording)
        found = [
            one_cell(f"{letters(index)}{number}", value, self._bold[index], self._zone)
            for index, value in enumerate(cells)
        ]
        return f'<row r="{number}">{"".join(found)}</row>'

    def finish(self, ending: Ending) -> None:
        """The totals that follow all rows."""
        if self.stream.placed is None and ending.totals:
            axes = axis_count(self.stream.head.definition, self.stream.columns, ending.totals)
            self._place(place((), ending.totals, axes) if axes else ())
        for placed in self._placed[self._next :]:
            if self._open().used == MAX_ROWS:
                self._close()
            sheet = self._open()
            sheet.write(self._total(placed, sheet.used + 1).encode(), 1)
        self._open()
        self._close()

    def _open(self) -> _Sheet:
        if self._sheet and self._sheet.size > _MAX_BYTES:
            self._close()
        if self._sheet is None:
            part = self._book.next_sheet(self._title)
            self.name = self.name or self._book.names[-1]
            self._sheet = _Sheet(part, self._book.pool)
            self._sheet.write(self._beginning(is_first=len(self._book.names) == 1), 1)
        return self._sheet

    def _beginning(self, *, is_first: bool) -> bytes:
        cells = [
            one_cell(f"{letters(index)}1", text, self._head_style, self._zone)
            for index, text in enumerate(self._heads)
        ]
        start = sheet_start(self._widths, frozen=True, selected=is_first)
        return f'{start}<row r="1">{"".join(cells)}</row>'.encode()

    def _close(self) -> None:
        if self._sheet:
            self._sheet.close()
        self._sheet = None

    def abandon(self) -> None:
        """After a failure: let go of a sheet that was never finished."""
        if self._sheet:
            self._sheet.abandon()
        self._sheet = None


class _Sheet:
    """A sheet's XML, compressed on a thread of its own while the next rows are made."""

    def __init__(self, part: IO[bytes], pool: ThreadPoolExecutor) -> None:
        self._part = part
        self._pool = pool
        self._pending: Future[int] | None = None
        self.used = 0
        """Rows written."""
        self.size = 0

    def write(self, content: bytes, rows: int) -> None:
        """Append the XML of ``rows`` rows."""
        self._wait()
        self._pending = self._pool.submit(self._part.write, content)
        self.used += rows
        self.size += len(content)

    def _wait(self) -> None:
        if self._pending:
            self._pending.result()

    def close(self) -> None:
        """Write the end."""
        self._wait()
        self._part.write(SHEET_END.encode())
        self._part.close()

    def abandon(self) -> None:
        """Close it as it is."""
        if self._pending:
            wait([self._pending])
        self._part.close()


def _numbers(first: int, count: int, inserted: list[int]) -> Sequence[int]:
    """The rows' numbers in the sheet; a total after n rows moves those that follow."""
    if not inserted:
        return range(first, first + count)
    steps = Counter(inserted)
    numbers, shift = [], 0
    for index in range(count):
        shift += steps.get(index, 0)
        numbers.append(first + index + shift)
    return numbers


def number_format(column: Column) -> str:
    """A column's number format."""
    if column.format == "percent":
        return "0.0%"
    if column.type == "integer":
        return "#,##0" if column.unit else "0"
    return _NUMBER_FORMATS.get(column.type, "General")


def _widths(labels: Sequence[str], batch: pa.RecordBatch) -> list[float]:
    """Widths that suit the first rows."""
    found = []
    for label, array in zip(labels, batch.slice(0, _SAMPLE).columns, strict=True):
        longest = pc.max(pc.utf8_length(plain_texts(array))).as_py() or 0
        if pa.types.is_timestamp(array.type):
            longest = min(longest, 16)
        if pa.types.is_floating(array.type) or pa.types.is_decimal(array.type):
            longest = min(longest, 18)
        found.append(float(min(max(longest, len(label)) + 2, 60)))
    return [max(width, 8.0) for width in found]
