"""Plotly figures of results, one for every chart type of the report language.

``figure`` gives a checked Plotly figure; ``spec`` the same as plain values, without the
price of checking each property, for pages that hand it to the browser as JSON.
"""

from dashboards.figures.draw import figure, fitting_charts, spec, suggested_chart, summary
from reports.api import CHARTS, ChartType

__all__ = ["CHARTS", "ChartType", "figure", "fitting_charts", "spec", "suggested_chart", "summary"]
