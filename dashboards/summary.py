"""A chart in words: its text alternative."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dashboards.charts import Choice
from dashboards.formats import Formatter, Number, number_of, plain
from dashboards.messages import Message
from dashboards.shape import Shape
from reports.contracts import Cell

MAX_MEASURES: Final = 4
MAX_TRENDS: Final = 4
MAX_NAMES: Final = 8


def summary_of(shape: Shape, choice: Choice, fmt: Formatter, notes: Sequence[str] = ()) -> str:
    """The sentences about a chart, and the notes on what it leaves out."""
    if not shape.result.rows:
        return fmt.say(Message.SUM_NO_DATA)
    writer = _Writer(shape, choice, fmt)
    sentences = writer.sentences()
    stop = "।" if fmt.locale == "hi" else "."
    return " ".join([*sentences, *(f"{note}{stop}" for note in notes)])


@dataclass(frozen=True)
class _Spot:
    """A number and the row it stands in."""

    row: int
    value: Number


@dataclass(frozen=True)
class _Writer:
    shape: Shape
    choice: Choice
    fmt: Formatter

    def sentences(self) -> list[str]:
        kind = self.choice.kind
        if kind == "table" or not self.shape.measures:
            return self._table()
        if kind == "scatter":
            return self._scatter()
        if self.shape.mode == "rows":
            return self._distribution()
        if not self.shape.groups:
            return [s for c in self.shape.measures for s in self._single(c)]
        single = kind in {"pie", "donut", "treemap", "heatmap", "cohort", "histogram", "funnel"}
        columns = self.shape.measures[: 1 if single else MAX_MEASURES]
        return [s for column in columns for s in self._about(column)]

    def _table(self) -> list[str]:
        labels = [column.label for column in self.shape.columns]
        words = {"rows": f"{len(self.shape.result.rows):,}", "columns": len(labels)}
        return [self.fmt.say(Message.SUM_TABLE, names=", ".join(labels), **words)]

    def _single(self, column: int) -> list[str]:
        shown = self.shape.columns[column]
        cell = self.shape.cell(0, column)
        label = self.fmt.label(shown)
        if cell is None:
            return [self.fmt.say(Message.SUM_NO_VALUE, measure=label)]
        value = self.fmt.cell(cell, shown)
        found = [self.fmt.say(Message.SUM_VALUE, measure=label, value=value)]
        if self.shape.is_compared:
            before = self.shape.before(0, column)
            words = {"before": self.fmt.cell(before, shown)}
            words |= {"change": self.fmt.change(before, cell, shown)}
            label = self.fmt.compared(self.shape.result)
            found.append(self.fmt.say(Message.SUM_COMPARE_ONE, label=label, **words))
        number = number_of(cell)
        goal = self._goal(column)
        if goal is not None and number is not None:
            is_met = number >= goal
            message = Message.SUM_GOAL_MET if is_met else Message.SUM_GOAL_MISSED
            found.append(self.fmt.say(message, goal=self.fmt.number(goal, shown)))
        return found

    def _goal(self, column: int) -> float | None:
        return self.choice.goal if column == self.shape.measures[0] else None

    def _about(self, column: int) -> list[str]:
        spots = self._spots(column)
        if column == self.shape.measures[0]:
            found = [self._overview(column)]
        else:
            label = self.fmt.label(self.shape.columns[column])
            found = [self.fmt.say(Message.SUM_ALSO, measure=label)]
        if not spots:
            label = self.fmt.label(self.shape.columns[column])
            return [*found, self.fmt.say(Message.SUM_NO_VALUE, measure=label)]
        found += self._extremes(column, spots)
        if self.shape.runs_on:
            found += self._trends(column)
        found += self._total(column)
        found += self._goal_sentence(column, spots)
        return found + self._compared(column)

    def _spots(self, column: int) -> list[_Spot]:
        rows = range(len(self.shape.result.rows))
        numbers = ((row, self.shape.number(row, column)) for row in rows)
        return [_Spot(row, value) for row, value in numbers if value is not None]

    def _where(self, row: int) -> str:
        values = self.shape.result.rows[row]
        return " · ".join(self._group(values[g], g) for g in self.shape.groups)

    def _group(self, value: Cell, group: int) -> str:
        return self.fmt.group(value, self.shape.columns[group], self.shape.kind(group))

    def _group_names(self) -> str:
        names = [self.shape.columns[g].label for g in self.shape.groups]
        if self.shape.bucket is not None:
            names[0] = self.fmt.bucket_name(self.shape.bucket)
        return ", ".join(_inside(name) for name in names)

    def _overview(self, column: int) -> str:
        words = {"measure": self.fmt.label(self.shape.columns[column])}
        words["group"] = self._group_names()
        if self.shape.is_calendar:
            dates = [value for value, _ in self.shape.rows_by_group(0) if value is not None]
            if dates:
                ends = {"first": self._group(dates[0], 0), "last": self._group(dates[-1], 0)}
                return self.fmt.say(Message.SUM_OVERVIEW_TIME, **words, **ends)
        if len(self.shape.result.rows) == 1:
            return self.fmt.say(Message.SUM_OVERVIEW_ONE, **words)
        count = f"{len(self.shape.result.rows):,}"
        return self.fmt.say(Message.SUM_OVERVIEW, **words, count=count)

    def _extremes(self, column: int, spots: list[_Spot]) -> list[str]:
        shown = self.shape.columns[column]
        high = max(spots, key=lambda s: (s.value, -s.row))
        low = min(spots, key=lambda s: (s.value, s.row))
        words = {"value": self.fmt.number(high.value, shown), "where": self._where(high.row)}
        if len(spots) == 1:
            return [self.fmt.say(Message.SUM_ONLY, **words)]
        if high.value == low.value:
            return [self.fmt.say(Message.SUM_ALL_EQUAL, value=words["value"])]
        least = {"value": self.fmt.number(low.value, shown), "where": self._where(low.row)}
        return [
            self.fmt.say(Message.SUM_HIGHEST, **words),
            self.fmt.say(Message.SUM_LOWEST, **least),
        ]

    def _trends(self, column: int) -> list[str]:
        """From the first value to the last, of each series if they are few."""
        series: dict[tuple[Cell, ...], list[_Spot]] = {}
        for spot in self._spots(column):
            key = self.shape.result.rows[spot.row][1 : len(self.shape.groups)]
            series.setdefault(tuple(key), []).append(spot)
        if len(series) > MAX_TRENDS:
            return [self._series_names(series)]
        return [self._trend(column, key, spots) for key, spots in series.items() if len(spots) > 1]

    def _series_names(self, series: Iterable[tuple[Cell, ...]]) -> str:
        names = [self._combo(key) for key in series]
        listed = names[:MAX_NAMES] + (["…"] if len(names) > MAX_NAMES else [])
        return self.fmt.say(Message.SUM_SERIES, count=len(names), names=", ".join(listed))

    def _combo(self, key: tuple[Cell, ...]) -> str:
        return " · ".join(self._group(value, 1 + place) for place, value in enumerate(key))

    def _trend(self, column: int, key: tuple[Cell, ...], spots: list[_Spot]) -> str:
        shown = self.shape.columns[column]
        first, last = spots[0].value, spots[-1].value
        name = f"{self._combo(key)}: " if key else ""
        words: Mapping[str, Any] = {
            "series": name,
            "first": self.fmt.number(first, shown),
            "last": self.fmt.number(last, shown),
            "change": self.fmt.change(first, last, shown),
        }
        direction = (
            Message.SUM_UP
            if last > first
            else Message.SUM_DOWN
            if last < first
            else Message.SUM_LEVEL
        )
        text = self.fmt.say(direction, **words)
        return text if key else text[:1].upper() + text[1:]

    def _total(self, column: int) -> list[str]:
        total = self.shape.grand_total(column)
        if total is None:
            return []
        message = Message.SUM_TOTAL if self.shape.is_part(column) else Message.SUM_OVERALL
        return [self.fmt.say(message, value=self.fmt.cell(total, self.shape.columns[column]))]

    def _goal_sentence(self, column: int, spots: list[_Spot]) -> list[str]:
        goal = self._goal(column)
        if goal is None:
            return []
        met = sum(spot.value >= goal for spot in spots)
        words = {"goal": self.fmt.number(goal, self.shape.columns[column])}
        return [self.fmt.say(Message.SUM_GOAL_SOME, met=f"{met:,}", all=f"{len(spots):,}", **words)]

    def _compared(self, column: int) -> list[str]:
        if not self.shape.is_compared:
            return []
        tally = {"higher": 0, "lower": 0, "equal": 0, "without": 0}
        for row in range(len(self.shape.result.rows)):
            now = self.shape.number(row, column)
            before = number_of(self.shape.before(row, column))
            if now is None or before is None:
                tally["without"] += 1
            else:
                tally["higher" if now > before else "lower" if now < before else "equal"] += 1
        words = {name: f"{count:,}" for name, count in tally.items()}
        label = self.fmt.compared(self.shape.result)
        return [self.fmt.say(Message.SUM_COMPARE_MANY, label=_inside(label), **words)]

    def _scatter(self) -> list[str]:
        x, y = self.shape.measures[:2]
        rows = range(len(self.shape.result.rows))
        both = ((self.shape.number(r, x), self.shape.number(r, y)) for r in rows)
        points = [(a, b) for a, b in both if a is not None and b is not None]
        labels = {"x": self.shape.columns[x].label, "y": self.shape.columns[y].label}
        found = [self.fmt.say(Message.SUM_POINTS, count=f"{len(points):,}", **labels)]
        if not points:
            return found
        found.append(self._range(x, [a for a, _ in points]))
        found.append(self._range(y, [b for _, b in points]))
        value = correlation(points)
        if value is not None:
            found.append(self.fmt.say(Message.SUM_CORRELATION, value=plain(value, 2)))
        return found

    def _range(self, column: int, values: list[Number]) -> str:
        shown = self.shape.columns[column]
        words = {"low": self.fmt.number(min(values), shown)}
        words["high"] = self.fmt.number(max(values), shown)
        return self.fmt.say(Message.SUM_RANGE, measure=self.fmt.label(shown), **words)

    def _distribution(self) -> list[str]:
        column = self.shape.measures[0]
        values = [spot.value for spot in self._spots(column)]
        words = {"measure": self.shape.columns[column].label, "count": f"{len(values):,}"}
        found = [self.fmt.say(Message.SUM_HISTOGRAM, **words)]
        return [*found, self._range(column, values)] if values else found


def _inside(name: str) -> str:
    """A label in the middle of a sentence: small, unless it is an abbreviation."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def correlation(points: Sequence[tuple[Number, Number]]) -> float | None:
    """Pearson's coefficient; None where one side doesn't vary."""
    if len(points) < 3:
        return None
    xs, ys = [float(a) for a, _ in points], [float(b) for _, b in points]
    mean_x, mean_y = math.fsum(xs) / len(xs), math.fsum(ys) / len(ys)
    across = math.fsum((x - mean_x) ** 2 for x in xs)
    up = math.fsum((y - mean_y) ** 2 for y in ys)
    if not across or not up:
        return None
    both = math.fsum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    return max(-1.0, min(1.0, both / math.sqrt(across * up)))
