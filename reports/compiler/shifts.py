"""Dates moved in time: a row as if it had happened some days, months or terms later.

Months, quarters and years keep the day of the month, or take the last day of a shorter one.
Terms keep the day of the term: the tenth day of one becomes the tenth day of a later one, and a
day that the later one doesn't have has no counterpart: it isn't compared, not even in a total.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from reports.catalog.model import FieldType
from reports.compiler.buckets import day_sql, local_sql, within
from reports.compiler.parameters import Parameters, Zone
from reports.compiler.settings import Settings
from reports.language.report import Shift

MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
_DAYS: Final = {"day": 1, "week": 7}


def shifted_local(
    value: str,
    kind: FieldType,
    shifts: tuple[Shift, ...],
    parameters: Parameters,
    settings: Settings,
    *,
    is_exact: bool = False,
) -> str:
    """The local date or time of ``value``, moved.

    ``is_exact``: NULL where the day has no counterpart (31 January, a month later).
    """
    local = local_sql(value, kind, parameters)
    for shift in shifts:
        day = day_sql(local, kind)
        moved = _moved(day, shift, parameters, settings, is_exact=is_exact)
        if kind is FieldType.DATE:
            local = moved
        else:
            local = f"({local} + to_days(CAST({moved} - {day} AS INTEGER)))"
    return local


def shifted_value(
    value: str,
    kind: FieldType,
    shifts: tuple[Shift, ...],
    parameters: Parameters,
    settings: Settings,
) -> str:
    """The date or UTC instant of ``value``, moved: for comparing with other ones."""
    local = shifted_local(value, kind, shifts, parameters, settings)
    if kind is FieldType.DATE:
        return local
    return f"timezone('UTC', timezone({parameters.add(Zone())}, {local}))"


def _moved(
    day: str, shift: Shift, parameters: Parameters, settings: Settings, *, is_exact: bool
) -> str:
    if shift.unit in _DAYS:
        return f"({day} + {shift.n * _DAYS[shift.unit]:d})"
    if shift.unit == "term":
        return _in_later_term(day, shift.n, parameters, settings)
    moved = f"CAST({day} + to_months({shift.n * MONTHS[shift.unit]:d}) AS DATE)"
    return f"(CASE WHEN day({moved}) = day({day}) THEN {moved} END)" if is_exact else moved


def _in_later_term(day: str, n: int, parameters: Parameters, settings: Settings) -> str:
    terms = settings.terms
    cases: list[str] = []
    for number in reversed(range(len(terms))):
        inside = within(day, terms[number], parameters)
        if number + n < len(terms):
            later = _counterpart(day, terms[number], terms[number + n], parameters)
        else:
            later = "NULL"
        cases.append(f"WHEN {inside} THEN {later}")
    return (
        f"(CASE {' '.join(cases)} ELSE CAST(NULL AS DATE) END)" if cases else "CAST(NULL AS DATE)"
    )


def _counterpart(
    day: str,
    term: tuple[date, date],
    later: tuple[date, date],
    parameters: Parameters,
) -> str:
    moved = f"({day} + {(later[0] - term[0]).days:d})"
    last = f"CAST({parameters.add(later[1])} AS DATE)"
    return f"CASE WHEN {moved} <= {last} THEN {moved} END"
