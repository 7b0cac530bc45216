"""Dates moved in time: a row as if it had happened some days, months or terms later.

Months, quarters and years keep the day of the month, or take the last day of a shorter one.
Terms keep the day of the term: the tenth day of one becomes the tenth day of a later one, and a
day that the later one doesn't have has no counterpart: it isn't compared, not even in a total.
A day that lies in two terms belongs to the one that began last.
"""

from __future__ import annotations

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
        moved = _within_time(_moved(day, shift, parameters, settings, is_exact=is_exact))
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
        return _in_other_term(day, shift.n, parameters, settings)
    moved = f"CAST({day} + to_months({shift.n * MONTHS[shift.unit]:d}) AS DATE)"
    return f"(CASE WHEN day({moved}) = day({day}) THEN {moved} END)" if is_exact else moved


def earlier_sql(
    day: str, shifts: tuple[Shift, ...], parameters: Parameters, settings: Settings
) -> str:
    """Return the day that ``shifts`` move onto this one; NULL where there is none."""
    for shift in reversed(shifts):
        back = Shift(-shift.n, shift.unit)
        day = _within_time(_moved(day, back, parameters, settings, is_exact=True))
    return day


def _within_time(day: str) -> str:
    """A day that has a name; what would lie before the year 1 or after 9999 is nowhere."""
    return f"(CASE WHEN {day} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN {day} END)"


def _in_other_term(day: str, n: int, parameters: Parameters, settings: Settings) -> str:
    """The same day of the term ``n`` terms later, or earlier; NULL where it has no such day."""
    terms = settings.terms
    cases: list[str] = []
    for number in reversed(range(len(terms))):
        inside = within(day, terms[number], parameters)
        there = "NULL"
        if 0 <= number + n < len(terms):
            there = _counterpart(day, number, number + n, parameters, settings)
        cases.append(f"WHEN {inside} THEN {there}")
    return (
        f"(CASE {' '.join(cases)} ELSE CAST(NULL AS DATE) END)" if cases else "CAST(NULL AS DATE)"
    )


def _counterpart(
    day: str, number: int, other: int, parameters: Parameters, settings: Settings
) -> str:
    """Return the term's counterpart; where terms overlap, a day is of the one that began last."""
    terms = settings.terms
    moved = f"({day} + {(terms[other][0] - terms[number][0]).days:d})"
    last = f"CAST({parameters.add(terms[other][1])} AS DATE)"
    tests = [f"{moved} <= {last}"]
    overlapping = [term for term in terms[other + 1 :] if term[0] <= terms[other][1]]
    tests += [f"NOT {within(moved, term, parameters)}" for term in overlapping]
    return f"CASE WHEN {' AND '.join(tests)} THEN {moved} END"
