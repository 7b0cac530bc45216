"""A plain-text table for the terminal."""

from __future__ import annotations

import unicodedata

from reports.contracts import Cell, Column, Result
from reports.export.about import head_texts, hidden_note, rows_text, snapshot_time_text
from reports.export.show import cell_text, one_line
from reports.export.totals import HIDDEN, Placed, label_of, placed_totals
from reports.export.widened import head_of, hidden_cells, hides_any, widened, widened_totals

_WIDE = frozenset("WF")
_MAX_WIDTH = 48
_RIGHT = frozenset(("integer", "decimal", "float"))


def to_table(result: Result) -> str:
    """Aligned columns, the totals, and where the numbers come from.

    Where the totals stand: :mod:`reports.export.totals`; the grand total is below a line.
    """
    zone = result.meta.snapshot.time_zone
    columns, rows = widened(result)
    heads = [_cut(one_line(text)) for text in head_texts(columns)]
    body = [_texts(columns, row, zone) for row in rows]
    for row, column in hidden_cells(result):
        body[row][column] = HIDDEN
    inner, last = [], []
    for placed in placed_totals(result, widened_totals(result)):
        line = _total_texts(columns, placed, zone)
        if placed.total.level:
            inner.append((placed.after, line))
        else:
            last.append(line)
    for after, line in reversed(inner):
        body.insert(after, line)
    widths = [
        max(_width(text) for text in column) for column in zip(heads, *body, *last, strict=True)
    ]
    rule = "  ".join("─" * width for width in widths)
    lines = [_line(columns, heads, widths), rule]
    lines += [_line(columns, row, widths) for row in body]
    if last:
        lines += [rule, *(_line(columns, row, widths) for row in last)]
    return "\n".join([*(line.rstrip() for line in lines), "", *_footer(result)]) + "\n"


def _texts(columns: tuple[Column, ...], row: tuple[Cell, ...], zone: str) -> list[str]:
    return [_cut(cell_text(v, c, zone)) for v, c in zip(row, columns, strict=True)]


def _total_texts(columns: tuple[Column, ...], placed: Placed, zone: str) -> list[str]:
    row = tuple(placed.cells(len(columns)))
    texts = ["" if text == "–" else text for text in _texts(columns, row, zone)]
    texts[placed.label_column] = _cut(label_of(placed, columns, zone))
    return texts


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(_columns(c) for c in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def _cut(text: str) -> str:
    if _width(text) <= _MAX_WIDTH:
        return text
    return text[: _MAX_WIDTH - 1] + "…"


def _line(columns: tuple[Column, ...], texts: list[str], widths: list[int]) -> str:
    cells = []
    for column, text, width in zip(columns, texts, widths, strict=True):
        space = " " * (width - _width(text))
        cells.append(space + text if column.type in _RIGHT else text + space)
    return "  ".join(cells)


def _footer(result: Result) -> list[str]:
    meta = result.meta
    noun = "row" if meta.total_row_count == 1 else "rows"
    moment = snapshot_time_text(head_of(result))
    lines = [f"{rows_text(meta)} {noun} · snapshot {meta.snapshot.id} of {moment}"]
    lines += [f"Note: {notice.message}" for notice in meta.warnings]
    return lines + ([f"Note: {hidden_note()}"] if hides_any(result) else [])
