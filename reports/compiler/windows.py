"""Measures that look back: over the last days or months, or since the start of the month.

The rows are added up day by day where that is enough, and each bucket's window then adds up
its days: a year of days by 28 days costs ten thousand additions, however many rows there are.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Final

from reports.catalog.model import FieldType
from reports.catalog.paths import is_same
from reports.compiler.aggregates import people_sql
from reports.compiler.branches import Branch
from reports.compiler.buckets import bucket_sql, day_sql, exists_sql, local_sql, within
from reports.compiler.conditions import is_day
from reports.compiler.context import Context
from reports.compiler.filling import STEPS
from reports.compiler.guards import quoted
from reports.compiler.parameters import Edge, Instant, Late, Parameters
from reports.compiler.plan import Aggregate, Buckets, Daily, Output, Spine, WindowRows
from reports.compiler.settings import Settings
from reports.compiler.shifts import MONTHS, shifted_local
from reports.language.logic import sole_conjuncts
from reports.language.report import Base, Condition, Constant, Window

_PARTS_OF: Final = MappingProxyType(
    {
        "all": ("day", "week", "month", "quarter", "year"),
        "year": ("day", "month", "quarter", "year"),
        "quarter": ("day", "month", "quarter"),
        "month": ("day", "month"),
        "week": ("day", "week"),
        "day": ("day",),
    }
)
"""The buckets of which a unit is made whole."""

_END_OF_TIME: Final = "DATE '9999-12-31' + 1"

_ADDED: Final = {"count": "sum", "sum": "sum", "min": "min", "max": "max"}
"""The aggregate that adds up what was added up by day."""


def window_branches(
    context: Context, name: str, base: Base, levels: tuple[int, ...]
) -> tuple[Aggregate, ...]:
    """One aggregate for each level, over windows on the same days."""
    assert base.window is not None
    branch = Branch(context, base.entity, base.shifts, base.window)
    daily, outputs = _daily(branch, name, base, base.window)
    found: list[Aggregate] = []
    for level in levels:
        in_time = context.report.time is not None and level > 0
        spine = _spine(branch, base.window, in_time=in_time)
        time = "d0" if in_time else None
        found.append(Aggregate(WindowRows(daily, spine, time), context.groups, outputs, (level,)))
    return tuple(found)


def _daily(
    branch: Branch, name: str, base: Base, window: Window
) -> tuple[Daily, tuple[Output, ...]]:
    context, source = branch.context, branch.source
    where = branch.where()
    kind, value = window.path.field.type, source.field(window.path)
    parameters, settings = context.parameters, context.settings
    local = shifted_local(value, kind, branch.shifts, parameters, settings)
    day = source.output(Moments(context, window).floor(local, kind), "day")
    groups, _dated = branch.groups()
    groups = tuple(g for g in groups if context.report.time is None or g.name != "d0")
    outputs = branch.outputs(name, base)
    rows = source.rows(groups, (*where, f"({value} IS NOT NULL)"))
    names = tuple(quoted(g.name) for g in groups)
    is_float = base.operand is not None and base.operand.field.type is FieldType.FLOAT
    if base.agg in _ADDED and len(outputs) == 1 and not is_float:
        again = Output(name, f"{_ADDED[base.agg]}({quoted(name)})")
        return Daily(rows, quoted(day), names, outputs), (again,)
    return Daily(rows, quoted(day), names, is_distinct=base.agg == "countDistinct"), outputs


def steps_of(context: Context, base: Base) -> Aggregate:
    """Return the people of the steps between windows, or between two times, group by group.

    What two windows differ by is made of whole steps: of buckets where each window is made of
    whole buckets, else of days (hours where either is counted in hours). Steps before the shown
    range count too, as windows reach back to them.
    """
    if base.window is None:
        # What a range and the same one moved differ by is made of days at their ends.
        has_axis = context.report.time is not None
        shifted = context.report.shifted
        path = context.axis(base.entity) if has_axis else context.seen(shifted[0], base.entity)
        base = replace(base, shifts=(), window=Window("trailing", path, "day"))
    assert base.window is not None
    branch = Branch(context, base.entity, base.shifts, base.window)
    source, window = branch.source, base.window
    where = branch.where()
    kind, value = window.path.field.type, source.field(window.path)
    parameters, settings = context.parameters, context.settings
    local = shifted_local(value, kind, branch.shifts, parameters, settings)
    step = bucket_sql(local, kind, _step(context, window), parameters, settings)
    groups, _dated = branch.groups()
    named = (*(g for g in groups if context.report.time is None or g.name != "d0"),
             Output("step", step))  # fmt: skip
    people = people_sql(base, source, branch.flag(base))
    assert people is not None, "asked of measures about people alone"
    outputs = (Output("people", people.people), Output("others", people.others))
    rows = source.rows(named, (*where, f"({value} IS NOT NULL)"))
    return Aggregate(rows, tuple(quoted(g.name) for g in named), outputs)


def _step(context: Context, window: Window) -> str:
    time = context.report.time
    bucket = time.bucket if time is not None else ""
    if window.unit == bucket and window.kind == "trailing" and bucket != "term":
        return bucket
    if window.kind == "toDate" and bucket in _PARTS_OF.get(window.unit, ()):
        return bucket
    return "hour" if "hour" in {window.unit, bucket} else "day"


class Moments:
    """The moments by which a window distinguishes its rows: days, or hours if asked for."""

    def __init__(self, context: Context, window: Window) -> None:
        time = context.report.time
        self.bucket = time.bucket if time is not None else ""
        self.in_hours = "hour" in {window.unit, self.bucket}
        self.one = "INTERVAL 1 HOUR" if self.in_hours else "1"
        self.kind = FieldType.TIMESTAMP if self.in_hours else FieldType.DATE
        self._context = context

    def floor(self, local: str, kind: FieldType) -> str:
        """The day or hour of a local date or time."""
        return f"date_trunc('hour', {local})" if self.in_hours else day_sql(local, kind)

    def bucket_of(self, moment: str, bucket: str) -> str:
        """The bucket of a day or hour."""
        parameters, settings = self._context.parameters, self._context.settings
        return bucket_sql(moment, self.kind, bucket, parameters, settings)

    @property
    def last(self) -> str:
        """The last day or hour before ``"hi"``."""
        return f'("hi" - {self.one})'

    def low(self, window: Window) -> str | None:
        """The beginning of a window before ``"hi"``; None: it has none."""
        parameters, settings = self._context.parameters, self._context.settings
        last_day = day_sql(self.last, self.kind)
        if window.kind == "trailing":
            return self._back(window, last_day)
        if window.unit == "all":
            return None
        if window.unit == "term":
            return _start_of_term(last_day, parameters, settings)
        return self.bucket_of(self.last, window.unit)

    def _back(self, window: Window, last_day: str) -> str:
        if window.unit == "term":
            return self._terms_back(window.n, last_day)
        return f'CAST("hi" - {_length(window)} AS {self.sql_kind})'

    def reach(self, window: Window) -> str | None:
        """The longest time after a row in which a window still sees it; None: without end."""
        if window.kind != "trailing" and window.unit == "all":
            return None
        if window.unit == "term":
            ends = [day for term in self._context.settings.terms for day in term]
            return f"to_days({(max(ends) - min(ends)).days + 1 if ends else 0:d})"
        # The last day of a short month is what a month before each of four days is.
        slack = " + to_days(3)" if window.unit in MONTHS else ""
        return _length(window) + slack

    def after_bucket(self, start: str) -> str:
        """Return the moment after the bucket that begins with ``start``.

        The last week of all time has days that nothing can be on: it ends with the year 9999.
        """
        end = f"CAST({start} + {STEPS[self.bucket]} AS {self.sql_kind})"
        return f"least({end}, {_END_OF_TIME})" if self.bucket == "week" else end

    @property
    def sql_kind(self) -> str:
        """The type of a day or hour in SQL."""
        return "TIMESTAMP" if self.in_hours else "DATE"

    def _terms_back(self, n: int, last_day: str) -> str:
        """The same day of the term ``n`` terms before; the first term's start, if there is none."""
        parameters, terms = self._context.parameters, self._context.settings.terms
        cases: list[str] = []
        for number in reversed(range(len(terms))):
            inside = within(last_day, terms[number], parameters)
            if number < n:
                back = f"CAST({parameters.add(terms[0][0])} AS {self.sql_kind})"
            else:
                days = (terms[number][0] - terms[number - n][0]).days
                back = f'CAST("hi" - to_days({days:d}) AS {self.sql_kind})'
            cases.append(f"WHEN {inside} THEN {back}")
        return f"(CASE {' '.join(cases)} END)" if cases else "CAST(NULL AS DATE)"


