"""The types of charts, and which one is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboards.errors import ChartMismatch
from dashboards.refusals import Refusal
from reports.api import CHARTS, ChartType


@dataclass(frozen=True)
class Choice:
    """A chart as it is asked for; ``goal`` is in the unit of the values (a rate's: 0.75)."""

    kind: ChartType
    goal: float | None = None


def choice_of(chart: Mapping[str, Any] | None, default: ChartType) -> Choice:
    """Read ``{"type": …, "goal": …}``; ``default`` where nothing is asked for.

    Raises :class:`~dashboards.errors.ChartMismatch` for a type that isn't one.
    """
    if not chart:
        return Choice(default)
    name = chart.get("type", default)
    kind = next((known for known in CHARTS if known == name), None)
    if kind is None:
        raise ChartMismatch(Refusal.UNKNOWN_CHART, name=repr(name), known=", ".join(CHARTS))
    goal = chart.get("goal")
    return Choice(kind, None if goal is None else float(goal))
