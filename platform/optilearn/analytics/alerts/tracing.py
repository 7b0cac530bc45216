"""The numbers that a back-test compared, day by day, for a chart of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

from optilearn.analytics.alerts.conditions import Condition, Direction, Lack
from optilearn.analytics.alerts.findings import Rule
from optilearn.analytics.alerts.readings import Rows
from optilearn.analytics.alerts.texts import Shown

MAX_TRACED: Final = 300
"""Rows that are remembered: more of them no chart shows."""


@dataclass(frozen=True)
class Observed:
    """A day's watched rows, their earlier values, and the keys of those that fired."""

    taken_at: datetime
    rows: Rows
    past: Mapping[str, Sequence[Decimal]]
    fired: frozenset[str]


@dataclass(frozen=True)
class Point:
    """A number that was compared, as a text too; None where it couldn't be."""

    taken_at: datetime
    value: float | None
    text: str
    fired: bool


@dataclass
class Line:
    """The numbers of one row."""

    label: str
    points: list[Point] = field(default_factory=list)

    @property
    def firings(self) -> int:
        """The days on which it fired."""
        return sum(point.fired for point in self.points)


@dataclass
class Trace:
    """The numbers of all rows, and the limits that they were compared with."""

    lines: dict[str, Line] = field(default_factory=dict)
    condition: Condition | None = None
    is_percent: bool = False
    """True if the numbers are shares from 0 to 1."""
    unit: str = ""

    def add(self, day: Observed, rule: Rule, shown: Shown) -> None:
        """Remember a day."""
        condition = self.condition = rule.condition
        self.is_percent = shown.column.format == "percent" and not condition.is_relative
        self.unit = shown.column.unit or ""
        for reading in day.rows.readings:
            fired = reading.key in day.fired
            known = reading.key in self.lines
            if not known and not fired and len(self.lines) >= MAX_TRACED:
                continue
            line = self.lines.setdefault(reading.key, Line(reading.label))
            score: Decimal | Lack = Lack.HIDDEN
            if not reading.is_hidden:
                score = condition.score(reading, day.past.get(reading.key, ()))
            value = None if isinstance(score, Lack) else float(score)
            text = "" if reading.is_hidden else shown.number(reading.now)
            line.points.append(Point(day.taken_at, value, text, fired))

    def shown(self, count: int) -> list[Line]:
        """The lines that say most: those that fired most often, then those that last longest."""
        ranked = sorted(
            self.lines.values(), key=lambda line: (-line.firings, -len(line.points), line.label)
        )
        return ranked[:count]

    def limits(self) -> list[float]:
        """The limits on the scale of the points; two where a move either way counts."""
        return self._on_scale(None if self.condition is None else self.condition.limit)

    def rearms(self) -> list[float]:
        """The way back, where it isn't the limit itself."""
        condition = self.condition
        if condition is None or condition.rearm == condition.limit:
            return []
        return self._on_scale(condition.rearm)

    def _on_scale(self, limit: Decimal | None) -> list[float]:
        if limit is None or self.condition is None:
            return []
        number = float(limit)
        if not self.condition.is_relative or self.condition.direction is Direction.ABOVE:
            return [number]
        if self.condition.direction is Direction.BELOW:
            return [-number]
        return [number, -number]
