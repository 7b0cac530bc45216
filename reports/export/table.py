"""A plain-text table for the terminal."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from reports.contracts import Cell, Column, Result

_WIDE = frozenset("WF")
_MOST_WIDTH = 48
_RIGHT = frozenset(("integer", "decimal", "float"))


def to_table(result: Result) -> str:
    """Aligned columns, a line for the total, and where the numbers come from."""
    zone = result.meta.snapshot.time_zone
    heads = [_head(column) for column in result.columns]
    body = [_texts(result, row, zone) for row in result.rows]
    totals = [_total_texts(result, total.row, zone) for total in result.totals or ()]
    widths = [
        max(_width(text) for text in column) for column in zip(heads, *body, *totals, strict=True)
    ]
    rule = "  ".join("─" * width for width in widths)
    lines = [_line(result.columns, heads, widths), rule]
    lines += [_line(result.columns, row, widths) for row in body]
    if totals:
        lines += [rule, *(_line(result.columns, row, widths) for row in totals)]
    return "\n".join([*(line.rstrip() for line in lines), "", *_footer(result)]) + "\n"


def _head(column: Column) -> str:
    shows_unit = column.unit and column.type in {"decimal", "float"} and column.format != "percent"
    return _cut(_one_line(f"{column.label} ({column.unit})" if shows_unit else column.label))


def _texts(result: Result, row: tuple[Cell, ...], zone: str) -> list[str]:
    return [_cut(cell_text(v, c, zone)) for v, c in zip(row, result.columns, strict=True)]


def _total_texts(result: Result, row: tuple[Cell, ...], zone: str) -> list[str]:
    texts = _texts(result, row, zone)
    if row and row[0] is None:
        texts[0] = "Total"
    return ["" if text == "–" else text for text in texts]


def cell_text(value: Cell, column: Column, zone: str) -> str:
    """A value as a person reads it; a dash where there is none."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        local = value.astimezone(ZoneInfo(zone)) if value.tzinfo else value
        return local.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, int | float | Decimal):
        return _number_text(value, column)
    return value.isoformat() if not isinstance(value, str) else _one_line(value)


def _number_text(value: float | Decimal, column: Column) -> str:
    if column.format == "percent":
        return f"{value * 100:.1f} %"
    if isinstance(value, int):
        return f"{value:,}" if column.unit else str(value)
    return f"{value:,.2f}"


def _one_line(text: str) -> str:
    """Control characters would break the table, or steer the terminal."""
    if text.isprintable():
        return text
    return "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in text)


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(_columns(c) for c in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def _cut(text: str) -> str:
    if _width(text) <= _MOST_WIDTH:
        return text
    return text[: _MOST_WIDTH - 1] + "…"


def _line(columns: tuple[Column, ...], texts: list[str], widths: list[int]) -> str:
    cells = []
    for column, text, width in zip(columns, texts, widths, strict=True):
        space = " " * (width - _width(text))
        cells.append(space + text if column.type in _RIGHT else text + space)
    return "  ".join(cells)


def _footer(result: Result) -> list[str]:
    meta = result.meta
    taken = meta.snapshot.taken_at.astimezone(ZoneInfo(meta.snapshot.time_zone))
    noun = "row" if meta.total_row_count == 1 else "rows"
    counted = f"{meta.total_row_count:,} {noun}"
    if meta.row_count != meta.total_row_count:
        counted = f"{meta.row_count:,} of {counted}"
    lines = [f"{counted} · snapshot {meta.snapshot.id} of {taken:%Y-%m-%d %H:%M %Z}"]
    return lines + [f"Note: {notice.message}" for notice in meta.warnings]
