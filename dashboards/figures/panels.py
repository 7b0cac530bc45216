"""Measures of different scales in panels of their own, and goal lines."""

from __future__ import annotations

from typing import Final

from dashboards.figures.canvas import Canvas, Spec
from dashboards.formats import escaped
from dashboards.messages import Message

_GAP: Final = 0.1
PANEL_HEIGHT: Final = 190


def panel_axes(canvas: Canvas, shared: Spec, own: list[Spec], *, across: bool) -> None:
    """Lay out one axis for each panel beside the shared one.

    ``across``: the panels stand side by side and the categories on the y axis (bars that
    lie); else they stand above each other.
    """
    mine, common = ("x", "y") if across else ("y", "x")
    share = (1 - _GAP * (len(own) - 1)) / len(own)
    for number, axis in enumerate(own):
        start = number * (share + _GAP)
        domain = [start, start + share] if across else [1 - start - share, 1 - start]
        place = {"domain": [round(d, 6) for d in domain], "anchor": common}
        canvas.layout[_key(mine, number)] = axis | place
    last = 1 if across else len(own)
    anchor = mine if last == 1 else f"{mine}{last}"
    canvas.layout[_key(common, 0)] = shared | {"anchor": anchor}
    if not across:
        canvas.height = max(canvas.height, PANEL_HEIGHT * len(own) + 60)


def _key(letter: str, number: int) -> str:
    return f"{letter}axis{number + 1 if number else ''}"


def goal_line(canvas: Canvas, *, is_upright: bool) -> None:
    """The goal of the first measure, drawn across its panel and labeled."""
    goal = canvas.choice.goal
    if goal is None:
        return
    column = canvas.columns[canvas.shape.measures[0]]
    text = canvas.fmt.say(Message.GOAL, value=canvas.fmt.number(goal, column))
    line = {"color": canvas.theme.goal, "width": 2, "dash": "dash"}
    font = {"size": 12, "color": canvas.theme.goal}
    place: Spec
    label: Spec
    if is_upright:
        place = {"x0": goal, "x1": goal, "y0": 0, "y1": 1, "xref": "x", "yref": "paper"}
        label = {"x": goal, "xref": "x", "y": 1, "yref": "paper", "yanchor": "bottom"}
    else:
        place = {"x0": 0, "x1": 1, "y0": goal, "y1": goal, "xref": "paper", "yref": "y"}
        label = {"x": 1, "xref": "paper", "xanchor": "right", "y": goal, "yref": "y"}
        label |= {"yanchor": "bottom"}
    canvas.layout["shapes"].append({"type": "line", "line": line, "layer": "above"} | place)
    canvas.annotate(
        escaped(text), **(label | {"font": font, "bgcolor": canvas.theme.ground, "borderpad": 1})
    )
