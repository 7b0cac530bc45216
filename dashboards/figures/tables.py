"""The table, as a figure: for exports and e-mails that hold nothing but pictures."""

from __future__ import annotations

from typing import Final

from dashboards.figures.canvas import BOLD, Canvas
from dashboards.formats import escaped, shortened
from dashboards.messages import Message
from reports.contracts import Cell

MAX_ROWS: Final = 200
_MAX_CELL: Final = 60
_ROW: Final = 28


def draw_table(canvas: Canvas) -> None:
    """The rows with their head, numbers to the right, the computed total at the end."""
    shape = canvas.shape
    shown = range(min(len(shape.result.rows), MAX_ROWS))
    canvas.note_first(len(shown), len(shape.result.rows))
    total = next((t.row for t in shape.result.totals or () if t.level == 0), None)
    has_total = total is not None and bool(shape.groups)
    texts = [[_text(canvas, row, c) for row in shown] for c in range(len(shape.columns))]
    if has_total and total is not None:
        for column, cells in enumerate(texts):
            cells.append(_total(canvas, total, column))
    aligned = ["right" if c in shape.measures else "left" for c in range(len(shape.columns))]
    heads = [_head(canvas, c) for c in range(len(shape.columns))]
    stripes = [canvas.theme.ground] * len(shown) + [canvas.theme.rule] * has_total
    canvas.data.append(
        {
            "type": "table",
            "header": {
                "values": heads,
                "align": aligned,
                "fill": {"color": canvas.theme.rule},
                "line": {"color": canvas.theme.rule},
                "font": {"size": 13, "color": canvas.theme.ink, "weight": BOLD},
                "height": _ROW + 4,
            },
            "cells": {
                "values": texts,
                "align": aligned,
                "fill": {"color": [stripes]},
                "line": {"color": canvas.theme.rule},
                "font": {"size": 13, "color": canvas.theme.ink},
                "height": _ROW,
            },
            "columnwidth": [_width(head, cells) for head, cells in zip(heads, texts, strict=True)],
        }
    )
    canvas.height = max(120, min(640, _ROW * (len(shown) + 3)))
    withheld = sum(row < len(shown) for row, _ in shape.withheld)
    if withheld:
        canvas.notes.append(canvas.fmt.say(Message.NOTE_WITHHELD, count=withheld))


def _head(canvas: Canvas, column: int) -> str:
    if column in canvas.shape.groups:
        return escaped(canvas.group_label(column))
    return escaped(canvas.fmt.label(canvas.columns[column]))


def _text(canvas: Canvas, row: int, column: int) -> str:
    if (row, column) in canvas.shape.withheld:
        return "···"
    value = canvas.shape.cell(row, column)
    if column in canvas.shape.groups:
        return escaped(shortened(canvas.group(value, column), _MAX_CELL))
    if value is None:
        return "–"
    return escaped(shortened(canvas.fmt.cell(value, canvas.columns[column]), _MAX_CELL))


def _total(canvas: Canvas, total: tuple[Cell, ...], column: int) -> str:
    if column in canvas.shape.groups:
        return canvas.fmt.say(Message.TOTAL) if column == 0 else ""
    value = total[column]
    return "–" if value is None else escaped(canvas.fmt.cell(value, canvas.columns[column]))


def _width(head: str, cells: list[str]) -> int:
    words = [f"{word}  " for word in head.split()]
    return max(8, min(40, max(map(len, [*words, *cells[:50]]), default=8)))
