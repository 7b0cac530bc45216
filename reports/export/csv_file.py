"""CSV: UTF-8, a header of labels, raw values, rows only (a total would be read as a row).

NULL is an empty field, an empty text is ``""``; a cell hidden because it is about too few
people is ``•``. Instants are in UTC with a Z. Only text is guarded against being run as a
formula: a negative number stays a number.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc

from reports.contracts import Result
from reports.export.about import disambiguated
from reports.export.columns import hidden_rows, mask_of, plain_batches
from reports.export.in_memory import stream_of
from reports.export.result_stream import ResultStream
from reports.export.texts import content_of, guarded, holds_any, plain_texts
from reports.export.totals import HIDDEN

_BOM: Final = b"\xef\xbb\xbf"
_COMMA: Final = ","
_END: Final = "\r\n"
_THREADS: Final = 2
_SPECIAL: Final = (b",", b'"', b"\r", b"\n")


def to_csv(result: Result, *, bom: bool = False) -> bytes:
    """The rows as CSV (RFC 4180). ``bom``: for a spreadsheet that can't guess UTF-8."""
    out = io.BytesIO()
    write_csv(stream_of(result), out, bom=bom)
    return out.getvalue()


def write_csv(
    stream: ResultStream,
    out: BinaryIO,
    *,
    bom: bool = False,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write the rows as they come; gives the number of rows."""
    lines = CsvLines(stream)
    out.write((_BOM if bom else b"") + lines.header())
    done = 0
    for content, count in _rendered(lines, plain_batches(stream)):
        out.write(content)
        done += count
        if progress and done:
            progress(done)
    stream.ending(done)
    return done


def _rendered(lines: CsvLines, batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[bytes, int]]:
    """The batches' lines and their number, in order; the next are built while one is written."""
    with ThreadPoolExecutor(_THREADS) as pool:
        waiting: deque[tuple[Future[bytes], int]] = deque()
        first = 0
        for batch in batches:
            waiting.append((pool.submit(lines.render, batch, first), batch.num_rows))
            first += batch.num_rows
            if len(waiting) > _THREADS:
                future, count = waiting.popleft()
                yield future.result(), count
        for future, count in waiting:
            yield future.result(), count


class CsvLines:
    """Turns batches into lines, a column at a time."""

    def __init__(self, stream: ResultStream) -> None:
        self._columns = stream.columns
        self._suppressed = stream.head.suppressed

    def header(self) -> bytes:
        """The line of labels."""
        plain = disambiguated(self._columns, [column.label for column in self._columns])
        labels = pa.array(plain, type=pa.string())
        return (_COMMA.join(_quoted(guarded(labels)).to_pylist()) + _END).encode()

    def render(self, batch: pa.RecordBatch, first: int) -> bytes:
        """The lines of a batch whose first row is number ``first`` of all, from 0."""
        hidden = hidden_rows(self._suppressed, first, batch.num_rows)
        fields = [_field(array, hidden.get(n)) for n, array in enumerate(batch.columns)]
        lines = pc.binary_join_element_wise(
            *fields, _COMMA, null_handling="replace", null_replacement=""
        )
        return content_of(pc.binary_join_element_wise(lines, "", _END))


def _with_hidden(texts: pa.Array, rows: list[int]) -> pa.Array:
    """The column with the mark for what is hidden."""
    return pc.if_else(mask_of(rows, len(texts)), HIDDEN, texts)


def _field(array: pa.Array, hidden: list[int] | None) -> pa.Array:
    """A column as it stands in the file."""
    texts = plain_texts(array)
    if pa.types.is_string(array.type) or pa.types.is_list(array.type):
        texts = _quoted(guarded(texts))
    return texts if hidden is None else _with_hidden(texts, hidden)


def _quoted(texts: pa.Array) -> pa.Array:
    """Texts with a comma, a quote or a line break in quotes, and empty ones too."""
    needs = pc.equal(pc.binary_length(texts), 0)
    if holds_any(texts, _SPECIAL):
        needs = pc.or_(needs, pc.match_substring_regex(texts, '[",\r\n]'))
    if not pc.any(needs).as_py():
        return texts
    doubled = pc.replace_substring(texts, '"', '""')
    return pc.if_else(needs, pc.binary_join_element_wise('"', doubled, '"', ""), texts)
