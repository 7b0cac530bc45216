"""Hiding on the compared side, besides what it hides by itself.

Both sides are shown at once. Where they count the same rows, or nearly the same, their
difference is a number too: a snapshot of yesterday differs by the few who came since, and an
earlier month may be listed on both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reports.contracts import Cell, Compared
from reports.engine.decode import Answer
from reports.engine.suppression import Hidden
from reports.language.formulas import bases_of
from reports.language.report import Report

Row = tuple[Cell, ...]


def hide_compared(
    sides: tuple[Report, Report], shown: Hidden, other: Hidden, compared: Compared, smallest: int
) -> Compared:
    """The compared rows without what they reveal, alone or with the shown ones.

    ``sides`` are the reports that ``shown`` and ``other`` answer. A side that is moved in time
    and lists a time that is shown too is shown whole or not at all; of another snapshot the
    cells are hidden that are hidden now, or that few people tell from those of now.
    """
    if shown.numbers is None or other.numbers is None:
        return compared
    pairs = _Pairs(sides, shown, other, compared, smallest)
    marks = [set(mark) for mark in pairs.there]
    for column in range(pairs.width, pairs.width + len(sides[0].measures)):
        torn = {i for i in pairs.paired if pairs.is_torn(i, column)}
        near = {i for i in pairs.paired if pairs.is_near(i, column)}
        here = {i for i, now in pairs.paired.items() if (now, column) in pairs.hidden_now}
        if pairs.is_moved:
            chosen = set(range(len(marks))) if torn or near or here else set()
        else:
            chosen = set(range(len(marks))) if torn - here else near | here
        for i in chosen:
            marks[i].add(column)
    rows = tuple(
        tuple(None if c in mark else value for c, value in enumerate(row)) if mark else row
        for row, mark in zip(compared.rows, marks, strict=True)
    )
    hidden = tuple((i, c) for i, mark in enumerate(marks) for c in sorted(mark))
    return replace(compared, rows=rows, suppressed=hidden)


def hide_earlier(sides: tuple[Report, Report], now: Hidden, then: Hidden, smallest: int) -> Answer:
    """The earlier answer without what it reveals together with the later one, group by group."""
    width = sides[0].group_count
    places = {row[:width]: i for i, row in enumerate(then.answer.rows)}
    empty: Row = (None,) * len(sides[0].measures)
    rows = tuple(
        then.answer.rows[places[key]] if key in places else key + empty
        for key in (row[:width] for row in now.answer.rows)
    )
    hidden = hide_compared(sides, now, then, Compared("", rows), smallest)
    rows_shown = list(then.answer.rows)
    for row in hidden.rows:
        if (place := places.get(row[:width])) is not None:
            rows_shown[place] = row
    return replace(then.answer, rows=tuple(rows_shown))


@dataclass
class _Pairs:
    """The compared rows, and the shown rows about the same."""

    sides: tuple[Report, Report]
    shown: Hidden
    other: Hidden
    compared: Compared
    smallest: int

    def __post_init__(self) -> None:
        width = self.width = self.sides[0].group_count
        compare = self.sides[0].compare
        self.is_moved = compare is not None and compare.to != "snapshot"
        self.hidden_now = set(self.shown.suppressed)
        places = {row[:width]: i for i, row in enumerate(self.other.answer.rows)}
        hidden: dict[int, set[int]] = {}
        for place, column in self.other.suppressed:
            hidden.setdefault(place, set()).add(column)
        self.there = [hidden.get(places.get(row[:width], -1), set()) for row in self._rows]
        """The columns that the compared side hides by itself."""
        listed = {row[:width]: i for i, row in enumerate(self._rows)}
        about = (row[:width] for row in self.compared.rows)
        found = {i: listed[key] for i, key in enumerate(about) if key in listed}
        self.paired = found if not self.is_moved or self.sides[0].time is not None else {}
        """For each compared row the shown row about the same groups and time."""

    @property
    def _rows(self) -> tuple[Row, ...]:
        return self.shown.answer.rows

    def is_torn(self, i: int, column: int) -> bool:
        """Return True if just one side hides the number."""
        return (column in self.there[i]) != ((self.paired[i], column) in self.hidden_now)

    def is_near(self, i: int, column: int) -> bool:
        """Return True if few people make the difference between the sides."""
        assert self.shown.numbers is not None
        assert self.other.numbers is not None
        now = self.shown.numbers.cell(self._rows[self.paired[i]])
        then = self.other.numbers.cell(self._rows[i])
        measures = (side.measures[column - self.width] for side in self.sides)
        for one, earlier in zip(*(bases_of(m.formula) for m in measures), strict=True):
            if one not in self.shown.numbers.about:
                continue
            here, there = self.shown.numbers.about[one], self.other.numbers.about[earlier]
            gaps = (
                at(here.people, now) - at(there.people, then),
                at(here.others, now) - at(there.others, then),
            )
            if any(0 < abs(gap) < self.smallest for gap in gaps):
                return True
        return False


def at(values: Sequence[int], cell: int | None) -> int:
    """The number of a cell; 0, where there is no such cell."""
    return 0 if cell is None else values[cell]
