"""What a chart is compared with, and where there is nothing to compare with."""

from __future__ import annotations

from datetime import date

import pytest

from dashboards.figures import figure
from tests.dashboards.made import COUNT, MONTH, OTHER, TEXT, made


def test_the_compared_values_are_lighter_and_dashed() -> None:
    rows = [(date(2014, m, 1), m) for m in (1, 2)]
    earlier = [(date(2013, 1, 1), 7), (date(2013, 2, 1), None)]
    result = made([MONTH, COUNT], rows, bucket="month", before=("previous year", earlier))
    now, before = figure(result, chart={"type": "line"}).data
    assert (now.line.dash, before.line.dash) == ("solid", "dot")
    assert before.opacity < 1
    assert list(before.y) == [7, None]
    assert before.name == "Previous year"
    assert before.hovertext[0].startswith("Jan 2013")
    assert figure(result, locale="hi", chart={"type": "line"}).data[1].name == "पिछला वर्ष"


def test_a_comparison_begins_with_its_first_value() -> None:
    """A count of no rows is 0: before the first record there is nothing to compare with."""
    rows = [(date(2014, m, 1), m) for m in (1, 2, 3, 4)]
    earlier = [(date(2013, m, 1), n) for m, n in ((1, 0), (2, 0), (3, 5), (4, 0))]
    result = made([MONTH, COUNT], rows, bucket="month", before=("previous year", earlier))
    drawn = figure(result, chart={"type": "line"})
    assert list(drawn.data[1].y) == [None, None, 5, 0]
    assert drawn.layout.meta["notes"] == ["Previous year: no values above 0 before Mar 2013"]
    by_outcome = [(date(2014, m, 1), name, 1) for m in (1, 2) for name in "AB"]
    then = [(date(2013, m, 1), name, int((m, name) == (2, "B"))) for m in (1, 2) for name in "AB"]
    parts = made(
        [MONTH, OTHER, COUNT], by_outcome, groups=2, bucket="month", before=("previous year", then)
    )
    series = {trace.name: list(trace.y) for trace in figure(parts, chart={"type": "line"}).data}
    assert series["A (Previous year)"] == [None, 0]
    assert series["B (Previous year)"] == [None, 1]


@pytest.mark.parametrize("kind", ["line", "area", "bar"])
def test_a_year_without_any_value_is_not_drawn(kind: str) -> None:
    rows = [(date(2014, m, 1), m) for m in (1, 2)]
    earlier = [(date(2013, m, 1), 0) for m in (1, 2)]
    result = made([MONTH, COUNT], rows, bucket="month", before=("previous year", earlier))
    drawn = figure(result, chart={"type": kind})
    assert [trace.name for trace in drawn.data] == ["Enrollments"]
    assert drawn.layout.meta["notes"] == ["Previous year: no values above 0"]
    by_course = made([TEXT, COUNT], [("A", 3)], before=("previous year", [("A", 0)]))
    assert len(figure(by_course, chart={"type": "bar"}).data) == 1
    alone = made([COUNT], [(3,)], groups=0, before=("previous year", [(0,)]))
    texts = [a.text for a in figure(alone, chart={"type": "kpi"}).layout.annotations]
    assert "Previous year: 0" in texts


def test_a_figure_says_what_it_is_compared_with() -> None:
    result = made([COUNT], [(120,)], groups=0, before=("previous 28 days", [(100,)]))
    drawn = figure(result, chart={"type": "kpi"})
    texts = [a.text for a in drawn.layout.annotations]
    assert texts == ["Enrollments", "▲ +20, +20\u00a0%", "Previous 28 days: 100"]
