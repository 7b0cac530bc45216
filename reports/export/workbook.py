"""A workbook: the rows with their formats, and a sheet that says what they answer."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from reports.contracts import Cell, Column, Result, instant_text
from reports.export.sheets import Sheet, write_workbook

_MOST_ROWS = 1_000_000
_MOST_TEXT = 32_000
_FIRST_DATE = date(1900, 3, 1)
"""Spreadsheets believe in 29 February 1900; what is earlier is written as text."""


def to_xlsx(result: Result) -> bytes:
    """The result as an XLSX file: the same bytes each time."""
    sheets = [*_report_sheets(result), _about_sheet(result)]
    return write_workbook(sheets, created=result.meta.snapshot.taken_at)


def _report_sheets(result: Result) -> list[Sheet]:
    zone = result.meta.snapshot.time_zone
    heads = _heads(result.columns)
    rows = [tuple(_cell(value, zone) for value in row) for row in result.rows]
    for total in result.totals or ():
        cells = [_cell(value, zone) for value in total.row]
        rows.append(("Total" if cells[0] is None else cells[0], *cells[1:]))
    formats = tuple(_format(column) for column in result.columns)
    parts = [rows[i : i + _MOST_ROWS] for i in range(0, len(rows), _MOST_ROWS)] or [[]]
    return [
        Sheet(
            "Report" if number == 1 else f"Report ({number})",
            heads,
            tuple(part),
            formats,
            tuple(_width(head, index, part) for index, head in enumerate(heads)),
        )
        for number, part in enumerate(parts, start=1)
    ]


def _heads(columns: tuple[Column, ...]) -> tuple[str, ...]:
    """Labels; a label that occurs twice gets its key, as heads have to differ."""
    labels = [_text(f"{c.label} ({c.unit})" if _shows_unit(c) else c.label) for c in columns]
    counts = Counter(label.lower() for label in labels)
    return tuple(
        f"{label} [{_text(column.key)}]" if counts[label.lower()] > 1 else label
        for label, column in zip(labels, columns, strict=True)
    )


def _shows_unit(column: Column) -> bool:
    return bool(column.unit) and column.type in {"decimal", "float"}


def _format(column: Column) -> str:
    if column.format == "percent":
        return "0.0%"
    formats = {
        "integer": "#,##0" if column.unit else "0",
        "float": "#,##0.00",
        "decimal": "#,##0.00##",
        "date": "yyyy-mm-dd",
        "timestamp": "yyyy-mm-dd hh:mm",
    }
    return formats.get(column.type, "General")


def _cell(value: Cell, zone: str) -> object:  # noqa: PLR0911 - one return for each type of value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Decimal):
        fits = len(value.as_tuple().digits) <= 15
        return float(value) if fits else str(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 10**15 else str(value)
    if isinstance(value, datetime):
        local = value.astimezone(ZoneInfo(zone)) if value.tzinfo else value
        return local.replace(tzinfo=None) if local.date() >= _FIRST_DATE else local.isoformat()
    if isinstance(value, date):
        return value if value >= _FIRST_DATE else value.isoformat()
    if isinstance(value, tuple):
        return _text(", ".join(value))
    return value


def _text(value: str) -> str:
    """What a cell can hold: no control characters, and not more than its limit."""
    clean = "".join(c for c in value if c >= " " or c in "\t\n\r")
    return clean if len(clean) <= _MOST_TEXT else clean[:_MOST_TEXT] + "…"


def _width(head: str, index: int, rows: list[tuple[Any, ...]]) -> float:
    longest = max([len(head), *(len(str(row[index])) for row in rows[:200])])
    return float(min(max(longest + 2, 8), 60))


def _about_sheet(result: Result) -> Sheet:
    meta = result.meta
    scope = meta.scope.to_wire()
    counts = [f"{count} {noun}" for noun, count in scope.items() if noun != "kind"]
    rows = [("Question", _text(sentence)) for sentence in result.words]
    rows += [
        ("Snapshot", meta.snapshot.id),
        ("Taken at", instant_text(meta.snapshot.taken_at)),
        ("Scope", " ".join([scope["kind"], *counts])),
        ("Rows", f"{meta.row_count} of {meta.total_row_count}"),
        ("Definition digest", meta.definition_digest),
    ]
    rows += [("Note", notice.message) for notice in meta.warnings]
    return Sheet("About", ("What", "Value"), tuple(rows), ("General", "General"), (20.0, 90.0))
