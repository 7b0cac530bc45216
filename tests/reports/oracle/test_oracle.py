"""The oracle itself, on examples small enough to be calculated by hand."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reports.catalog.model import FieldType
from tests.reports.oracle.aggregates import aggregate
from tests.reports.oracle.bins import bin_of
from tests.reports.oracle.calculations import along, ranks, share
from tests.reports.oracle.calendar import Calendar, Span, Term
from tests.reports.oracle.conditions import compared, parsed, truth
from tests.reports.oracle.formulas import parse, worth
from tests.reports.oracle.shrinking import smallest
from tests.reports.oracle.worlds import SCHEMA

TERMS = (
    Term("A", date(2013, 9, 2), date(2013, 12, 20)),
    Term("B", date(2014, 2, 3), date(2014, 6, 27)),
    Term("C", date(2014, 6, 1), date(2014, 8, 31)),
)
CALENDAR = Calendar(date(2014, 3, 12), ZoneInfo("Europe/London"), 1, TERMS)


@pytest.mark.parametrize(
    ("agg", "values", "wanted"),
    [
        ("count", [1, None, 1], 2),
        ("countDistinct", [1, None, 1], 1),
        ("sum", [Decimal("0.1"), Decimal("0.2")], Decimal("0.3")),
        ("sum", [None], 0),
        ("avg", [1, 2, None], 1.5),
        ("avg", [None], None),
        ("median", [1, 2, 3, 10], 2.5),
        ("p90", [0, 10], 9.0),
        ("stddev", [2, 4], 2**0.5),
        ("stddev", [2], None),
        ("listDistinct", ["b", "a", None, "b"], ("a", "b")),
        ("listDistinct", [None], None),
    ],
)
def test_aggregates(agg: str, values: list[Any], wanted: Any) -> None:
    assert aggregate(agg, values) == wanted


@pytest.mark.parametrize(
    ("left", "op", "right", "wanted"),
    [
        (None, "eq", 1, None),
        (None, "ne", 1, True),
        (None, "notIn", [1], True),
        (None, "in", [1], None),
        (None, "notContains", "a", True),
        ("Été", "startsWith", "e\u0301T", True),
        (5, "between", [1, 5], True),
        ("", "isEmpty", None, True),
    ],
)
def test_conditions(left: Any, op: str, right: Any, wanted: Any) -> None:
    assert compared(left, op, right, FieldType.TEXT) is wanted


def test_ranges_of_dates_are_half_open() -> None:
    days = [date(2014, 1, 1), date(2014, 2, 1)]
    assert compared(date(2014, 2, 1), "between", days, FieldType.DATE) is False


def test_unknown_is_neither_true_nor_false() -> None:
    tree = parsed("1 OR (2 AND 3)", 3)
    assert truth(tree, [None, True, True].__getitem__) is True
    assert truth(tree, [None, False, None].__getitem__) is None
    assert truth(tree, [False, None, False].__getitem__) is False


def test_bins_are_half_open_and_the_last_is_closed() -> None:
    edges = [0, 2.5, 10]
    shown = [bin_of(v, edges) for v in (-1, 0, Decimal("2.5"), 10, 11)]
    assert [part and part[1] for part in shown] == ["<0", "[0,2.5)", "[2.5,10]", "[2.5,10]", ">10"]


def test_shifted_days() -> None:
    assert CALENDAR.moved(date(2014, 1, 31), 1, "month") == (date(2014, 2, 28), True)
    assert CALENDAR.moved(date(2016, 2, 29), 1, "year") == (date(2017, 2, 28), True)
    assert CALENDAR.moved(date(2013, 9, 3), 1, "term") == (date(2014, 2, 4), False)
    assert CALENDAR.moved(date(2014, 5, 31), 1, "term") is None  # the later term has no such day
    assert CALENDAR.moved(date(2014, 1, 1), 1, "term") is None


def test_relative_ranges() -> None:
    assert CALENDAR.span("inLast", 2, "day") == Span(date(2014, 3, 11), date(2014, 3, 13))
    assert CALENDAR.span("inPrevious", 1, "month") == Span(date(2014, 2, 1), date(2014, 3, 1))
    assert CALENDAR.span("inCurrent", 1, "term") == Span(date(2014, 2, 3), date(2014, 6, 28))
    assert CALENDAR.span("inPrevious", 1, "term") == Span(date(2013, 9, 2), date(2013, 12, 21))


def test_buckets() -> None:
    def shown(day: date, bucket: str) -> Any:
        part = CALENDAR.bucket(day, bucket)
        return part and part[1]

    assert shown(date(2014, 6, 10), "term") == "C", "of two terms the one that began last"
    assert shown(date(2014, 1, 10), "term") is None
    assert shown(date(2014, 2, 9), "weekOfTerm") == 1
    assert shown(date(2014, 2, 10), "weekOfTerm") == 2
    assert shown(date(2014, 8, 31), "academicYear") == "2013/14"
    assert shown(date(2014, 9, 1), "academicYear") == "2014/15"
    assert shown(date(2014, 5, 31), "quarter") == date(2014, 4, 1)


def test_instants_are_told_on_the_institutions_clock() -> None:
    assert CALENDAR.local(datetime(2014, 7, 1, 23, 30)) == datetime(2014, 7, 2, 0, 30)
    assert CALENDAR.instant(date(2014, 7, 1)) == datetime(2014, 6, 30, 23)


def test_calculations() -> None:
    assert along("runningTotal", [None, 1, None, 2], 1) == [None, 1, 1, 3]
    assert along("movingAverage", [1, None, 3], 2) == [1.0, 1.0, 3.0]
    assert along("difference", [1, 4, None, 5], 1) == [None, 3, None, None]
    assert along("percentChange", [0, 4, 5], 1) == [None, None, 0.25]
    assert ranks([5, None, 7, 5]) == [2, None, 1, 2]
    assert (share(1, 4), share(1, 0), share(None, 4)) == (0.25, None, None)


def test_formulas() -> None:
    names = {"a": 6, "b.c": None, "d": 4}

    def value(text: str) -> Any:
        return worth(parse(text, lambda name: name), names.__getitem__)

    assert value("a - d - 1") == 1
    assert value("-(a + 2) * 3 / d") == -6.0
    assert value("a / (d - 4)") is None
    assert value("a + b.c") is None


def test_how_entities_see_a_path_of_the_root() -> None:
    def hops(root: str, text: str, entity: str) -> tuple[str, ...]:
        return SCHEMA.seen(SCHEMA.path(root, text), entity).hops

    assert hops("courses", "code", "submissions") == ("course",)
    assert hops("enrollments", "course.code", "activity") == ("course",)
    assert hops("enrollments", "course.code", "courses") == ()
    assert hops("enrollments", "status", "activity") == ("enrollment",)


def test_a_failure_is_made_smaller() -> None:
    definition = {"filters": [1, 2, 3], "measures": ["a", "b"], "limit": 5}
    small = smallest(definition, lambda d: 2 in d.get("filters", []))
    assert small == {"filters": [2], "measures": []}
