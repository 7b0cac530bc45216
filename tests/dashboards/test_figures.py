"""Every chart type from real results, and what a chart must not do."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Any

import plotly.graph_objects as go
import pytest

from dashboards.errors import ChartMismatch
from dashboards.figures import CHARTS, figure, fitting_charts, spec, suggested_chart
from dashboards.theme import THEMES
from reports.contracts import Result
from tests.dashboards.conftest import Ask
from tests.dashboards.made import (
    CLICKS,
    COUNT,
    DELTA,
    MONTH,
    OTHER,
    RATE,
    SCORE,
    TEXT,
    made,
)

BINS = {"field": "score", "bins": [0, 20, 40, 60, 80, 100]}
STAGES: list[Any] = [
    "enrollments.learners",
    "activity.activeLearners",
    {"key": "handedIn", "field": "submissions.studentId", "agg": "countDistinct"},
]
BY_MONTH = {"field": "occurredOn", "bucket": "month"}
COURSES = ["course.code"]
QUESTIONS: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "table": (
        ("enrollments", "enrollments.count", "completionRate"),
        {"by": COURSES, "totals": "grand"},
    ),
    "kpi": (("enrollments", "enrollments.count", "completionRate"), {}),
    "line": (("activity", "activity.clicks"), {"by": COURSES, "time": BY_MONTH}),
    "area": (("activity", "activity.clicks"), {"by": COURSES, "time": BY_MONTH}),
    "bar": (("enrollments", "completionRate"), {"by": COURSES}),
    "stackedBar": (("enrollments", "enrollments.count"), {"by": ["course.code", "outcome"]}),
    "groupedBar": (("enrollments", "completionRate", "withdrawalRate"), {"by": COURSES}),
    "pie": (("enrollments", "enrollments.count"), {"by": ["outcome"]}),
    "donut": (("activity", "activity.clicks"), {"by": ["lesson.kind"], "totals": "grand"}),
    "scatter": (
        ("enrollments", "activity.clicks", "submissions.avgScore"),
        {"by": ["student.code", "course.category"]},
    ),
    "heatmap": (
        ("activity", "activity.clicks"),
        {"by": COURSES, "time": {"field": "occurredOn", "bucket": "dayOfWeek"}},
    ),
    "histogram": (("submissions", "submissions.count"), {"by": [BINS]}),
    "funnel": (("enrollments", *STAGES), {}),
    "cohort": (
        ("activity", "activity.activeLearners"),
        {"by": COURSES, "time": {"field": "occurredOn", "bucket": "weekOfTerm"}},
    ),
    "treemap": (("activity", "activity.clicks"), {"by": ["course.code", "lesson.kind"]}),
    "gauge": (("enrollments", "completionRate"), {}),
}
KINDS = {
    "table": "table",
    "kpi": "indicator",
    "line": "scatter",
    "area": "scatter",
    "bar": "bar",
    "stackedBar": "bar",
    "groupedBar": "bar",
    "pie": "pie",
    "donut": "pie",
    "scatter": "scatter",
    "heatmap": "bar",
    "histogram": "bar",
    "funnel": "funnel",
    "cohort": "bar",
    "treemap": "treemap",
    "gauge": "indicator",
}


def asked(ask: Ask, kind: str) -> Result:
    parts, rest = QUESTIONS[kind]
    return ask(*parts, **rest, chart={"type": kind})


def refused(result: Result, kind: str, **chart: Any) -> str:
    with pytest.raises(ChartMismatch) as error:
        figure(result, chart={"type": kind, **chart})
    assert error.value.message
    assert error.value.hint
    return error.value.code


def test_there_is_a_question_for_every_chart() -> None:
    assert tuple(QUESTIONS) == CHARTS


@pytest.mark.parametrize("kind", CHARTS)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("locale", ["en", "hi"])
def test_a_real_result_is_drawn(ask: Ask, kind: str, theme: Any, locale: Any) -> None:
    result = asked(ask, kind)
    drawn = figure(result, theme=theme, locale=locale)
    assert isinstance(drawn, go.Figure)
    assert drawn.data[0].type == KINDS[kind]
    assert drawn.layout.meta["chart"] == kind
    assert drawn.layout.meta["summary"]
    assert drawn.layout.template.layout.paper_bgcolor == THEMES[theme].ground
    assert "http" not in drawn.to_json()


@pytest.mark.parametrize("kind", CHARTS)
def test_the_same_result_makes_the_same_figure(ask: Ask, kind: str) -> None:
    result = asked(ask, kind)
    assert figure(result).to_json() == figure(result).to_json()
    assert json.loads(figure(result).to_json())["data"] == spec(result)["data"]


@pytest.mark.parametrize("kind", CHARTS)
def test_a_drawn_chart_is_one_that_fits(ask: Ask, kind: str) -> None:
    assert kind in fitting_charts(asked(ask, kind))


@pytest.mark.parametrize("kind", CHARTS)
def test_every_fitting_chart_can_be_drawn(ask: Ask, kind: str) -> None:
    result = asked(ask, kind)
    for other in fitting_charts(result):
        goal = {"goal": 5_000} if other == "gauge" and kind in {"kpi", "funnel"} else {}
        assert figure(result, chart={"type": other, **goal}).layout.meta["chart"] == other


@pytest.mark.parametrize("kind", CHARTS)
def test_an_empty_result_says_so(kind: str) -> None:
    empty: dict[str, Result] = {
        "kpi": made([COUNT], [], groups=0),
        "gauge": made([RATE], [], groups=0),
        "funnel": made([COUNT, CLICKS], [], groups=0),
        "scatter": made([TEXT, COUNT, CLICKS], []),
        "heatmap": made([TEXT, OTHER, COUNT], [], groups=2),
        "cohort": made([MONTH, DELTA, COUNT], [], groups=2, bucket="month"),
        "line": made([MONTH, COUNT], [], bucket="month"),
        "area": made([MONTH, COUNT], [], bucket="month"),
        "histogram": made([DELTA, COUNT], []),
    }
    drawn = figure(empty.get(kind, made([TEXT, COUNT], [])), chart={"type": kind}, locale="en")
    assert len(drawn.data) == 0
    assert [a.text for a in drawn.layout.annotations] == ["No data for this question"]
    assert drawn.layout.meta["summary"] == "There is no data for this question."


@pytest.mark.parametrize("kind", ["line", "area", "bar", "table", "stackedBar", "groupedBar"])
def test_one_row_is_enough(kind: str) -> None:
    result = made([MONTH, COUNT], [(date(2014, 1, 1), 5)], bucket="month")
    assert len(figure(result, chart={"type": kind}).data) == 1


def test_numbers_of_a_bar_are_those_of_the_result(ask: Ask) -> None:
    result = asked(ask, "bar")
    bars = figure(result).data[0]
    assert list(bars.y) == [row[1] for row in result.rows]
    assert list(figure(result).layout.xaxis.ticktext) == [row[0] for row in result.rows]


def test_null_is_a_gap_and_never_zero() -> None:
    rows = [("A", 0.5), ("B", None), ("C", 0.0)]
    result = made([TEXT, RATE], rows)
    drawn = figure(result, chart={"type": "bar"})
    assert list(drawn.data[0].y) == [0.5, None, 0.0]
    assert list(drawn.data[0].text) == ["50 %".replace(" ", "\u00a0"), "", "0\u00a0%"]
    assert drawn.layout.meta["notes"] == ["Without a value: 1"]


def test_a_line_is_broken_at_null_and_where_buckets_are_missing() -> None:
    months = [date(2014, 1, 1), date(2014, 2, 1), date(2014, 3, 1), date(2014, 6, 1)]
    result = made(
        [MONTH, RATE], list(zip(months, [0.1, None, 0.3, 0.4], strict=True)), bucket="month"
    )
    line = figure(result).data[0]
    assert list(line.y) == [0.1, None, 0.3, None, 0.4]
    assert line.connectgaps is False
    assert line.mode == "lines+markers", "a value between gaps needs a marker to be seen"


def test_a_withheld_cell_is_a_gap_and_told() -> None:
    rows = [("A", 10), ("B", 3)]
    result = made([TEXT, COUNT], rows, suppressed=((1, 1),))
    for kind in ("bar", "table"):
        drawn = figure(result, chart={"type": kind})
        assert "people: 1" in drawn.layout.meta["notes"][0]
        assert "3" not in [str(v) for v in drawn.layout.meta["summary"].split()]
    assert list(figure(result, chart={"type": "bar"}).data[0].y) == [10, None]
    assert list(figure(result, chart={"type": "table"}).data[0].cells.values[1]) == ["10", "···"]


def test_a_withheld_cell_of_a_heatmap_is_marked() -> None:
    rows = [("A", "x", 1), ("A", "y", 2), ("B", "x", 3), ("B", "y", None)]
    result = made([TEXT, OTHER, COUNT], rows, groups=2, suppressed=((0, 2),))
    drawn = figure(result, chart={"type": "heatmap"})
    cells = drawn.data[0]
    places = zip(cells.x, (round(base + 0.47) for base in cells.base), strict=True)
    assert list(zip(places, cells.marker.color, strict=True)) == [((1, 0), 3), ((0, 1), 2)]
    marks = next(t for t in drawn.select_traces({"type": "scatter"}) if t.marker.symbol == "x-thin")
    assert len(marks.x) == 2


def test_a_pie_of_withheld_cells_is_refused() -> None:
    result = made([TEXT, COUNT], [("A", 10), ("B", 3)], suppressed=((1, 1),))
    assert refused(result, "pie") == "HAS_GAPS"


def test_series_differ_by_more_than_color() -> None:
    rows = [(date(2014, m, 1), name, m * 10) for m in range(1, 4) for name in ("A", "B", "C")]
    result = made([MONTH, OTHER, COUNT], rows, groups=2, bucket="month")
    lines = figure(result, chart={"type": "line"}).data
    assert len({line.line.dash for line in lines}) == 3
    assert len({line.marker.symbol for line in lines}) == 3
    bars = figure(result, chart={"type": "stackedBar"}).data
    assert len({bar.marker.pattern.shape for bar in bars}) == 3
    areas = figure(result, chart={"type": "area"}).data
    assert len({area.fillpattern.shape for area in areas}) == 3


def test_measures_of_different_units_have_panels_of_their_own() -> None:
    rows = [(date(2014, m, 1), m * 100, m / 10) for m in range(1, 4)]
    drawn = figure(made([MONTH, COUNT, RATE], rows, bucket="month"), chart={"type": "line"})
    assert [line.yaxis for line in drawn.data] == ["y", "y2"]
    assert drawn.layout.yaxis2.domain[1] < drawn.layout.yaxis.domain[0]
    assert drawn.layout.showlegend is False


def test_a_goal_is_drawn_and_labeled() -> None:
    result = made([TEXT, RATE], [("A", 0.5), ("B", 0.8)], chart={"type": "bar", "goal": 0.75})
    drawn = figure(result)
    assert (drawn.layout.shapes[0].y0, drawn.layout.shapes[0].y1) == (0.75, 0.75)
    assert drawn.layout.annotations[0].text == "Goal 75\u00a0%"
    assert drawn.layout.yaxis.range[1] > 0.75
    assert figure(result, locale="hi").layout.annotations[0].text == "लक्ष्य 75\u00a0%"


def test_a_goal_of_a_rate_is_a_fraction() -> None:
    result = made([TEXT, RATE], [("A", 0.5)])
    assert refused(result, "bar", goal=75) == "GOAL_IS_FRACTION"


def test_a_figure_reads_as_the_formatter_writes_it() -> None:
    drawn = figure(made([COUNT, RATE, SCORE], [(1234, 0.62309, 77.8723)], groups=0))
    assert [(i.value, i.number.valueformat, i.number.suffix) for i in drawn.data] == [
        (1234, ",.0f", None),
        (pytest.approx(62.309), ",.1f", "\u00a0%"),
        (77.8723, ",.2f", None),
    ]


def test_a_figure_without_a_value_is_no_zero() -> None:
    drawn = figure(made([SCORE], [(None,)], groups=0), chart={"type": "kpi"})
    assert len(drawn.data) == 0
    assert "No value" in [a.text for a in drawn.layout.annotations]


def test_a_long_list_is_cut_and_says_so() -> None:
    result = made([TEXT, COUNT], [(f"C{i:03d}", i + 1) for i in range(240)])
    drawn = figure(result, chart={"type": "bar"})
    assert drawn.layout.meta["notes"] == ["First 24 of 240 shown"]
    assert drawn.layout.title.text == "First 24 of 240 shown"
    assert len(drawn.data[0].y) == 24


def test_too_many_series_are_cut_to_the_largest() -> None:
    rows = [(date(2014, 1, 1), f"S{i:02d}", i) for i in range(20)]
    drawn = figure(
        made([MONTH, OTHER, COUNT], rows, groups=2, bucket="month"), chart={"type": "line"}
    )
    assert [line.name for line in drawn.data] == [f"S{i}" for i in range(12, 20)]
    assert "8 of 20 series" in drawn.layout.meta["notes"][0]


def test_the_rest_of_a_pie_is_the_total_less_the_slices() -> None:
    rows = [(f"C{i}", 100 - i) for i in range(10)]
    result = made([TEXT, COUNT], rows, total=(None, 1500), rows_in_all=30)
    pie = figure(result, chart={"type": "pie"}).data[0]
    assert sum(pie.values) == 1500
    assert pie.labels[-1] == "Other (23)"
    cut = made([TEXT, COUNT], rows, rows_in_all=30)
    assert refused(cut, "pie") == "CUT_WHOLE"


def test_a_result_that_was_cut_says_so() -> None:
    result = made([TEXT, COUNT], [("A", 1)], rows_in_all=312)
    assert figure(result).layout.meta["notes"] == ["The result holds 1 of 312 rows"]


def test_bins_without_rows_leave_a_gap() -> None:
    result = made([TEXT, COUNT], [("[0,10)", 5), ("[20,30]", 7), (None, 2)])
    result.definition["dimensions"][0]["bins"] = [0, 10, 20, 30]
    bars = figure(result, chart={"type": "histogram"}).data[0]
    assert list(bars.x) == [0, 2, 4.5]
    assert list(bars.hovertext)[:2] == [
        "0 – &lt;10<br>Enrollments: 5",
        "20 – 30<br>Enrollments: 7",
    ]


def test_single_rows_are_counted_into_bins() -> None:
    result = made([SCORE], [(float(v),) for v in range(101)], mode="rows", groups=0)
    bars = figure(result, chart={"type": "histogram"}).data[0]
    assert sum(bars.y) == 101
    assert list(bars.y)[:2] == [10, 10], "half-open"
    assert bars.y[-1] == 11, "the last one is closed"


def test_markup_in_the_data_is_shown_letter_by_letter() -> None:
    evil = '<a href="x">&lt;b'
    result = made([TEXT, OTHER, COUNT], [(evil, evil, 1)], groups=2)
    for kind in ("groupedBar", "stackedBar", "treemap", "heatmap", "table", "bar", "pie"):
        text = json.dumps(spec(result, chart={"type": kind})["data"], ensure_ascii=False)
        assert "<a" not in text, kind
    text = json.dumps(spec(result, chart={"type": "bar"})["layout"]["yaxis"])
    assert "<a" not in text


def test_ten_thousand_rows() -> None:
    start = date(2010, 1, 1)
    days = [(start + timedelta(days=i), i % 97) for i in range(10_000)]
    line = figure(made([MONTH, COUNT], days, bucket="day"), chart={"type": "line"})
    assert "First 2,000 of 10,000 shown" in line.layout.meta["notes"]
    cloud = made([TEXT, COUNT, CLICKS], [(f"s{i}", i % 101, i % 89) for i in range(10_000)])
    assert len(figure(cloud, chart={"type": "scatter"}).data[0].x) <= 2_500
    table = figure(cloud, chart={"type": "table"})
    assert len(table.data[0].cells.values[0]) == 200
    assert suggested_chart(cloud) == "table"
    for kind in fitting_charts(cloud):
        figure(cloud, chart={"type": kind})


def test_many_points_are_thinned_and_outliers_stay() -> None:
    rows = [(f"P{i}", "rare" if i == 500 else "often", i % 97, i % 89) for i in range(9_000)]
    rows[700] = ("far", "often", 40, 9_999)
    result = made([TEXT, OTHER, COUNT, CLICKS], rows, groups=2)
    drawn = figure(result, chart={"type": "scatter"})
    assert {cloud.type for cloud in drawn.data} == {"scatter"}
    shown = sum(len(cloud.x) for cloud in drawn.data)
    assert 1_500 < shown <= 2_500
    assert [len(cloud.x) for cloud in drawn.data if cloud.name == "rare"] == [1]
    assert max(max(cloud.y) for cloud in drawn.data) == 9_999
    assert f"{shown:,} of 9,000 points" in drawn.layout.meta["notes"][0]
    assert f"{shown:,} of 9,000 points" in drawn.layout.meta["summary"]


@pytest.mark.parametrize("kind", CHARTS)
def test_a_strict_policy_blocks_nothing_that_a_chart_needs(ask: Ask, kind: str) -> None:
    """WebGL needs eval, and markup becomes style attributes: neither is allowed on a page."""
    text = json.dumps(spec(asked(ask, kind)))
    assert not re.search(r"gl\"|splom|parcoords|\"colorbar\"|<(?!br>|/?extra>)", text)


def test_values_stand_in_lying_bars_where_they_fit() -> None:
    """Beside the longest bar of a narrow chart a value would be cut."""
    names = [(f"A subject with a long name {n}", 500_000 + n) for n in range(4)]
    lying = spec(made((TEXT, COUNT), names), chart={"type": "bar"})["data"][0]
    assert (lying["orientation"], lying["textposition"]) == ("h", "auto")
    standing = spec(made((TEXT, COUNT), [("A", 1), ("B", 2)]), chart={"type": "bar"})["data"][0]
    assert (standing["orientation"], standing["textposition"]) == ("v", "outside")
