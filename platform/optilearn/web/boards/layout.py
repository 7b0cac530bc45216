"""The grid of a dashboard as a style sheet of its own: places are there before any script runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dashboards.layout import Place, narrowed

_WIDE: Final = "#tile-{key}{{grid-area:{row}/{column}/span {height}/span {width}}}"


def style_sheet(keys: Sequence[str], places: Sequence[Place]) -> str:
    """The rules of all tiles, on wide and on narrow screens.

    Keys are letters, digits, hyphens and underscores (``saved.schemas.dashboards.TileKey``).
    """
    wide = [_rule(key, place) for key, place in zip(keys, places, strict=True)]
    narrow = [_rule(keys[number], place) for number, place in narrowed(places)]
    return "\n".join([*wide, "@media (width < 48rem) {", *narrow, "}", ""])


def _rule(key: str, place: Place) -> str:
    return _WIDE.format(
        key=key,
        row=place.row + 1,
        column=place.column + 1,
        height=place.height,
        width=place.width,
    )