def _spine(branch: Branch, window: Window, *, in_time: bool) -> Spine:
    context = branch.context
    moments = Moments(context, window)
    first, after = range_sql(branch, window)
    low, bucket = moments.low(window), moments.bucket
    if not in_time or not bucket:
        return Spine(first, after, low, moments.one)
    buckets = Buckets(
        of_row=moments.bucket_of('"at"', bucket),
        first=moments.bucket_of('"lo"', bucket),
        last=moments.bucket_of(moments.last, bucket),
        step=STEPS[bucket],
        kind="TIMESTAMP" if bucket == "hour" else "DATE",
        reach=moments.reach(window),
        after=moments.after_bucket('"b"'),
        exists=exists_sql('"b"', window.path.field.type, bucket, context.parameters),
    )
    return Spine(first, after, low, moments.one, buckets)


def _length(window: Window) -> str:
    """Return the greatest length of a window of hours, days or months, as an interval."""
    n = window.n if window.kind == "trailing" else 1
    if window.unit in MONTHS:
        return f"to_months({n * MONTHS[window.unit]:d})"
    if window.unit == "hour":
        return f"to_hours({n:d})"
    return f"to_days({n * (7 if window.unit == 'week' else 1):d})"


def _start_of_term(day: str, parameters: Parameters, settings: Settings) -> str:
    cases = [
        f"WHEN {within(day, term, parameters)} THEN CAST({parameters.add(term[0])} AS DATE)"
        for term in reversed(settings.terms)
    ]
    return f"(CASE {' '.join(cases)} END)" if cases else "CAST(NULL AS DATE)"


