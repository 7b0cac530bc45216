"""A batch of rows as a worksheet's XML, a column at a time; and single cells.

Numbers are numbers where a spreadsheet can hold them exactly (15 digits), else text with every
digit. Dates before 1 March 1900 are text: spreadsheets believe in 29 February 1900. Instants
are shown on the institution's clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from reports.contracts import Cell, Column
from reports.export.columns import mask_of
from reports.export.texts import plain_texts, series, strings
from reports.export.totals import HIDDEN
from reports.export.xlsx_text import cell_text, cell_texts, is_spaced
from reports.zones import local_time

_MAX_EXACT: Final = 10**15 - 1
_EXACT_DIGITS: Final = 15
_FIRST_DATE: Final = date(1900, 3, 1)
_EPOCH: Final = 25_569
"""1 January 1970 as a spreadsheet counts days."""
_FIRST_DAY: Final = 61 - _EPOCH
_LAST_DAY: Final = 2_958_465 - _EPOCH
_DAY_US: Final = 86_400_000_000


def letters(index: int) -> str:
    """The name of a column, counted from 0: A, B … Z, AA."""
    name, index = "", index + 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


class RowWriter:
    """Renders batches; ``styles`` are the columns' cell formats."""

    def __init__(self, columns: Sequence[Column], styles: Sequence[int], zone: str) -> None:
        self._names = [letters(index) for index in range(len(columns))]
        self._choices = [dict(column.choices) for column in columns]
        self._styles = [f' s="{style}"' if style else "" for style in styles]
        self._zone = zone
        self.cut = 0
        """Texts that were longer than a cell can hold."""

    def render(
        self, batch: pa.RecordBatch, numbers: pa.Array, hidden: dict[int, list[int]]
    ) -> pa.Array:
        """One string for each row, with the row ``numbers`` they have in the sheet."""
        refs = numbers.cast(pa.string())
        parts: list[Any] = ['<row r="', refs, '">']
        for index, array in enumerate(batch.columns):
            parts += self._fragments(index, array, refs, hidden.get(index))
        parts += ["</row>", ""]
        return pc.binary_join_element_wise(*parts, null_handling="replace", null_replacement="")

    def _fragments(
        self, index: int, array: pa.Array, refs: pa.Array, hidden: list[int] | None
    ) -> list[Any]:
        """Pieces that, joined, are the column's cells; NULL where a cell is empty."""
        start = [f'<c r="{self._names[index]}', refs]
        style = self._styles[index]
        kind = ' t="b"' if pa.types.is_boolean(array.type) else ""
        number, text = _split(array, self._zone)
        if text is not None and self._choices[index]:
            text = strings(series(text).replace(self._choices[index]))
        if hidden:
            text = pa.nulls(len(array), pa.string()) if text is None else text
            text = pc.if_else(mask_of(hidden, len(array)), HIDDEN, text)
        cells = []
        if number is not None:
            cells.append([*start, f'"{style}{kind}><v>', number, "</v></c>"])
        if text is not None:
            texts, spaced, cut = cell_texts(text)
            self.cut += cut
            space = ' xml:space="preserve"' if spaced else ""
            cells.append([*start, f'"{style} t="inlineStr"><is><t{space}>', texts, "</t></is></c>"])
        if len(cells) == 1 and not cells[0][3].null_count:
            return cells[0]
        return [pc.binary_join_element_wise(*pieces, "") for pieces in cells]


def _split(array: pa.Array, zone: str) -> tuple[pa.Array | None, pa.Array | None]:
    """Split a column into what goes as numbers and what as text."""
    kind = array.type
    if pa.types.is_string(kind) or pa.types.is_list(kind):
        return None, pc.binary_join(array, ", ") if pa.types.is_list(kind) else array
    if pa.types.is_boolean(kind):
        return array.cast(pa.int8()).cast(pa.string()), None
    if pa.types.is_date32(kind):
        return _days(array)
    if pa.types.is_timestamp(kind):
        return _moments(array, zone)
    texts = plain_texts(array)
    if pa.types.is_decimal(kind):
        return _parted(texts, _fits_decimal(array, texts))
    return _parted(texts, _fits_integer(array) if pa.types.is_integer(kind) else None)


def _parted(texts: pa.Array, fits: pa.Array | None) -> tuple[pa.Array, pa.Array | None]:
    """Numbers and texts; ``fits`` None: all are numbers."""
    if fits is None:
        return texts, None
    return pc.if_else(fits, texts, None), pc.if_else(fits, None, texts)


