"""One color for each category on a whole dashboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dashboards.theme import MAX_SERIES


@dataclass
class Palette:
    """The styles (numbers of color, pattern, dash and symbol) of categories, by their names.

    A name gets the next style when it is first seen, and keeps it in every later chart. Where
    there are more names than styles, a chart whose names would share one gives a free one.
    """

    _styles: dict[str, int] = field(default_factory=dict)

    def styles(self, names: Sequence[str]) -> list[int]:
        """The styles of one chart's series; up to ``MAX_SERIES`` of them differ."""
        used: set[int] = set()
        found: list[int] = []
        for name in names:
            style = self._styles.setdefault(name, len(self._styles) % MAX_SERIES)
            if style in used:
                style = next((s for s in range(MAX_SERIES) if s not in used), style)
            used.add(style)
            found.append(style)
        return found
