"""The chart of a back-test: a line for each row, the limit, and where it would have fired."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.utils.translation import gettext as _

from dashboards.formats import escaped, shortened
from dashboards.theme import DASHES, LIGHT, SYMBOLS, THEMES
from optilearn.analytics.alerts.tracing import Line, Trace
from optilearn.web.formatting import instant

MAX_LINES: Final = 6
_FARTHEST: Final = 1e8
"""Of a number that never varied any other value is this far: no chart shows it."""


def figure(trace: Trace) -> dict[str, Any] | None:
    """Return the chart as Plotly takes it; None without a number to draw.

    ``layout.meta.colors`` has the colors of each trace by theme: the reader's page chooses.
    """
    lines = [line for line in trace.shown(MAX_LINES) if any(_drawn(line))]
    if not lines:
        return None
    data = [_line(line, number) for number, line in enumerate(lines)]
    data.append(_firings(lines))
    layout = {
        "hovermode": "closest",
        "margin": {"l": 56, "r": 16, "t": 12, "b": 40},
        "legend": {"orientation": "h", "y": -0.2},
        "showlegend": len(lines) > 1,
        "xaxis": {"type": "date"},
        "yaxis": {"tickformat": ".0%" if trace.is_percent else "", "zeroline": False},
        "shapes": [_rule(y, "solid") for y in trace.limits()]
        + [_rule(y, "dot") for y in trace.rearms()],
        "meta": {"colors": _colors(len(lines)), "summary": _summary(lines)},
    }
    return {"data": data, "layout": layout}


def _line(line: Line, number: int) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": escaped(shortened(line.label or _("Total"), 40)),
        "x": [point.taken_at.isoformat() for point in line.points],
        "y": _drawn(line),
        "connectgaps": False,
        "line": {"width": 2, "dash": DASHES[number], "color": LIGHT.series[number]},
        "marker": {"size": 5, "symbol": SYMBOLS[number]},
        "text": [_hover(line, point.text, instant(point.taken_at)) for point in line.points],
        "hoverinfo": "text",
    }


def _firings(lines: Iterable[Line]) -> dict[str, Any]:
    fired = [
        (line, point, y)
        for line in lines
        for point, y in zip(line.points, _drawn(line), strict=True)
        if point.fired and y is not None
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": _("Would have fired"),
        "x": [point.taken_at.isoformat() for _line_, point, _y in fired],
        "y": [y for _line_, _point, y in fired],
        "marker": {"size": 14, "symbol": "circle-open", "color": LIGHT.goal, "line": {"width": 3}},
        "text": [
            f"<b>{_('Would have fired')}</b><br>"
            + _hover(line, point.text, instant(point.taken_at))
            for line, point, _y in fired
        ],
        "hoverinfo": "text",
    }


def _hover(line: Line, text: str, moment: str) -> str:
    label = f"{escaped(line.label)}: " if line.label else ""
    return f"{label}{escaped(text)}<br>{moment}"


def _drawn(line: Line) -> list[float | None]:
    return [
        None if point.value is None or abs(point.value) > _FARTHEST else point.value
        for point in line.points
    ]


def _rule(y: float, dash: str) -> dict[str, Any]:
    """A horizontal line over the whole width."""
    return {
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y,
        "line": {"color": LIGHT.goal, "width": 2, "dash": dash},
    }  # fmt: skip


def _colors(count: int) -> dict[str, Any]:
    return {
        name: {"series": list(theme.series[:count]), "goal": theme.goal}
        for name, theme in THEMES.items()
    }


def _summary(lines: Iterable[Line]) -> str:
    firings = sum(line.firings for line in lines)
    return _("The numbers that were compared, day by day, with the limit. Firings: %(n)s.") % {
        "n": firings
    }
