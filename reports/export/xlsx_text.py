"""The values that a cell of a worksheet can hold, for one value and for a whole column."""

from __future__ import annotations

import re
from typing import Final

import polars as pl
import pyarrow as pa

from reports.export.texts import holds_any, series, strings

MAX_TEXT: Final = 32_767
"""Characters in a cell (UTF-16 units, as spreadsheets count)."""

_CONTROLS: Final = [chr(c) for c in range(32) if chr(c) not in "\t\n"] + ["\ufffe", "\uffff"]
_CODES: Final = {c: f"_x{ord(c):04X}_" for c in _CONTROLS}
_MARKUP: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_REPLACED: Final = _MARKUP | _CODES
_NEEDLES: Final = tuple(c.encode() for c in _REPLACED)
_LOOKS_CODED: Final = r"_(x[0-9A-Fa-f]{4}_)"
_SPACED: Final = r"^\s|\s$|[\t\n]"
_TRANSLATION: Final = str.maketrans(_REPLACED)
_CODED_RE: Final = re.compile(_LOOKS_CODED)
_SPACED_RE: Final = re.compile(_SPACED)


def cell_text(text: str) -> str:
    """One text as the sheet's XML holds it (ECMA-376, ST_Xstring: ``_x0007_`` for a control)."""
    return _CODED_RE.sub(r"_x005F_\1", _cut(text)).translate(_TRANSLATION)


def is_spaced(text: str) -> bool:
    """Return True if blanks would be lost without being asked for."""
    return _SPACED_RE.search(text) is not None


def cell_texts(array: pa.Array) -> tuple[pa.Array, bool, int]:
    """A column's texts as the XML holds them, whether any has blanks to keep, how many were cut."""
    cut = 0
    values = series(array)
    if (values.str.len_bytes().max() or 0) > MAX_TEXT:  # type: ignore[operator]
        texts = [None if v is None else _cut(v) for v in values.to_list()]
        cut = sum(new != old for new, old in zip(texts, values.to_list(), strict=True))
        values = pl.Series(texts, dtype=pl.String)
    if holds_any(array, (b"_x",)):
        values = values.str.replace_all(_LOOKS_CODED, "_x005F_${1}")
    if holds_any(array, _NEEDLES):
        values = values.str.replace_many(list(_REPLACED), list(_REPLACED.values()))
    has_blanks = holds_any(array, (b" ", b"\t", b"\n", b"\xc2", b"\xe2", b"\xe3"))
    spaced = has_blanks and bool(values.str.contains(_SPACED).any())
    return strings(values), spaced, cut


def _cut(text: str) -> str:
    """The text, or as much of it as a cell holds, with an ellipsis."""
    if len(text) <= MAX_TEXT // 2:
        return text
    units = text.encode("utf-16-le")
    if len(units) <= 2 * MAX_TEXT:
        return text
    return units[: 2 * (MAX_TEXT - 1)].decode("utf-16-le", "ignore") + "…"
