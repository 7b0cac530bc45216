"""Values as a person reads them."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from decimal import Decimal
from typing import Final

from reports.contracts import Cell, Column, instant_text
from reports.export.wording import ENGLISH, Wording
from reports.rounding import rounded
from reports.zones import local_time

_MAX_WRITTEN_OUT: Final = 1e15
"""Beyond this a float has no digits to show that mean anything."""


def cell_text(value: Cell, column: Column, zone: str, wording: Wording = ENGLISH) -> str:
    """A value as a person reads it; a dash where there is none."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return wording.say("yes" if value else "no")
    if isinstance(value, datetime):
        return _moment_text(value, zone)
    if isinstance(value, tuple):
        return one_line(", ".join(value))
    if isinstance(value, int | float | Decimal):
        return number_text(value, column)
    return value.isoformat() if not isinstance(value, str) else one_line(column.text(value))


def _moment_text(value: datetime, zone: str) -> str:
    """The local time; at the ends of all time, where there is none, the instant in UTC."""
    local = local_time(value, zone) if value.tzinfo else value
    if local is None:
        return instant_text(value)
    return f"{local.date().isoformat()} {local:%H:%M}"


def number_text(value: float | Decimal, column: Column) -> str:
    """A number in its column's format; a decimal or a float to two places."""
    if isinstance(value, float) and abs(value) >= _MAX_WRITTEN_OUT:
        return f"{value:.6e}"
    if column.format == "percent":
        return f"{rounded(value, 3).scaleb(2):.1f} %"
    if isinstance(value, int):
        return f"{value:,}" if column.unit else str(value)
    return f"{rounded(value, 2):,.2f}"


def one_line(text: str) -> str:
    """Without control characters: they would break a table, or steer a terminal."""
    if text.isprintable():
        return text
    return "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in text)
