"""The words of the language: what may stand where, and how much of it."""

from __future__ import annotations

from typing import Final, Literal, get_args

from reports.catalog.model import FieldType

MAX_FILTERS: Final = 100
MAX_VALUES: Final = 1_000
MAX_VALUES_IN_ALL: Final = 5_000
"""Constants in one definition: they all stand in one statement, which has to be parsed."""
MAX_COLUMNS: Final = 50
MAX_DIMENSIONS: Final = 8
MAX_SERIES: Final = 3
MAX_MEASURES: Final = 12
MAX_HAVING: Final = 20
MAX_SORTS: Final = 20
MAX_BINS: Final = 100
MAX_LIMIT: Final = 1_000_000
MAX_UNITS: Final = 10_000

TOP_KEYS: Final = (
    "version",
    "entity",
    "mode",
    "columns",
    "dimensions",
    "time",
    "measures",
    "filters",
    "filterLogic",
    "having",
    "sort",
    "limit",
    "totals",
    "compare",
    "asOf",
    "chart",
)
MODES: Final = ("rows", "categorical", "temporal")
TOTALS: Final = ("none", "grand", "subtotals")
ChartType = Literal[
    "table",
    "kpi",
    "line",
    "area",
    "bar",
    "stackedBar",
    "groupedBar",
    "pie",
    "donut",
    "scatter",
    "heatmap",
    "histogram",
    "funnel",
    "cohort",
    "treemap",
    "gauge",
]
CHARTS: Final[tuple[ChartType, ...]] = get_args(ChartType)
"""docs/report-reference.md#chart-types."""

ANY_OPS: Final = ("eq", "ne", "in", "notIn", "isNull", "isNotNull")
TEXT_OPS: Final = ("contains", "notContains", "startsWith", "endsWith", "isEmpty", "isNotEmpty")
ORDER_OPS: Final = ("lt", "lte", "gt", "gte", "between")
TIME_OPS: Final = ("inLast", "inNext", "inCurrent", "inPrevious", "olderThan")
BOOLEAN_OPS: Final = ("isTrue", "isFalse")
FIELD_OPS: Final = frozenset(("eq", "ne", "lt", "lte", "gt", "gte"))
"""Those that may compare with another field of the same row."""
NO_VALUE_OPS: Final = frozenset(
    ("isNull", "isNotNull", "isEmpty", "isNotEmpty", "isTrue", "isFalse")
)
LIST_OPS: Final = frozenset(("in", "notIn"))
ALL_OPS: Final = ANY_OPS + TEXT_OPS + ORDER_OPS + TIME_OPS + BOOLEAN_OPS

UNITS: Final = ("day", "week", "month", "term")
"""Units of inLast, inNext and olderThan."""
PERIODS: Final = ("day", "week", "month", "quarter", "year", "term")
"""Units of inCurrent and inPrevious."""

CALENDAR_BUCKETS: Final = ("hour", "day", "week", "month", "quarter", "year")
PART_BUCKETS: Final = ("hourOfDay", "dayOfWeek", "dayOfMonth", "monthOfYear")
ACADEMIC_BUCKETS: Final = ("term", "weekOfTerm", "academicYear")
BUCKETS: Final = CALENDAR_BUCKETS + PART_BUCKETS + ACADEMIC_BUCKETS
HOUR_BUCKETS: Final = frozenset(("hour", "hourOfDay"))

RANGE_OPS: Final = frozenset(("eq", "lt", "lte", "gt", "gte", "between", *TIME_OPS))
"""Those that say from when to when."""
WINDOW_BUCKETS: Final = ("hour", "day", "week", "month", "quarter", "year")
"""Those at whose end a window can end."""

COMPARISONS: Final = ("previousPeriod", "previousYear", "previousTerm", "snapshot")
CALCULATIONS: Final = (
    "percentOfTotal",
    "percentOfParent",
    "runningTotal",
    "movingAverage",
    "rank",
    "difference",
    "percentChange",
)
MAX_MOVING: Final = 1_000
"""Rows in a moving average."""

QUANTILES: Final = {
    "median": "0.5",
    "p10": "0.1",
    "p25": "0.25",
    "p75": "0.75",
    "p90": "0.9",
    "p95": "0.95",
}
AGGREGATES: Final = (
    "count",
    "countDistinct",
    "sum",
    "avg",
    "min",
    "max",
    *QUANTILES,
    "stddev",
    "first",
    "last",
    "listDistinct",
)
NUMBER_AGGREGATES: Final = frozenset(("sum", "avg", "stddev", *QUANTILES))
PARENT_AGGREGATES: Final = frozenset(("min", "max", "countDistinct", "listDistinct"))
"""Those that don't weigh a parent by its children."""


def operators_of(kind: FieldType) -> tuple[str, ...]:
    """The operators that fit a type."""
    if kind is FieldType.TEXT:
        return ANY_OPS + TEXT_OPS
    if kind.is_number:
        return ANY_OPS + ORDER_OPS
    if kind.is_time:
        return ANY_OPS + ORDER_OPS + TIME_OPS
    if kind is FieldType.BOOLEAN:
        return ANY_OPS + BOOLEAN_OPS
    return ("isNull", "isNotNull")
