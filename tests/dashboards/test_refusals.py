"""A chart that can't tell a result is refused with a reason and a hint."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dashboards.errors import ChartMismatch
from dashboards.figures import figure, fitting_charts, suggested_chart
from reports.contracts import Column, Result
from reports.errors import ReportError
from tests.dashboards.conftest import Ask
from tests.dashboards.made import CLICKS, COUNT, DELTA, MONTH, OTHER, RATE, SCORE, TEXT, made

WORDS = Column("names", "Names", "text", None, "text")
DAY = date(2014, 1, 1)
REFUSALS: list[tuple[str, str, Result]] = [
    ("pie", "NEGATIVE_PARTS", made([TEXT, COUNT], [("A", -1), ("B", 2)])),
    ("pie", "NOT_PARTS", made([TEXT, RATE], [("A", 0.5)])),
    ("donut", "NOT_PARTS", made([TEXT, SCORE], [("A", 50.5)])),
    ("pie", "NEEDS_GROUPS", made([COUNT], [(1,)], groups=0)),
    ("treemap", "NOT_PARTS", made([TEXT, RATE], [("A", 0.5)])),
    ("treemap", "TOO_MANY_GROUPS", made([TEXT] * 4 + [COUNT], [("a", "b", "c", "d", 1)], groups=4)),
    ("stackedBar", "NOT_PARTS", made([TEXT, OTHER, RATE], [("A", "x", 0.5)], groups=2)),
    ("stackedBar", "MIXED_UNITS", made([TEXT, COUNT, CLICKS], [("A", 1, 2)])),
    ("area", "NOT_PARTS", made([MONTH, OTHER, RATE], [(DAY, "x", 0.5)], groups=2, bucket="month")),
    (
        "area",
        "HAS_GAPS",
        made([MONTH, OTHER, COUNT], [(DAY, "x", None)], groups=2, bucket="month"),
    ),
    ("scatter", "NEEDS_TWO_MEASURES", made([TEXT, COUNT], [("A", 1)])),
    ("heatmap", "NEEDS_TWO_GROUPS", made([TEXT, COUNT], [("A", 1)])),
    ("cohort", "NEEDS_AGE", made([TEXT, OTHER, COUNT], [("A", "x", 1)], groups=2)),
    ("line", "NEEDS_ORDER", made([TEXT, COUNT], [("A", 1)])),
    ("line", "NEEDS_GROUPS", made([COUNT], [(1,)], groups=0)),
    ("kpi", "HAS_GROUPS", made([TEXT, COUNT], [("A", 1)])),
    ("gauge", "HAS_GROUPS", made([TEXT, RATE], [("A", 0.5)])),
    ("gauge", "NEGATIVE_VALUE", made([SCORE], [(-1.0,)], groups=0)),
    ("gauge", "NEEDS_GOAL", made([COUNT], [(7,)], groups=0)),
    ("funnel", "NEEDS_STAGES", made([COUNT], [(7,)], groups=0)),
    ("funnel", "NOT_NARROWING", made([COUNT, CLICKS], [(7, 8)], groups=0)),
    ("funnel", "NOT_PARTS", made([TEXT, RATE], [("A", 0.5)])),
    ("funnel", "MIXED_UNITS", made([COUNT, RATE], [(7, 0.5)], groups=0)),
    ("histogram", "NEEDS_BINS", made([TEXT, COUNT], [("A", 1)])),
    ("bar", "NEEDS_NUMBERS", made([TEXT, WORDS], [("A", "x")])),
    ("bar", "NEEDS_GROUPS", made([TEXT, COUNT], [("A", 1)], groups=0, mode="rows")),
    (
        "bar",
        "TOO_MANY_SCALES",
        made(
            [TEXT, *(Column(f"m{i}", f"M{i}", "integer", f"u{i}", "number") for i in range(5))],
            [("A", 1, 2, 3, 4, 5)],
        ),
    ),
]


@pytest.mark.parametrize(
    ("kind", "code", "result"), REFUSALS, ids=[f"{k}-{c}" for k, c, _ in REFUSALS]
)
def test_a_chart_that_does_not_fit_is_refused(kind: str, code: str, result: Result) -> None:
    with pytest.raises(ChartMismatch) as error:
        figure(result, chart={"type": kind})
    assert error.value.code == code
    assert error.value.message.endswith(".")
    assert error.value.hint
    message, hint = error.value.said("hi")
    assert message.endswith("।")
    assert hint.endswith("।")
    assert isinstance(error.value, ReportError)
    if code != "NEEDS_GOAL":
        assert kind not in fitting_charts(result)


def test_an_unknown_chart_is_refused() -> None:
    with pytest.raises(ChartMismatch, match="Unknown chart type 'radar'"):
        figure(made([COUNT], [(1,)], groups=0), chart={"type": "radar"})


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        (made([COUNT], [(1,)], groups=0), "kpi"),
        (made([MONTH, COUNT], [(DAY, 1)], bucket="month"), "line"),
        (made([TEXT, COUNT], [("A", 1)]), "bar"),
        (made([TEXT, OTHER, COUNT], [("A", "x", 1)], groups=2), "stackedBar"),
        (made([TEXT, OTHER, RATE], [("A", "x", 0.5)], groups=2), "groupedBar"),
        (made([TEXT, OTHER, RATE], [("A", f"x{i}", 0.5) for i in range(9)], groups=2), "heatmap"),
        (made([TEXT, WORDS], [("A", "x")]), "table"),
        (made([TEXT, SCORE], [("A", 1.5)], groups=0, mode="rows"), "table"),
        (made([TEXT, OTHER, TEXT, COUNT], [("A", "x", "y", 1)], groups=3), "table"),
        (made([DELTA, COUNT], [(1, 1)]), "bar"),
    ],
)
def test_the_suggestion_fits(result: Result, kind: str) -> None:
    assert suggested_chart(result) == kind
    assert kind in fitting_charts(result)
    assert figure(result).layout.meta["chart"] == kind


def test_bins_are_suggested_as_a_histogram(ask: Ask) -> None:
    by: Any = [{"field": "score", "bins": [0, 50, 100]}]
    assert suggested_chart(ask("submissions", "submissions.count", by=by)) == "histogram"


def test_parts_are_told_from_averages_by_the_catalog(ask: Ask) -> None:
    learners = ask("enrollments", "enrollments.learners", by=["course.code"])
    assert "pie" not in fitting_charts(learners), "distinct counts overlap"
    own = ask("enrollments", {"key": "n", "field": "id", "agg": "count"}, by=["course.code"])
    assert "pie" in fitting_charts(own)
    mean = ask("submissions", {"key": "m", "field": "score", "agg": "avg"}, by=["course.code"])
    assert "pie" not in fitting_charts(mean)
    share = {"key": "share", "calc": "percentOfTotal", "of": "enrollments.count"}
    assert "pie" in fitting_charts(ask("enrollments", share, by=["course.code"]))
