"""Cue settings: what is malformed is skipped, the last of several counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from optilearn.courses.captions.format.webvtt.problems import Code, Report
from optilearn.courses.captions.format.webvtt.regions import Region

_TOKEN: Final = re.compile(r"[^\t\n\f\r ]+")
_PERCENTAGE: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?%")
_LINE: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


@dataclass(frozen=True)
class Settings:
    """The position of a cue. ``None`` is "auto" for lines and positions."""

    vertical: str = ""
    line: float | None = None
    snaps_to_lines: bool = True
    line_align: str = "start"
    position: float | None = None
    position_align: str = "auto"
    size: float = 100.0
    align: str = "center"
    region: Region | None = None


def tokens(text: str) -> Iterator[tuple[int, str, str]]:
    """Each setting with its offset; those without a name or a value have an empty name."""
    for match in _TOKEN.finditer(text):
        name, colon, value = match[0].partition(":")
        yield match.start(), name if colon and value else "", value


def percentage(text: str) -> float | None:
    """0 to 100; None for anything else, ``-0%``, ``.5%`` and ``1.%`` among it."""
    if not _PERCENTAGE.fullmatch(text) or len(text) > 40:
        return None
    number = float(text[:-1])
    return number if number <= 100 else None


@dataclass(frozen=True)
class _Outcome:
    settings: Settings
    is_whole: bool = True
    """True if everything in the value was usable."""


def cue_settings(
    text: str, regions: tuple[Region, ...], report: Report, *, line: int, offset: int
) -> Settings:
    """Return the settings that stand in ``text``, which begins at ``offset`` of its line."""
    settings = Settings()
    seen: set[str] = set()
    for at, name, value in tokens(text):
        column = offset + at + 1
        setter = _SETTERS.get(name)
        if setter is None:
            report.add(Code.UNKNOWN_SETTING if name else Code.BAD_SETTING, line, column)
            continue
        if name in seen:
            report.add(Code.REPEATED_SETTING, line, column)
        seen.add(name)
        outcome = setter(settings, value, regions)
        if outcome is None or not outcome.is_whole:
            report.add(Code.BAD_SETTING, line, column)
        settings = settings if outcome is None else outcome.settings
    if settings.vertical or settings.line is not None or settings.size != 100:
        return replace(settings, region=None)  # a region places its cues itself
    return settings


_Setter = Callable[[Settings, str, tuple[Region, ...]], _Outcome | None]


def _vertical(old: Settings, value: str, _: tuple[Region, ...]) -> _Outcome | None:
    return _Outcome(replace(old, vertical=value)) if value in {"rl", "lr"} else None


def _line(old: Settings, value: str, _: tuple[Region, ...]) -> _Outcome | None:
    place, comma, align = value.partition(",")
    in_percent = place.endswith("%")
    if in_percent:
        number = percentage(place)
    else:
        number = float(place) if _LINE.fullmatch(place) and len(place) < 300 else None
    if number is None:
        return None
    known = align in {"start", "center", "end"}
    new = replace(old, line=number, snaps_to_lines=not in_percent)
    return _Outcome(replace(new, line_align=align) if known else new, known or not comma)


def _position(old: Settings, value: str, _: tuple[Region, ...]) -> _Outcome | None:
    place, comma, align = value.partition(",")
    number = percentage(place)
    if number is None:
        return None
    known = align in {"line-left", "center", "line-right"}
    new = replace(old, position=number)
    return _Outcome(replace(new, position_align=align) if known else new, known or not comma)


def _size(old: Settings, value: str, _: tuple[Region, ...]) -> _Outcome | None:
    number = percentage(value)
    return None if number is None else _Outcome(replace(old, size=number))


def _align(old: Settings, value: str, _: tuple[Region, ...]) -> _Outcome | None:
    known = value in {"start", "center", "end", "left", "right"}
    return _Outcome(replace(old, align=value)) if known else None


def _region(old: Settings, value: str, regions: tuple[Region, ...]) -> _Outcome | None:
    named = [region for region in regions if region.id == value]
    return _Outcome(replace(old, region=named[-1] if named else None), is_whole=bool(named))


_SETTERS: Final[dict[str, _Setter]] = {
    "vertical": _vertical,
    "line": _line,
    "position": _position,
    "size": _size,
    "align": _align,
    "region": _region,
}
