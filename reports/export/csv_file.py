"""CSV: UTF-8, a header of labels, raw values, rows only (a total would be read as a row)."""

from __future__ import annotations

import csv
import io

from reports.contracts import Cell, Result, wire_value

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def to_csv(result: Result, *, bom: bool = False) -> bytes:
    """The rows as CSV (RFC 4180). ``bom``: for a spreadsheet that can't guess UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([guarded(column.label) for column in result.columns])
    writer.writerows([_value(cell) for cell in row] for row in result.rows)
    return out.getvalue().encode("utf-8-sig" if bom else "utf-8")


def guarded(text: str) -> str:
    """A text that no spreadsheet runs as a formula (OWASP: CSV injection)."""
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


def _value(cell: Cell) -> object:
    if isinstance(cell, str):
        return guarded(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, tuple):
        return guarded("; ".join(cell))
    if isinstance(cell, int | float) or cell is None:
        return cell
    value = wire_value(cell)
    return value if isinstance(value, str) else format(cell, "f")
