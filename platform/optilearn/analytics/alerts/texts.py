"""The numbers of an alert as texts in its owner's language, as messages and histories show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from statistics import median
from typing import Any, Final

from dashboards.formats import Formatter
from optilearn.analytics.alerts.conditions import Condition, Direction, Kind, Unit
from optilearn.analytics.alerts.readings import Reading
from reports.contracts import Column

MAX_ROWS: Final = 50
"""Rows that fired that an evaluation lists; all are counted."""
_SIGNS: Final = {Direction.ABOVE: ">", Direction.BELOW: "<", Direction.EITHER: "±"}
_MOVES: Final = {Direction.ABOVE: "+", Direction.BELOW: "−", Direction.EITHER: "±"}


@dataclass(frozen=True)
class Shown:
    """The way in which an alert's numbers are shown: a language, and the measure's format."""

    formatter: Formatter
    column: Column

    def number(self, value: Decimal | None) -> str:
        """A value of the measure; empty where there is none."""
        if value is None:
            return ""
        whole = value == value.to_integral_value()
        cell = int(value) if whole and self.column.format != "percent" else value
        kind = "integer" if whole and self.column.format != "percent" else self.column.type
        return self.formatter.number(cell, replace(self.column, type=kind))

    def limit(self, condition: Condition) -> str:
        """A condition's limit: ``> 75.0 %``, ``−10 %``, ``± 3 MAD``."""
        if condition.kind in {Kind.THRESHOLD, Kind.GOAL}:
            return f"{_SIGNS[condition.direction]} {self.number(condition.limit)}"
        plain = f"{condition.limit.normalize():f}"
        if condition.kind is Kind.HISTORY:
            return f"{_MOVES[condition.direction]}{plain} MAD"
        unit = " %" if condition.unit is Unit.PERCENT else ""
        return f"{_MOVES[condition.direction]}{plain}{unit}"

    def row(self, reading: Reading, before: Decimal | None) -> dict[str, Any]:
        """A row that fired, as evaluations store it and messages list it."""
        return {
            "key": reading.key,
            "label": reading.label,
            "now": self.number(reading.now),
            "before": self.number(before),
        }


def before_of(condition: Condition, reading: Reading, past: Sequence[Decimal]) -> Decimal | None:
    """The value that a row is shown beside: of the period before, or the usual, or the last one."""
    if condition.kind is Kind.CHANGE:
        return reading.before
    if not past:
        return None
    return median(past) if condition.kind is Kind.HISTORY else past[0]
