"""Columns as text, a whole batch at a time: cells are never touched one by one.

Each function takes an Arrow array of a plain type (:mod:`reports.export.columns`) and gives a
string array. Arrow keeps the texts of a string array end to end in one buffer, so that lines
joined from columns are bytes ready to be written.
"""

from __future__ import annotations

from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

_FORMULA: Final = r"^(['\s\x{200b}\x{feff}]*[=+\-@\t\r\n＝＋－＠])"
"""A text that a spreadsheet might run (OWASP, CSV injection), full-width signs included; blanks
before the sign are no help, as some readers trim cells.

Apostrophes before such a sign count too: so an added apostrophe differs from one that was there,
and a reader who takes it off has the text as it was.
"""
_FORMULA_SIGNS: Final = tuple(c.encode() for c in "=+-@\t\r\n＝＋－＠")
_MAX_DIGITS: Final = 38


def plain_texts(array: pa.Array) -> pa.Array:
    """Numbers, dates, instants and booleans as CSV and JSON have them; text as it is."""
    kind = array.type
    if pa.types.is_string(kind):
        return array
    if pa.types.is_floating(kind):
        return strings(series(array).cast(pl.String))
    if pa.types.is_decimal(kind):
        return decimal_texts(array)
    if pa.types.is_timestamp(kind):
        return time_texts(array)
    if pa.types.is_list(kind):
        return pc.binary_join(array, "; ")
    return array.cast(pa.string())


def decimal_texts(array: pa.Array) -> pa.Array:
    """Decimals written plainly, with every digit and without an exponent."""
    if array.type.bit_width > 128:
        texts = [None if v is None else format(v, "f") for v in array.to_pylist()]
        return pa.array(texts, type=pa.string())
    return strings(series(array).cast(pl.String))


def time_texts(array: pa.Array) -> pa.Array:
    """Timestamps in ISO 8601: with a Z if they are instants, with a fraction if they have one."""
    naive = array.cast(pa.timestamp("us"))  # with a zone, each value would look it up
    try:
        texts = naive.cast(pa.timestamp("s")).cast(pa.string())
    except pa.ArrowInvalid:  # some have a fraction: they are written to the microsecond
        texts = pc.replace_substring(naive.cast(pa.string()), ".000000", "")
    texts = pc.binary_replace_slice(texts.cast(pa.binary()), 10, 11, b"T").cast(pa.string())
    return texts if array.type.tz is None else pc.binary_join_element_wise(texts, "Z", "")


def guarded(array: pa.Array) -> pa.Array:
    """Texts that no spreadsheet runs as a formula: those that might get an apostrophe."""
    if not holds_any(array, _FORMULA_SIGNS):
        return array
    values = series(array)
    if not values.str.contains(_FORMULA).any():
        return array
    return strings(values.str.replace(_FORMULA, "'${1}"))


def holds_any(array: pa.Array, needles: tuple[bytes, ...]) -> bool:
    """Return True if the array's texts may hold one of ``needles``; a search through its bytes."""
    content = array.buffers()[2]
    if content is None:
        return False
    start = array.offset
    offsets = memoryview(array.buffers()[1]).cast("i")
    used = bytes(memoryview(content)[offsets[start] : offsets[start + len(array)]])
    return any(needle in used for needle in needles)


def content_of(lines: pa.Array) -> bytes:
    """The bytes of a string array without NULL, one text after the other."""
    if not len(lines):
        return b""
    offsets = memoryview(lines.buffers()[1]).cast("i")
    start = offsets[lines.offset]
    end = offsets[lines.offset + len(lines)]
    return bytes(memoryview(lines.buffers()[2])[start:end])


def series(array: pa.Array) -> pl.Series:
    """An Arrow array as polars has it."""
    found = pl.from_arrow(array)
    assert isinstance(found, pl.Series)
    return found


def strings(values: pl.Series) -> pa.Array:
    """A polars column of text as an Arrow string array."""
    return values.to_arrow().cast(pa.string())
