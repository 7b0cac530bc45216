"""The funnel: how many are left from stage to stage."""

from __future__ import annotations

from dashboards.figures.canvas import HOVER, Canvas
from dashboards.fit import funnel_stages
from dashboards.formats import Formatter, Number, plain
from dashboards.messages import Message


def stage_names(canvas: Canvas) -> list[str]:
    """Return the names of the stages, first to last."""
    shape = canvas.shape
    if not shape.groups:
        return [shape.columns[column].label for column in shape.measures]
    return [canvas.group(row[0], 0) for row in shape.result.rows]


def draw_funnel(canvas: Canvas) -> None:
    """A bar for each stage, with its value and its share of the first."""
    shape = canvas.shape
    stages = funnel_stages(shape)
    column = canvas.columns[shape.measures[0]]
    names = stage_names(canvas)
    first = next((value for value in stages if value is not None), None)
    texts = [
        "" if v is None else f"{canvas.fmt.number(v, column)} · {_share(v, first)}" for v in stages
    ]
    canvas.data.append(
        {
            "type": "funnel",
            "y": list(range(len(stages))),
            "x": list(stages),
            "text": texts,
            "textinfo": "text",
            "textposition": "auto",
            "textfont": {"size": 13},
            "marker": {"color": canvas.color(0)},
            "connector": {"fillcolor": canvas.theme.rule, "line": {"width": 0}},
            "hovertext": [
                canvas.hover(
                    name, [(_of_first(canvas.fmt, value, first), canvas.fmt.cell(value, column))]
                )
                for name, value in zip(names, stages, strict=True)
            ],
            "hovertemplate": HOVER,
        }
    )
    canvas.layout["xaxis"] = {"visible": False}
    canvas.layout["yaxis"] = {
        "tickvals": list(range(len(stages))),
        "ticktext": [canvas.tick(name) for name in names],
        "showgrid": False,
        "autorange": "reversed",
        "ticklabelstandoff": 8,
    }
    canvas.height = max(canvas.height, 60 + 48 * len(stages))
    canvas.note_missing(shape.measures[:1] if shape.groups else shape.measures)


def _share(value: Number, first: Number | None) -> str:
    return f"{plain(value / first * 100, 1)}\u00a0%" if first else ""


def _of_first(fmt: Formatter, value: Number | None, first: Number | None) -> str:
    if value is None:
        return fmt.say(Message.NO_VALUE)
    return fmt.say(Message.SHARE_OF_FIRST, share=_share(value, first))
