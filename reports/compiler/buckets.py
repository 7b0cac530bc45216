"""Bins and time buckets as SQL, and what their values mean afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from reports.catalog.model import FieldType
from reports.compiler.parameters import FirstWeekday, Parameters, Zone
from reports.compiler.settings import Settings
from reports.language.words import ACADEMIC_BUCKETS

_PARTS: Final = {
    "hourOfDay": "hour",
    "dayOfWeek": "isodow",
    "dayOfMonth": "day",
    "monthOfYear": "month",
}
_SECOND_DAY: Final = "TIMESTAMP '0001-01-02'"
_LAST_DAY: Final = "TIMESTAMP '9999-12-31'"
BUCKETS_WITH_GAPS: Final = frozenset(("term", "weekOfTerm"))
"""Those that don't hold every day: a day between two terms is in none."""


def bin_sql(value: str, edges: tuple[Decimal, ...], parameters: Parameters) -> str:
    """The number of the bin: 0 below the first edge, one more for each bin, last: above."""
    names = [parameters.add(edge) for edge in edges]
    cases = [f"WHEN {value} IS NULL THEN NULL"]
    cases += [f"WHEN {value} < {name} THEN {i}" for i, name in enumerate(names)]
    top = len(edges)
    cases.append(f"WHEN {value} <= {names[-1]} THEN {top - 1}")
    return f"CASE {' '.join(cases)} ELSE {top} END"


def bin_label(edges: tuple[Decimal, ...], number: int) -> str:
    """``[0,40)``, the last bin closed; ``<0`` and ``>100`` beyond the ends."""
    texts = [format(edge, "f") for edge in edges]
    if number == 0:
        return f"<{texts[0]}"
    if number == len(edges):
        return f">{texts[-1]}"
    close = "]" if number == len(edges) - 1 else ")"
    return f"[{texts[number - 1]},{texts[number]}{close}"


def local_sql(value: str, kind: FieldType, parameters: Parameters) -> str:
    """A date as it is; an instant in the institution's time zone.

    Within a day of the ends of all time there may be no local time: it is that of UTC then.
    """
    if kind is not FieldType.TIMESTAMP:
        return value
    local = f"timezone({parameters.add(Zone())}, timezone('UTC', {value}))"
    far = f"CASE WHEN year({local}) BETWEEN 1 AND 9999 THEN {local} ELSE {value} END"
    return f"CASE WHEN {value} BETWEEN {_SECOND_DAY} AND {_LAST_DAY} THEN {local} ELSE {far} END"


def day_sql(local: str, kind: FieldType) -> str:
    """The day of a local date or time."""
    return local if kind is FieldType.DATE else f"CAST({local} AS DATE)"


def bucket_sql(
    local: str, kind: FieldType, bucket: str, parameters: Parameters, settings: Settings
) -> str:
    """The start of the bucket, its number, or the part, that a local date or time falls into."""
    if bucket in _PARTS:
        return f"{_PARTS[bucket]}({local})"
    if bucket == "hour":
        return f"date_trunc('hour', {local})"
    day = day_sql(local, kind)
    if bucket in ACADEMIC_BUCKETS:
        return _academic(day, bucket, parameters, settings)
    if bucket == "week":
        return _week(day, parameters, settings)
    if bucket == "month" and kind is FieldType.DATE:
        return _less_days(day, "day")
    return day if bucket == "day" else f"CAST(date_trunc('{bucket}', {day}) AS DATE)"


def _less_days(day: str, part: str) -> str:
    """The day less those that came before it in its month (``day``) or week (``isodow``).

    A third to two thirds of the time of ``date_trunc``, which goes by way of a timestamp. An
    infinite date has no parts, and stays as it is.
    """
    return f"coalesce({day} - CAST({part}({day}) - 1 AS INTEGER), {day})"


def exists_sql(start: str, kind: FieldType, bucket: str, parameters: Parameters) -> str | None:
    """Return SQL for an hour or day, beginning with ``start``, of which the clocks show anything.

    They skip some. A moment that they skip is shown as a later one; of an hour they may skip the
    first half. None: of other buckets, and of dates, there is always something.
    """
    if kind is not FieldType.TIMESTAMP or bucket not in {"hour", "day"}:
        return None
    zone, last = parameters.add(Zone()), "59 MINUTE" if bucket == "hour" else "1439 MINUTE"
    first = f"CAST({start} AS TIMESTAMP)"
    moments = (first, f"({first} + INTERVAL {last})")
    shown = (f"timezone({zone}, timezone({zone}, {moment}))" for moment in moments)
    return " OR ".join(f"date_trunc('{bucket}', {moment}) = {start}" for moment in shown)


def _academic(day: str, bucket: str, parameters: Parameters, settings: Settings) -> str:
    match bucket:
        case "term":
            return _by_term(day, parameters, settings, lambda number, _start: f"{number}")
        case "weekOfTerm":
            return _by_term(
                day,
                parameters,
                settings,
                lambda _n, start: _week_of(day, start, parameters, settings),
            )
        case "academicYear":
            if settings.year_month == 1:
                return f"year({day})"
            return f"year({day} - to_months({settings.year_month - 1:d}))"
        case _:
            raise AssertionError(bucket)


def _week(day: str, parameters: Parameters, settings: Settings) -> str:
    if settings.first_weekday == 1:
        return _less_days(day, "isodow")
    shift = f"CAST({parameters.add(FirstWeekday())} AS INTEGER)"
    first = f"(CAST(date_trunc('week', {day} - {shift}) AS DATE) + {shift})"
    # By itself greatest() passes over the NULL of a row without a date.
    return f"(CASE WHEN {day} IS NOT NULL THEN greatest({first}, DATE '0001-01-01') END)"


def week_start(day: date, first_weekday: int) -> date:
    """The first day of the week that holds ``day``."""
    return day - timedelta(days=(day.isoweekday() - first_weekday) % 7)


def _week_of(day: str, start: date, parameters: Parameters, settings: Settings) -> str:
    first = parameters.add(week_start(start, settings.first_weekday))
    week = _week(day, parameters, settings)
    return f"CAST(({week} - CAST({first} AS DATE)) / 7 AS INTEGER) + 1"


def _by_term(
    day: str, parameters: Parameters, settings: Settings, value: Callable[[int, date], str]
) -> str:
    """``value`` of the term that holds the day: of several, the one that began last."""
    cases = [
        f"WHEN {within(day, term, parameters)} THEN {value(number, term[0])}"
        for number, term in reversed(list(enumerate(settings.terms)))
    ]
    return f"CASE {' '.join(cases)} END" if cases else "CAST(NULL AS INTEGER)"


def within(day: str, term: tuple[date, date], parameters: Parameters) -> str:
    """Return SQL for a day in a term, both ends included."""
    first, last = (f"CAST({parameters.add(edge)} AS DATE)" for edge in term)
    return f"{day} BETWEEN {first} AND {last}"


def weeks_of_longest_term(settings: Settings) -> int:
    """The number of the last week of the term that has most weeks."""
    weeks = [
        (week_start(end, settings.first_weekday) - week_start(start, settings.first_weekday)).days
        // 7
        + 1
        for start, end in settings.terms
    ]
    return max(weeks, default=0)
