"""Vector shapes of a chart, as plain values that the document's template draws.

Coordinates are points (1/72 inch) from the upper left corner. A series is distinguished by its
color, and by a pattern in areas, a dash in lines and the shape of its markers, so
that it survives a black and white printer and a color-blind reader.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from reports.export.wording import ENGLISH, Wording

Point = tuple[float, float]
Styles = Callable[[Sequence[str]], list[int]]
"""The styles (numbers of color, pattern, dash and marker) of a chart's categories by their names.

Charts that are given one show a category in one style.
"""

SERIES: Final = 8
"""The most series that can be distinguished (the template has as many colors and dashes)."""


@dataclass
class Canvas:
    """A drawing in progress."""

    width: float
    height: float
    shapes: list[dict[str, Any]] = field(default_factory=list)
    wording: Wording = ENGLISH
    styles: Styles | None = None
    notes: list[str] = field(default_factory=list)
    """The omissions of the drawing, to be said beneath it."""

    def styles_of(self, names: Sequence[str]) -> list[int]:
        """The styles of categories: those that other charts gave them, or in their order."""
        return list(range(len(names))) if self.styles is None else self.styles(names)

    def area(self, points: list[Point], series: int, *, light: bool = False) -> None:
        """A closed shape filled with a series' color and pattern; or lightly, for overlaps."""
        places = [_rounded(p) for p in points]
        self._add("area", points=places, series=series % SERIES, light=light)

    def bar(self, x: float, y: float, width: float, height: float, series: int) -> None:
        """An upright rectangle."""
        right, bottom = x + width, y + height
        self.area([(x, y), (right, y), (right, bottom), (x, bottom)], series)

    def curve(self, points: list[Point], series: int) -> None:
        """A line through points, with the series' color and dash."""
        self._add("curve", points=[_rounded(p) for p in points], series=series % SERIES)

    def marker(self, point: Point, series: int) -> None:
        """A point, in the series' color and shape."""
        self._add("marker", at=_rounded(point), series=series % SERIES)

    def rule(self, start: Point, end: Point, kind: str = "grid") -> None:
        """A straight line: ``grid``, ``axis`` or ``goal``."""
        self._add("rule", points=[_rounded(start), _rounded(end)], style=kind)

    def text(
        self,
        place: Point,
        body: str,
        *,
        align: str = "left",
        size: float = 7.5,
        bold: bool = False,
    ) -> None:
        """One line of text whose ``align`` side is at ``place``, middle on its height."""
        at = _rounded(place)
        self._add("text", at=at, body=body, align=align, size=size, bold=bold, solid=False)

    def goal(self, place: Point, body: str, *, align: str) -> None:
        """The goal's name, on a ground of its own as it may stand over the data."""
        at = _rounded(place)
        self._add("text", at=at, body=body, align=align, size=7.5, bold=True, solid=True)

    def _add(self, kind: str, **values: object) -> None:
        self.shapes.append({"kind": kind, **values})

    def to_wire(self) -> dict[str, Any]:
        """The drawing as the template reads it."""
        return {
            "width": self.width,
            "height": self.height,
            "shapes": self.shapes,
            "notes": self.notes,
        }


def _rounded(point: Point) -> list[float]:
    return [round(point[0], 2), round(point[1], 2)]
