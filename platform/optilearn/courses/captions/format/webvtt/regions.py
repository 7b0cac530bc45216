"""Regions: parts of the picture that cues scroll through."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

_TOKEN: Final = re.compile(r"[^\t\n\f\r ]+")
_PERCENT: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)%")


@dataclass(frozen=True)
class Region:
    """Sizes and places are percents of the video, or of the region."""

    id: str = ""
    width: float = 100.0
    lines: int = 3
    anchor: tuple[float, float] = (0.0, 100.0)
    viewport_anchor: tuple[float, float] = (0.0, 100.0)
    scrolls_up: bool = False


def region(text: str) -> Region:
    """Return the region of a REGION block; what is malformed is skipped."""
    found = Region()
    for token in _TOKEN.findall(text):
        name, colon, value = token.partition(":")
        if colon and name and value:
            found = _with(found, name, value)
    return found


def _with(old: Region, name: str, value: str) -> Region:
    changes: dict[str, object] = {}
    if name == "id":
        changes["id"] = value
    elif name == "scroll" and value == "up":
        changes["scrolls_up"] = True
    elif name == "lines" and value.isascii() and value.isdigit() and len(value) < 10:
        changes["lines"] = int(value)
    elif name == "width":
        changes["width"] = _percent(value)
    elif name == "regionanchor":
        changes["anchor"] = _anchor(value)
    elif name == "viewportanchor":
        changes["viewport_anchor"] = _anchor(value)
    usable = {key: found for key, found in changes.items() if found is not None}
    return replace(old, **usable)  # type: ignore[arg-type]  # each of its field's own type


def _anchor(value: str) -> tuple[float, float] | None:
    left, _, top = value.partition(",")
    x, y = _percent(left), _percent(top)
    return None if x is None or y is None else (x, y)


def _percent(text: str) -> float | None:
    match = _PERCENT.fullmatch(text) if len(text) < 40 else None
    return float(match[1]) if match and float(match[1]) <= 100 else None
