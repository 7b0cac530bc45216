"""One color for each category on a whole dashboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from dashboards.theme import MAX_SERIES

MAX_KNOWN: Final = 1_000
"""Names of a dashboard, many times over."""


_SLICED: Final = frozenset({"pie", "donut", "treemap"})


def has_categories(definition: Mapping[str, Any]) -> bool:
    """Return True if a chart of the definition may have a color for each category."""
    chart = definition.get("chart") or {}
    groups = len(definition.get("dimensions") or ()) + (definition.get("time") is not None)
    return chart.get("type") in _SLICED or groups > 1


@dataclass
class Palette:
    """The styles (numbers of color, pattern, dash and symbol) of categories, by their names.

    A name gets the next style when it is first seen, and keeps it in every later chart. Where
    there are more names than styles, a chart whose names would share one gives a free one.

    ``known`` holds the styles that names have already.
    """

    known: dict[str, int] = field(default_factory=dict)

    def styles(self, names: Sequence[str]) -> list[int]:
        """The styles of one chart's series; up to ``MAX_SERIES`` of them differ."""
        used: set[int] = set()
        found: list[int] = []
        for name in names:
            style = self.known.setdefault(name, len(self.known) % MAX_SERIES)
            if style in used:
                style = next((s for s in range(MAX_SERIES) if s not in used), style)
            used.add(style)
            found.append(style)
        return found

    @classmethod
    def of(cls, styles: object) -> Palette:
        """The palette that a page sends back with a chart to be drawn again; else an empty one."""
        if not isinstance(styles, Mapping) or len(styles) > MAX_KNOWN:
            return cls()
        found = {
            str(name): style
            for name, style in styles.items()
            if type(style) is int and 0 <= style < MAX_SERIES
        }
        return cls(found)
