"""Tables of text as spreadsheets write and read them: separators, formulas, numbers."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from optilearn.core.text import without_invisible

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""The characters that begin a formula in a spreadsheet."""
_EXCEL: Final = re.compile(r"sep=(.)\n", re.IGNORECASE)
"""The line by which a spreadsheet tells itself the separator."""
_DELIMITERS: Final = ",;\t"
_NUMBER: Final = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,3})?\Z", re.ASCII)


class UnreadableTableError(ValueError):
    """The text isn't a table; the message says why, in a code: EMPTY, TOO_MANY, CSV."""


@dataclass(frozen=True)
class Table:
    """The rows of a file, with the line on which each ends; blank ones are left out."""

    delimiter: str
    header: list[str]
    rows: list[tuple[int, list[str]]]


def read_table(text: str, *, max_rows: int) -> Table:
    """Read comma, semicolon or tab separated text with a header, as spreadsheets write it.

    Raises :class:`UnreadableTableError` for a text without rows, with too many, or that is no CSV.
    """
    plain = cleaned(text)
    separator = _EXCEL.match(plain)
    plain = plain[separator.end() :] if separator else plain
    if not plain.strip():
        raise UnreadableTableError("EMPTY")
    try:
        delimiter = separator[1] if separator else _delimiter(plain)
        reader = csv.reader(io.StringIO(plain, newline=""), delimiter=delimiter)
        header, rows = next(reader), []
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num + bool(separator), cells))
            if len(rows) > max_rows:
                raise UnreadableTableError("TOO_MANY")
    except (csv.Error, StopIteration, TypeError) as error:
        raise UnreadableTableError("CSV") from error
    if not rows:
        raise UnreadableTableError("EMPTY")
    return Table(delimiter, header, rows)


def write_table(rows: Iterable[Sequence[str]]) -> str:
    """Return CSV (RFC 4180) that a spreadsheet opens as UTF-8; no cell of it is calculated."""
    return "".join(table_pieces(rows))


def table_pieces(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the text of :func:`write_table`, row by row."""
    yield "\ufeff"
    for row in rows:
        out = io.StringIO(newline="")
        csv.writer(out).writerow([guarded(cell) for cell in row])
        yield out.getvalue()


def cleaned(text: str) -> str:
    """The text without what nobody sees, its lines ended by line feeds alone."""
    seen = without_invisible(text).replace("\x00", "").replace("\xa0", " ")
    return seen.replace("\r\n", "\n").replace("\r", "\n")


def guarded(cell: str) -> str:
    """Return the cell, marked as text where a spreadsheet would calculate."""
    risky = cell.startswith(_FORMULA) or (cell.startswith("'") and cell[1:].startswith(_FORMULA))
    return f"'{cell}" if risky else cell


def unguarded(cell: str) -> str:
    """Return what :func:`guarded` was given."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA) else cell


def number_of(text: str) -> Fraction | None:
    """Return a typed number, with a point or a comma, in digits of any script; None if none."""
    plain = text.strip().replace("\u2212", "-")
    digits = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in plain)
    if not _NUMBER.fullmatch(digits):
        return None
    return Fraction(Decimal(digits.replace(",", ".")))


def _delimiter(text: str) -> str:
    """The separator that makes the most cells of the first row."""

    def cells(delimiter: str) -> int:
        return len(next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)))

    return max(_DELIMITERS, key=cells)