def range_sql(branch: Branch, window: Window) -> tuple[str | None, str | None]:
    """The days that the filters on the window's date give, the end exclusive."""
    context, entity = branch.context, branch.source.entity.key
    single = set(sole_conjuncts(context.report.logic))
    lower: list[str] = []
    upper: list[str] = []
    for index, condition in enumerate(context.report.filters):
        if not isinstance(condition, Condition) or index not in single:
            continue
        if not is_same(context.seen(condition.path, entity), window.path):
            continue
        low, high = day_range(condition, window, context)
        lower += [low] if low else []
        upper += [high] if high else []
    first = f"greatest({', '.join(lower)})" if len(lower) > 1 else next(iter(lower), None)
    after = f"least({', '.join(upper)})" if len(upper) > 1 else next(iter(upper), None)
    return first, after


def day_range(
    condition: Condition, window: Window, context: Context
) -> tuple[str | None, str | None]:
    """SQL for the first day that a range filter lets pass, and for the day after the last.

    Hours, where hours are asked for.
    """
    ends = _Ends(window.path.field.type, Moments(context, window), context.parameters)
    if condition.relative is not None:
        upper = ends.after(Edge(condition.relative, "to", not ends.is_date))
        if condition.op == "olderThan":
            return None, upper
        return ends.first(Edge(condition.relative, "from", not ends.is_date)), upper
    low = {"eq": ends.first, "gte": ends.first, "between": ends.first, "gt": ends.later}
    high = {"eq": ends.beyond, "lte": ends.beyond, "between": ends.after, "lt": ends.after}
    lower, upper_of = low.get(condition.op), high.get(condition.op)
    return (
        lower(ends.moment(condition.values[0])) if lower else None,
        upper_of(ends.moment(condition.values[-1])) if upper_of else None,
    )


class _Ends:
    """The ends of a range of dates or instants, as local days or hours."""

    def __init__(self, kind: FieldType, moments: Moments, parameters: Parameters) -> None:
        self.is_date = kind is FieldType.DATE
        self._kind = kind
        self._moments = moments
        self._parameters = parameters

    def moment(self, value: Constant) -> Constant | Instant:
        """A constant as the parameter that it becomes."""
        return value if self.is_date else Instant(value)

    def _sql(self, value: Constant | Late) -> str:
        return f"CAST({self._parameters.add(value)} AS {'DATE' if self.is_date else 'TIMESTAMP'})"

    def _floor(self, sql: str) -> str:
        return self._moments.floor(local_sql(sql, self._kind, self._parameters), self._kind)

    def first(self, value: Constant | Late) -> str:
        """The day or hour of a moment that is inside."""
        return self._floor(self._sql(value))

    def beyond(self, value: Constant | Late) -> str:
        """Return the moment after a moment's day or hour; of a day for an instant, its end."""
        if self._moments.in_hours and isinstance(value, Instant) and is_day(value.value):
            return self.after(Instant(value.value, is_after=True))
        return f"({self.first(value)} + {self._moments.one})"

    def later(self, value: Constant | Late) -> str:
        """The first one with a later moment: of an instant its own, of a day the next day's."""
        is_whole = self.is_date or (isinstance(value, Instant) and is_day(value.value))
        return self.beyond(value) if is_whole else self.first(value)

    def after(self, value: Constant | Late) -> str:
        """Return the moment after the last one before an end that is outside."""
        if self.is_date:
            return self._sql(value)
        last = self._floor(f"({self._sql(value)} - INTERVAL 1 MICROSECOND)")
        return f"({last} + {self._moments.one})"
