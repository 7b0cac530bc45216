"""Hidden cells of which nothing but one sum is known: their bounds need no solver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Side = Literal["in", "out"]
"""The number that is small: of the rows that count, or of the others."""


@dataclass(frozen=True)
class OneLine:
    """The cells of a line that are hidden, as an attacker sees them.

    ``some`` are the rows that count, ``every`` all rows, both by cell; ``total`` is what the
    cells come to (None: not known); of ``unsized`` cells it isn't known how many rows they
    have at all, ``size`` is what these have together (None: not known).
    """

    some: Sequence[int]
    every: Sequence[int]
    total: int | None
    rows: int
    unsized: frozenset[int]
    size: int | None
    smallest: int

    def is_open(self, cells: Sequence[int], side: Side) -> bool:
        """Return True if there is another world, in which the number of these cells isn't small."""
        sized = value = unsized = 0
        for cell in cells:
            value += self.some[cell] if side == "in" else self.every[cell] - self.some[cell]
            if cell in self.unsized:
                unsized += 1
            else:
                sized += self.every[cell]
        needed = max(self.smallest, value + 1)
        room = sized + self._room(unsized, needed)
        total = self._total(side)
        if total is None:
            return room >= needed
        if min(room, total) >= needed:
            return True
        # Many rows of few people: that there may be fewer rows is as good.
        others = self.rows - sized - unsized
        return value > self.smallest and max(0, total - others) <= value - 1

    def _total(self, side: Side) -> int | None:
        if self.total is None or side == "in":
            return self.total
        is_known = not self.unsized or self.size is not None
        return self.rows - self.total if is_known else None

    def _room(self, unsized: int, needed: int) -> int:
        """Return the most rows that so many of the cells without a known size can have."""
        if not unsized:
            return 0
        return needed if self.size is None else self.size - (len(self.unsized) - unsized)
