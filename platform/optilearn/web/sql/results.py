"""The answer to a statement as its page shows it: formatted cells, a chart where one fits."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from dashboards.formats import escaped, shortened
from dashboards.theme import LIGHT, THEMES
from optilearn.web.formatting import day, instant, number

Row = dict[str, Any]
NUMBERS: Final = frozenset({"integer", "decimal", "float"})
_TIMES: Final = frozenset({"date", "timestamp"})
MAX_SHOWN: Final = 500
"""Rows in the page; files have all."""
_MAX_BARS: Final = 60
_MAX_POINTS: Final = 500
_QUOTED: Final = re.compile(r'"([^"\n]+)"|\b(?:name|view|function|column) (\w+)')


def table_of(wire: Mapping[str, Any]) -> Row:
    """Return the columns and formatted rows of an answer."""
    kinds = [column["type"] for column in wire["columns"]]
    rows = wire["rows"][:MAX_SHOWN]
    return {
        "columns": [
            {"name": c["name"], "type": c["sqlType"], "isNumber": c["type"] in NUMBERS}
            for c in wire["columns"]
        ],
        "rows": [
            [
                {"text": cell(value, kind), "isNumber": kind in NUMBERS, "isNull": value is None}
                for value, kind in zip(row, kinds, strict=True)
            ]
            for row in rows
        ],
        "shown": len(rows),
        "isCut": len(wire["rows"]) > len(rows) or wire["meta"]["truncated"],
    }


def cell(value: Any, kind: str) -> str:
    """Return a value as its reader writes it; SQL's NULL is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if kind in NUMBERS:
        return _number(value)
    if kind in _TIMES:
        return _time(str(value), is_day=kind == "date")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _time(text: str, *, is_day: bool) -> str:
    try:
        return day(date.fromisoformat(text)) if is_day else instant(text)
    except ValueError:  # of a year that no calendar here has
        return text


def _number(value: Any) -> str:
    found = _decimal(value)
    return str(value) if found is None else number(found, 6)


def _decimal(value: Any) -> Decimal | None:
    try:
        found = Decimal(str(value))
    except ArithmeticError:
        return None
    return found if found.is_finite() else None


def chart_of(wire: Mapping[str, Any]) -> Row | None:
    """Return a chart of one label and one number: a line over time, else bars; None for others."""
    columns, rows = wire["columns"], wire["rows"]
    numbers = [n for n, column in enumerate(columns) if column["type"] in NUMBERS]
    labels = [n for n in range(len(columns)) if n not in numbers]
    if len(labels) != 1 or len(numbers) != 1 or len(rows) < 2:
        return None
    label, value = labels[0], numbers[0]
    is_time = columns[label]["type"] in _TIMES
    if len(rows) > (_MAX_POINTS if is_time else _MAX_BARS):
        return None
    ys = [_float(row[value]) for row in rows]
    texts = [cell(row[label], columns[label]["type"]) for row in rows]
    xs = [row[label] for row in rows] if is_time else _distinct(texts)
    trace = {
        "x": xs,
        "y": ys,
        "text": [f"{escaped(t)}: {cell(r[value], columns[value]['type'])}"
                 for t, r in zip(texts, rows, strict=True)],
        "textposition": "none",
        "hoverinfo": "text",
        "marker": {"color": LIGHT.series[0]},
    }  # fmt: skip
    kind = {"type": "scatter", "mode": "lines+markers"} if is_time else {"type": "bar"}
    layout = {
        "margin": {"l": 56, "r": 16, "t": 12, "b": 48},
        "xaxis": {
            "type": "date" if is_time else "category",
            "showgrid": is_time,
            "title": {"text": escaped(columns[label]["name"])},
        },
        "yaxis": {"title": {"text": escaped(columns[value]["name"])}, "rangemode": "tozero"},
        "meta": {"colors": {name: theme.series[0] for name, theme in THEMES.items()}},
    }
    return {"data": [trace | kind], "layout": layout}


def _distinct(texts: Sequence[str]) -> list[str]:
    """Labels that are apart: equal ones would be drawn on one another."""
    found: list[str] = []
    for text in texts:
        plain = escaped(shortened(text or "—", 30))
        found.append(plain if plain not in found else f"{plain} ({len(found) + 1})")
    return found


def _float(value: Any) -> float | None:
    found = None if value is None else _decimal(value)
    return None if found is None else float(found)


def line_of(message: str, sql: str) -> int | None:
    """Return the line that a refusal is about: of the name in it, where it is there once."""
    for found in _QUOTED.finditer(message):
        word = found.group(1) or found.group(2)
        places = [m.start() for m in re.finditer(re.escape(word), sql, re.IGNORECASE)]
        if len(places) == 1:
            return sql.count("\n", 0, places[0]) + 1
    return None
