"""The words of the report language as people say them: operators, buckets, calculations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_OPERATORS: Final[Mapping[str, tuple[Promise, Promise]]] = {
    "eq": (_("is"), _("{field} is {value}")),
    "ne": (_("is not"), _("{field} is not {value}")),
    "in": (_("is one of"), _("{field} is {value}")),
    "notIn": (_("is none of"), _("{field} is not {value}")),
    "isNull": (_("is not known"), _("{field} is not known")),
    "isNotNull": (_("is known"), _("{field} is known")),
    "contains": (_("contains"), _("{field} contains {value}")),
    "notContains": (_("does not contain"), _("{field} does not contain {value}")),
    "startsWith": (_("starts with"), _("{field} starts with {value}")),
    "endsWith": (_("ends with"), _("{field} ends with {value}")),
    "isEmpty": (_("is empty"), _("{field} is empty")),
    "isNotEmpty": (_("is not empty"), _("{field} is not empty")),
    "lt": (_("is less than"), _("{field} is less than {value}")),
    "lte": (_("is at most"), _("{field} is at most {value}")),
    "gt": (_("is more than"), _("{field} is more than {value}")),
    "gte": (_("is at least"), _("{field} is at least {value}")),
    "between": (_("is between"), _("{field} is between {value}")),
    "inLast": (_("is in the last"), _("{field} is in the last {value}")),
    "inNext": (_("is in the next"), _("{field} is in the next {value}")),
    "inCurrent": (_("is in the current"), _("{field} is in the current {value}")),
    "inPrevious": (_("is in the previous"), _("{field} is in the previous {value}")),
    "olderThan": (_("is longer ago than"), _("{field} is longer ago than {value}")),
    "isTrue": (_("is true"), _("{field} is true")),
    "isFalse": (_("is false"), _("{field} is false")),
}
"""Each in a list of choices, and as a sentence."""
_BUCKETS: Final[Mapping[str, tuple[Promise, Promise]]] = {
    "hour": (_("Hours"), _("by hour")),
    "day": (_("Days"), _("by day")),
    "week": (_("Weeks"), _("by week")),
    "month": (_("Months"), _("by month")),
    "quarter": (_("Quarters"), _("by quarter")),
    "year": (_("Years"), _("by year")),
    "term": (_("Terms"), _("by term")),
    "weekOfTerm": (_("Weeks of the term"), _("by week of term")),
    "academicYear": (_("Academic years"), _("by academic year")),
    "hourOfDay": (_("Hours of the day"), _("by hour of the day")),
    "dayOfWeek": (_("Days of the week"), _("by day of the week")),
    "dayOfMonth": (_("Days of the month"), _("by day of the month")),
    "monthOfYear": (_("Months of the year"), _("by month of the year")),
}
_CALCULATIONS: Final[Mapping[str, tuple[Promise, Promise]]] = {
    "percentOfTotal": (_("Its share of the total"), _("{measure}, share of the total")),
    "percentOfParent": (_("Its share of the group above"), _("{measure}, share of the group")),
    "runningTotal": (_("Its running total"), _("{measure}, running total")),
    "movingAverage": (_("Its moving average"), _("{measure}, average of {n} rows")),
    "rank": (_("Its rank"), _("{measure}, rank")),
    "difference": (_("Its difference to the row before"), _("{measure}, difference")),
    "percentChange": (_("Its change in percent"), _("{measure}, change in percent")),
}
_AGGREGATES: Final[Mapping[str, tuple[Promise, Promise]]] = {
    "count": (_("Number of values"), _("number of {field}")),
    "countDistinct": (_("Different values"), _("different {field}")),
    "sum": (_("Sum"), _("sum of {field}")),
    "avg": (_("Average"), _("average of {field}")),
    "min": (_("Least"), _("least {field}")),
    "max": (_("Greatest"), _("greatest {field}")),
    "median": (_("Median"), _("median of {field}")),
    "p10": (_("10th percentile"), _("10th percentile of {field}")),
    "p25": (_("Lower quartile"), _("lower quartile of {field}")),
    "p75": (_("Upper quartile"), _("upper quartile of {field}")),
    "p90": (_("90th percentile"), _("90th percentile of {field}")),
    "p95": (_("95th percentile"), _("95th percentile of {field}")),
    "stddev": (_("Spread"), _("spread of {field}")),
    "first": (_("First"), _("first {field}")),
    "last": (_("Last"), _("last {field}")),
    "listDistinct": (_("List of values"), _("list of {field}")),
    "quantile": (_("Quantile"), _("quantile {q} of {field}")),
}
_COMPARISONS: Final[Mapping[str, tuple[Promise, Promise]]] = {
    "previousPeriod": (_("The period before"), _("compared with the period before")),
    "previousYear": (_("The year before"), _("compared with the year before")),
    "previousTerm": (_("The term before"), _("compared with the term before")),
    "snapshot": (_("An earlier state"), _("compared with the data of {name}")),
}
_UNITS: Final[Mapping[str, Promise]] = {
    "hour": _("hours"),
    "day": _("days"),
    "week": _("weeks"),
    "month": _("months"),
    "quarter": _("quarters"),
    "year": _("years"),
    "term": _("terms"),
    "all": _("all time"),
}
_WORDS: Final[Mapping[str, Promise]] = {
    "and": _("and"),
    "or": _("or"),
    "to": _("and up to"),
    "more": _("{n} more"),
    "onlyWhere": _("{measure}, only where {filters}"),
    "offset": _("{n} {unit} earlier"),
    "trailing": _("the last {n} {unit}"),
    "toDate": _("since the beginning, in {unit}"),
    "op.is": _("is"),
    "op.isNot": _("is not"),
    "op.date.gte": _("is on or after"),
    "op.date.lt": _("is before"),
}


def _pairs(
    known: Mapping[str, tuple[Promise, Promise]], first: str, second: str
) -> dict[str, Promise]:
    chosen = {f"{first}.{key}": texts[0] for key, texts in known.items()}
    return chosen | {f"{second}.{key}": texts[1] for key, texts in known.items()}


LANGUAGE: Final[Mapping[str, Promise]] = {
    **_pairs(_OPERATORS, "op", "says"),
    **_pairs(_BUCKETS, "bucketName", "bucket"),
    **_pairs(_CALCULATIONS, "calcName", "calc"),
    **_pairs(_AGGREGATES, "aggName", "agg"),
    **_pairs(_COMPARISONS, "compareName", "compare"),
    **{f"unit.{key}": text for key, text in _UNITS.items()},
    **_WORDS,
}
