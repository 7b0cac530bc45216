"""Counterparts: rows of a result that have anything at an earlier time.

Counts and sums over nothing are 0; but where no day of a row has a counterpart (a week after the
previous term's last day, 29 February a year before), there is nothing to count: the value is NULL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from reports.catalog.paths import is_same
from reports.compiler.context import Context
from reports.compiler.parameters import Counterparts
from reports.compiler.plan import LEVEL, mask
from reports.compiler.shifts import MONTHS, earlier_sql
from reports.language.logic import conjuncts
from reports.language.report import Base, Condition, Report, Shift

ALWAYS: Final = frozenset(("day", "week"))
"""Units by which every day has an earlier one."""
_DAYS: Final = frozenset(("hour", "day"))
_DATES: Final = frozenset(("week", "month", "quarter", "year"))


def counterparts_of(report: Report, shifts: tuple[Shift, ...]) -> Counterparts | None:
    """Return the counterparts of the days a report asks about; None: all days have one."""
    if all(shift.unit in ALWAYS for shift in shifts):
        return None
    bucket = report.time.bucket if report.time else ""
    return Counterparts(shifts, bucket, moved_ranges(report))


def moved_ranges(report: Report) -> tuple[Condition, ...]:
    """The filters that every row must meet on the dates by which measures are moved."""
    always = set(conjuncts(report.logic))
    return tuple(
        c
        for number, c in enumerate(report.filters)
        if isinstance(c, Condition)
        and c.other is None
        and number in always
        and any(is_same(c.path, path) for path in report.shifted)
    )


def known_sql(context: Context, bases: Iterable[Base]) -> Mapping[Base, str]:
    """For each aggregate that is moved in time: SQL that is true where it has a counterpart.

    Windows are left as they are: they look back over other days than those of their bucket.
    """
    found: dict[Base, str] = {}
    for base in bases:
        if not base.shifts or (base.window is not None and base.window.looks_back):
            continue
        sql = _sql(context, base.shifts)
        if sql is not None:
            found[base] = sql
    return found


def _sql(context: Context, shifts: tuple[Shift, ...]) -> str | None:
    asked = counterparts_of(context.report, shifts)
    if asked is None:
        return None
    any_day = f"CAST({context.parameters.add(asked)} AS BOOLEAN)"
    groups = context.groups
    if context.report.time is None or asked.bucket == "hourOfDay":
        return any_day
    in_bucket = _in_bucket(context, asked)
    grand = mask(0, len(groups))
    return f"CASE WHEN {LEVEL} = {grand} THEN {any_day} ELSE {in_bucket} END"


def _in_bucket(context: Context, asked: Counterparts) -> str:
    bucket, parameters = context.groups[0], context.parameters
    if asked.bucket in _DAYS:
        day = f"CAST({bucket} AS DATE)"  # of an hour; of a total without time, a NULL without type
        return f"({earlier_sql(day, asked.shifts, parameters, context.settings)} IS NOT NULL)"
    kind = "DATE" if asked.bucket in _DATES else "BIGINT"
    key = bucket if kind == "DATE" else f"CAST({bucket} AS BIGINT)"
    # By months the buckets that lack one are few, by terms those that have one.
    by_months = all(shift.unit in ALWAYS or shift.unit in MONTHS for shift in asked.shifts)
    wanted = replace(asked, wanted="lacking" if by_months else "having")
    listed = f"contains(CAST({parameters.add(wanted)} AS {kind}[]), {key})"
    return f"(NOT {listed})" if by_months else listed
