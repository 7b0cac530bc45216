"""A chart in words, to the letter."""

from __future__ import annotations

from datetime import date

import pytest

from dashboards.figures import summary
from dashboards.summary import correlation
from tests.dashboards.conftest import Ask
from tests.dashboards.made import CLICKS, COUNT, MONTH, OTHER, RATE, SCORE, TEXT, made

NBSP = "\u00a0"
MONTHS = [date(2014, m, 1) for m in (1, 2, 3)]


def told(text: str) -> str:
    """Easier to read and to write."""
    return text.replace(NBSP, " ").replace("\u2212", "-")


def test_a_trend() -> None:
    result = made([MONTH, COUNT], list(zip(MONTHS, [20, 35, 15], strict=True)), bucket="month")
    assert told(summary(result)) == (
        "Enrollments by month, Jan 2014 to Mar 2014. Highest: 35 (Feb 2014). "
        "Lowest: 15 (Mar 2014). Down from 20 to 15 (-5, -25 %)."
    )
    assert told(summary(result, locale="hi")) == (
        "Enrollments, प्रति महीना, जन॰ 2014 से मार्च 2014 तक। सबसे अधिक: 35 (फ़र॰ 2014)। "
        "सबसे कम: 15 (मार्च 2014)। 20 से घटकर 15 (-5, -25 %)।"
    )


def test_a_goal_a_total_and_a_comparison() -> None:
    result = made(
        [TEXT, COUNT],
        [("A", 1200), ("B", 300), (None, 300)],
        total=(None, 1800),
        before=("previous year", [("A", 1000), ("B", 300), (None, None)]),
        chart={"type": "bar", "goal": 500},
    )
    assert told(summary(result)) == (
        "Enrollments by course code: 3 groups. Highest: 1,200 (A). Lowest: 300 (B). "
        "Total: 1,800. The goal of 500 is reached by 1 of 3 values. "
        "Compared with previous year: 1 higher, 0 lower, 1 equal, 1 without a counterpart."
    )


def test_a_rate_has_an_overall_value_and_no_total() -> None:
    result = made([TEXT, RATE], [("A", 0.5), ("B", 0.123)], total=(None, 0.4))
    assert told(summary(result)) == (
        "Completion rate by course code: 2 groups. Highest: 50 % (A). Lowest: 12.3 % (B). "
        "Overall: 40 %."
    )


def test_a_figure_with_goal_and_comparison() -> None:
    result = made(
        [RATE],
        [(0.72,)],
        groups=0,
        before=("previous year", [(0.8,)]),
        chart={"type": "kpi", "goal": 0.75},
    )
    assert told(summary(result)) == (
        "Completion rate: 72 %. Previous year: 80 % (change -8 pp). "
        "The goal of 75 % is not reached."
    )
    assert told(summary(result, locale="hi")) == (
        "Completion rate: 72 %। पिछला वर्ष: 80 % (अंतर -8 प्रतिशत अंक)। 75 % का लक्ष्य पूरा नहीं हुआ।"
    )


def test_several_series_have_a_trend_each() -> None:
    rows = [(m, name, n) for m, n in zip(MONTHS[:2], (10, 12), strict=True) for name in "AB"]
    result = made([MONTH, OTHER, COUNT], rows, groups=2, bucket="month")
    assert told(summary(result, chart={"type": "line"})) == (
        "Enrollments by month, outcome, Jan 2014 to Feb 2014. Highest: 12 (Feb 2014 · A). "
        "Lowest: 10 (Jan 2014 · A). A: up from 10 to 12 (+2, +20 %). "
        "B: up from 10 to 12 (+2, +20 %)."
    )


def test_what_is_withheld_missing_and_cut_is_told_and_not_given_away() -> None:
    rows = [("A", 10), ("B", 3), ("C", None)]
    result = made([TEXT, COUNT], rows, suppressed=((1, 1),), rows_in_all=9)
    assert told(summary(result, chart={"type": "bar"})) == (
        "Enrollments by course code: 3 groups. One value: 10 (A). "
        "Values withheld because they are about too few people: 1. Without a value: 1. "
        "The result holds 3 of 9 rows."
    )


def test_nothing_but_null() -> None:
    assert told(summary(made([TEXT, RATE], [("A", None)]))) == (
        "Completion rate by course code. Completion rate: no value. Without a value: 1."
    )


def test_all_equal() -> None:
    assert told(summary(made([TEXT, COUNT], [("A", 4), ("B", 4)]))) == (
        "Enrollments by course code: 2 groups. All values are 4."
    )


def test_a_scatter_tells_its_correlation() -> None:
    result = made([TEXT, CLICKS, SCORE], [(f"s{i}", i, 10.0 + 2 * i) for i in range(5)])
    assert told(summary(result, chart={"type": "scatter"})) == (
        "Average score against Clicks: 5 points. Clicks from 0 to 4. "
        "Average score (points) from 10 to 18. Correlation: 1."
    )


def test_a_table_tells_its_columns() -> None:
    result = made([TEXT, COUNT], [("A", 1)])
    assert summary(result, chart={"type": "table"}) == (
        "A table of 1 rows and 2 columns: Course code, Enrollments."
    )


def test_rows_tell_their_distribution() -> None:
    result = made([SCORE], [(1.5,), (None,), (99.25,)], groups=0, mode="rows")
    assert told(summary(result, chart={"type": "histogram"})) == (
        "Distribution of Average score, 2 values. Average score (points) from 1.5 to 99.25. "
        "Without a value: 1."
    )


def test_a_real_question(ask: Ask) -> None:
    result = ask("enrollments", "completionRate", by=["course.code"], totals="grand")
    assert told(summary(result, chart={"type": "bar", "goal": 0.65})) == (
        "Completion rate by course code: 5 groups. Highest: 72.6 % (AAA-2013J). "
        "Lowest: 57.4 % (GGG-2014B). Overall: 62.3 %. "
        "The goal of 65 % is reached by 2 of 5 values."
    )


def test_correlation_is_pearsons() -> None:
    assert correlation([(1, 2), (2, 4), (3, 5)]) == pytest.approx(0.981981, abs=1e-6)
    assert correlation([(1, 1), (2, 1), (3, 1)]) is None
    assert correlation([(1, 1)]) is None
