"""The totals of the compared columns, and what is hidden of them."""

from __future__ import annotations

from dataclasses import replace

from reports.contracts import Cell, Compared, Total
from reports.engine.suppression import Hidden
from reports.language.formulas import bases_of
from reports.language.report import Base, Report

Row = tuple[Cell, ...]


def hide_totals(
    sides: tuple[Report, Report], shown: Hidden, other: Hidden, compared: Compared, smallest: int
) -> Compared:
    """The compared totals without what they could give away.

    A compared total reveals all that is hidden in its column, on either side, so it is shown
    only where nothing is; and not where few people make the difference between the two totals.
    ``sides`` are the reports that ``shown`` and ``other`` answer; ``compared`` has been through
    :func:`~reports.engine.disclosure.compared.hide_compared`.
    """
    if compared.totals is None or shown.numbers is None or other.numbers is None:
        return compared
    if not sides[0].group_count:  # the one row is its own total
        marks = {column for _row, column in compared.suppressed}
        return replace(compared, totals=tuple(_masked(t, marks) for t in compared.totals))
    guard = _Guard(sides, shown, other, compared, smallest)
    now = shown.answer.totals or ()
    totals = tuple(
        _masked(then, {c for c in guard.columns if guard.is_hidden(c, one)})
        for one, then in zip(now, compared.totals, strict=True)
    )
    return replace(compared, totals=totals)


def _masked(total: Total, marks: set[int]) -> Total:
    row = tuple(None if c in marks else value for c, value in enumerate(total.row))
    return replace(total, row=row, suppressed=tuple(sorted(marks)))


class _Guard:
    """Decides about the totals of one result."""

    def __init__(
        self,
        sides: tuple[Report, Report],
        shown: Hidden,
        other: Hidden,
        compared: Compared,
        smallest: int,
    ) -> None:
        self._sides = sides
        self._shown = shown
        self._other = other
        self._smallest = smallest
        compare, width = sides[0].compare, sides[0].group_count
        self.columns = range(width, width + len(sides[0].measures))
        # Two ranges of time have their own people, unless the rows list times of both.
        is_moved = compare is not None and compare.to != "snapshot"
        self._is_paired = not is_moved or sides[0].time is not None
        marked = {c for _row, c in (*shown.suppressed, *other.suppressed, *compared.suppressed)}
        for total in (*(shown.answer.totals or ()), *(other.answer.totals or ())):
            marked.update(total.suppressed)
        self._marked = marked | {c for c in self.columns if self._hides_any(c)}

    def _bases(self, column: int) -> list[tuple[Base, Base]]:
        measures = [side.measures[column - self.columns.start] for side in self._sides]
        return list(zip(*(bases_of(m.formula) for m in measures), strict=True))

    def _hides_any(self, column: int) -> bool:
        """Return True if anything at all is hidden of a column, listed or not."""
        assert self._shown.numbers is not None
        assert self._other.numbers is not None
        found = [
            numbers.of(base)
            for pair in self._bases(column)
            for numbers, base in zip((self._shown.numbers, self._other.numbers), pair, strict=True)
        ]
        return any(f.cells or f.margins for f in found)

    def is_hidden(self, column: int, now: Total) -> bool:
        """Return True if the compared total of a column must not be seen."""
        return column in self._marked or (self._is_paired and self._is_near(column, now))

    def _is_near(self, column: int, now: Total) -> bool:
        """Return True if few people make the difference."""
        assert self._shown.numbers is not None
        assert self._other.numbers is not None
        for one, earlier in self._bases(column):
            here = self._shown.numbers.total(one, now.level, now.row)
            there = self._other.numbers.total(earlier, now.level, now.row)
            gaps = (abs(a - b) for a, b in zip(here, there, strict=True))
            if any(0 < gap < self._smallest for gap in gaps):
                return True
        return False
