"""Colors, patterns and the Plotly template, light and dark.

Every color of a series has a contrast of at least 3:1 against the ground (WCAG 2.2,
1.4.11) and stays apart from the others for people with protanopia, deuteranopia and
tritanopia; and none stands alone: bars and slices carry patterns, lines carry dashes and
marker symbols, so that a printout in gray distinguishes the series too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

ThemeName = Literal["light", "dark"]

FONTS: Final = (
    'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans Devanagari", '
    '"Nirmala UI", "Kohinoor Devanagari", Mangal, sans-serif'
)
"""Fonts of the reader's system, with those that have Devanagari; nothing is fetched."""

PATTERNS: Final = ("", "/", "x", ".", "-", "\\", "+", "|")
DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid", "dash")
SYMBOLS: Final = (
    "circle",
    "square",
    "diamond",
    "triangle-up",
    "x",
    "cross",
    "triangle-down",
    "star",
)
MAX_SERIES: Final = 8
"""More can't be distinguished, by colors or otherwise."""


@dataclass(frozen=True)
class Theme:
    """The colors of one ground."""

    name: ThemeName
    ground: str
    ink: str
    muted: str
    rule: str
    series: tuple[str, ...]
    ramp: tuple[str, ...]
    """From the lowest value to the highest."""
    goal: str


LIGHT: Final = Theme(
    name="light",
    ground="#ffffff",
    ink="#1b1d1c",
    muted="#565b58",
    rule="#e3e3de",
    series=(
        "#1f5fbf",
        "#c66a53",
        "#691669",
        "#539aac",
        "#a88e24",
        "#453e21",
        "#d22d6f",
        "#6f2dd2",
    ),
    ramp=("#d9e8f7", "#9fc4e8", "#5f97cf", "#2c69ae", "#123d73"),
    goal="#b3261e",
)
DARK: Final = Theme(
    name="dark",
    ground="#181b1a",
    ink="#eceeec",
    muted="#aab1ad",
    rule="#2b302e",
    series=(
        "#7fb0ff",
        "#cf4a64",
        "#72da72",
        "#bf40a6",
        "#c9c936",
        "#eaaede",
        "#a1722b",
        "#b4d2ac",
    ),
    ramp=("#22354d", "#2c5688", "#3f7cc4", "#76aef0", "#c9e0ff"),
    goal="#ff8a80",
)
THEMES: Final[Mapping[ThemeName, Theme]] = MappingProxyType({"light": LIGHT, "dark": DARK})


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colors (``#rrggbb``), as WCAG 2.2 defines it."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    channels = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def readable(under: str) -> str:
    """Black or white, whichever can be read on ``under``: one of them has at least 4.5:1."""
    return max(("#000000", "#ffffff"), key=lambda ink: contrast(ink, under))


def on_ramp(theme: Theme, share: float) -> str:
    """The color of the ramp at ``share`` of the way from the lowest value to the highest."""
    place = min(max(share, 0), 1) * (len(theme.ramp) - 1)
    start = min(int(place), len(theme.ramp) - 2)
    ends = (theme.ramp[start], theme.ramp[start + 1])
    low, high = ([int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in ends)
    mixed = (round(a + (b - a) * (place - start)) for a, b in zip(low, high, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def faded(color: str, opacity: float) -> str:
    """The color as ``rgba()``."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def template(theme: Theme) -> dict[str, Any]:
    """The Plotly template: what every figure looks like unless it says otherwise."""
    axis = {
        "gridcolor": theme.rule,
        "linecolor": theme.muted,
        "tickcolor": theme.muted,
        "zeroline": False,
        "ticks": "",
        "automargin": True,
        "title": {"font": {"size": 12, "color": theme.muted}, "standoff": 10},
        "tickfont": {"size": 12, "color": theme.muted},
    }
    return {
        "layout": {
            "font": {"family": FONTS, "size": 13, "color": theme.ink},
            "paper_bgcolor": theme.ground,
            "plot_bgcolor": theme.ground,
            "colorway": list(theme.series),
            "margin": {"l": 12, "r": 16, "t": 16, "b": 12},
            "xaxis": axis | {"showgrid": False, "showline": True},
            "yaxis": axis | {"showgrid": True, "showline": False},
            "legend": {
                "orientation": "h",
                "x": 0,
                "xanchor": "left",
                "y": 1.02,
                "yanchor": "bottom",
                "font": {"size": 12, "color": theme.ink},
                "itemsizing": "trace",
                "traceorder": "normal",
            },
            "hoverlabel": {
                "bgcolor": theme.ink,
                "bordercolor": theme.ink,
                "font": {"family": FONTS, "size": 13, "color": theme.ground},
                "align": "left",
            },
            "dragmode": False,
            "hovermode": "closest",
        }
    }
