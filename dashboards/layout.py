"""The places of tiles: a grid of twelve columns, and one order for narrow screens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

COLUMNS: Final = 12
ROW_HEIGHT: Final = 80
"""Pixels of one row of the grid."""
_NARROW: Final = 4
"""Tiles up to this width stay in pairs on a narrow screen (key figures)."""


@dataclass(frozen=True)
class Place:
    """A rectangle of the grid; rows and columns count from 0."""

    column: int
    row: int
    width: int
    height: int

    def overlaps(self, other: Place) -> bool:
        """Return True if the two rectangles share a cell."""
        return (
            self.column < other.column + other.width
            and other.column < self.column + self.width
            and self.row < other.row + other.height
            and other.row < self.row + self.height
        )

    @property
    def fits(self) -> bool:
        """True if the rectangle lies in the grid."""
        inside = self.column >= 0 and self.row >= 0 and self.column + self.width <= COLUMNS
        return inside and self.width > 0 and self.height > 0


def flowed(sizes: Iterable[tuple[int, int]]) -> tuple[Place, ...]:
    """Places for tiles of (width, height), line by line, each line as high as its highest."""
    found: list[Place] = []
    column, row, line = 0, 0, 0
    for width, height in sizes:
        if not 0 < width <= COLUMNS or height < 1:
            raise ValueError(f"a tile of {width} by {height} doesn't fit into {COLUMNS} columns")
        if column + width > COLUMNS:
            column, row, line = 0, row + line, 0
        found.append(Place(column, row, width, height))
        column, line = column + width, max(line, height)
    return tuple(found)


def narrowed(places: Sequence[Place], columns: int = 2) -> tuple[tuple[int, Place], ...]:
    """The tiles on a narrow screen, in reading order: (position in ``places``, new place).

    Reading order is line by line, so that the key figures come first. Small tiles stand in
    pairs, the others take the whole width.
    """
    order = sorted(range(len(places)), key=lambda i: (places[i].row, places[i].column))
    wide = COLUMNS // columns
    sizes = [(wide if places[i].width <= _NARROW else COLUMNS, places[i].height) for i in order]
    return tuple(zip(order, flowed(sizes), strict=True))
