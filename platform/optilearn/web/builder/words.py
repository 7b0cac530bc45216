"""The reasons for which charts are suggested."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_REASONS: Final[Mapping[str, Promise]] = {
    "table": _("There is too much here for a chart, or no number to draw."),
    "kpi": _("One row of numbers reads best as large figures."),
    "line": _("A line shows how numbers move over time."),
    "bar": _("Bars compare groups at a glance."),
    "stackedBar": _("Stacked bars show groups and what they consist of."),
    "groupedBar": _("Grouped bars compare numbers that can't be added up."),
    "heatmap": _("Many groups in two directions are easiest to scan by color."),
    "histogram": _("Ranges side by side show how values are spread."),
}


def chart_reason(key: str) -> Promise | str:
    """The reason for which a type of chart was suggested."""
    return _REASONS.get(key, "")