def _fits_integer(array: pa.Array) -> pa.Array | None:
    ends = pc.min_max(array).as_py()
    if ends["min"] is None or (ends["min"] >= -_MAX_EXACT and ends["max"] <= _MAX_EXACT):
        return None
    return pc.and_(pc.greater_equal(array, -_MAX_EXACT), pc.less_equal(array, _MAX_EXACT))


def _fits_decimal(array: pa.Array, texts: pa.Array) -> pa.Array | None:
    if array.type.precision <= _EXACT_DIGITS:
        return None
    digits = series(texts).str.strip_chars_start("-")
    has_point = digits.str.contains(".", literal=True)
    frame = pl.DataFrame({"digits": digits, "point": has_point})
    stripped = pl.when("point").then(pl.col("digits").str.strip_chars_end("0")).otherwise("digits")
    counted = stripped.str.replace(".", "", literal=True).str.strip_chars_start("0")
    fits = frame.select(counted.str.len_bytes() <= _EXACT_DIGITS).to_series()
    return None if fits.all() else pa.array(fits.to_list(), type=pa.bool_())


def _days(array: pa.Array) -> tuple[pa.Array, pa.Array | None]:
    days = array.cast(pa.int32())
    serial = pc.add(days, _EPOCH).cast(pa.string())
    ends = pc.min_max(days).as_py()
    if ends["min"] is None or (ends["min"] >= _FIRST_DAY and ends["max"] <= _LAST_DAY):
        return serial, None
    fits = pc.and_(pc.greater_equal(days, _FIRST_DAY), pc.less_equal(days, _LAST_DAY))
    return pc.if_else(fits, serial, None), pc.if_else(fits, None, plain_texts(array))


def _moments(array: pa.Array, zone: str) -> tuple[pa.Array, pa.Array | None]:
    if array.type.tz:
        # Not by the data frame's own book of zones; where there is no local time, in UTC.
        moments = [m and (local_time(m, zone) or m).replace(tzinfo=None) for m in array.to_pylist()]
        array = pa.array(moments, type=pa.timestamp("us"))
    values = series(array)
    frame = pl.DataFrame({"at": values})
    serial = strings(
        frame.select((pl.col("at").dt.epoch("us") / _DAY_US + _EPOCH).cast(pl.String)).to_series()
    )
    days = frame.select(pl.col("at").dt.date().cast(pl.Int32)).to_series()
    fits = days.is_between(_FIRST_DAY, _LAST_DAY)
    if fits.all():
        return serial, None
    mask = pa.array(fits.to_list(), type=pa.bool_())
    shown = plain_texts(values.to_arrow().cast(pa.timestamp("us")))
    return pc.if_else(mask, serial, None), pc.if_else(mask, None, shown)


def one_cell(place: str, value: Cell, style: int, zone: str) -> str:
    """A single cell, by the same rules as a column's."""
    attributes = f'r="{place}"' + (f' s="{style}"' if style else "")
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c {attributes} t="b"><v>{int(value)}</v></c>'
    number = _number(value, zone)
    if number is not None:
        return f"<c {attributes}><v>{number}</v></c>"
    text = _shown(value, zone)
    space = ' xml:space="preserve"' if is_spaced(text) else ""
    return f'<c {attributes} t="inlineStr"><is><t{space}>{cell_text(text)}</t></is></c>'


def _number(value: Cell, zone: str) -> str | None:
    """The value as a spreadsheet's number, if it can be one."""
    if isinstance(value, datetime):
        local = _local(value, zone)
        if local.date() < _FIRST_DATE:
            return None
        since = local - datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock, as in the cell
        return repr(since.days + _EPOCH + (since.seconds * 10**6 + since.microseconds) / _DAY_US)
    if isinstance(value, date):
        return str((value - date(1970, 1, 1)).days + _EPOCH) if value >= _FIRST_DATE else None
    if isinstance(value, Decimal):
        fits = len(value.normalize().as_tuple().digits) <= _EXACT_DIGITS
        return format(value, "f") if fits else None
    if isinstance(value, int):
        return str(value) if abs(value) <= _MAX_EXACT else None
    return repr(value) if isinstance(value, float) else None


def _shown(value: Cell, zone: str) -> str:
    if isinstance(value, datetime):
        return _local(value, zone).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _local(value: datetime, zone: str) -> datetime:
    return (local_time(value, zone) or value).replace(tzinfo=None) if value.tzinfo else value
