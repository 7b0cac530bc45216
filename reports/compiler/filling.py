"""Between which buckets a temporal report is filled.

The ends come from the filters on the date of the axis that every row must meet; where they
leave an end open, the data decide.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from reports.catalog.model import FieldType
from reports.catalog.paths import Path
from reports.compiler.buckets import (
    bucket_sql,
    day_sql,
    exists_sql,
    local_sql,
    weeks_of_longest_term,
)
from reports.compiler.conditions import is_day
from reports.compiler.context import Context
from reports.compiler.parameters import Edge, Instant, Parameters
from reports.compiler.plan import Combine, Fill
from reports.compiler.settings import Settings
from reports.language.logic import conjuncts
from reports.language.report import Condition, Report

End = tuple[Literal["lower", "upper"], str]
"""SQL for a moment inside the first or the last bucket."""

STEPS: Final = {
    "hour": "INTERVAL 1 HOUR",
    "day": "INTERVAL 1 DAY",
    "week": "INTERVAL 7 DAY",
    "month": "INTERVAL 1 MONTH",
    "quarter": "INTERVAL 3 MONTH",
    "year": "INTERVAL 1 YEAR",
}
_PARTS: Final = {
    "hourOfDay": (0, 23),
    "dayOfWeek": (1, 7),
    "dayOfMonth": (1, 31),
    "monthOfYear": (1, 12),
}


def fill_of(context: Context, axis: Path, combine: Combine, levels: tuple[int, ...]) -> Fill:
    """The node that fills ``combine`` along ``axis``."""
    time = context.report.time
    assert time is not None
    parameters, settings = context.parameters, context.settings
    parts = _PARTS | {"weekOfTerm": (1, weeks_of_longest_term(settings))}
    if time.bucket in parts:
        first, last = parts[time.bucket]
        return Fill(combine, f"{first:d}", f"{last:d}", None, is_date=False, levels=levels)
    kind = axis.field.type

    def bucket_of(moment: str, side: str) -> str:
        local = local_sql(moment, kind, parameters)
        if time.bucket == "term":
            return _term_at(day_sql(local, kind), side, parameters, settings)
        return bucket_sql(local, kind, time.bucket, parameters, settings)

    ends = list(_ends(context.report, axis, parameters))
    lower = [bucket_of(sql, side) for side, sql in ends if side == "lower"]
    upper = [bucket_of(sql, side) for side, sql in ends if side == "upper"]
    is_date = time.bucket in STEPS and time.bucket != "hour"
    return Fill(
        combine,
        f"greatest({', '.join(lower)})" if lower else None,
        f"least({', '.join(upper)})" if upper else None,
        STEPS.get(time.bucket),
        is_date=is_date,
        levels=levels,
        exists=exists_sql('"b"', kind, time.bucket, parameters),
    )


def _term_at(day: str, side: str, parameters: Parameters, settings: Settings) -> str:
    """The first term that isn't over on ``day``, or the last one that has begun by then."""
    numbers = ["0" if side == "lower" else "-1"]
    for first, last in settings.terms:
        edge = f"CAST({parameters.add(last if side == 'lower' else first)} AS DATE)"
        test = f"{edge} < {day}" if side == "lower" else f"{edge} <= {day}"
        numbers.append(f"CASE WHEN {test} THEN 1 ELSE 0 END")
    return f"({' + '.join(numbers)})"


def _ends(report: Report, axis: Path, parameters: Parameters) -> Iterator[End]:
    always = set(conjuncts(report.logic))
    for index, condition in enumerate(report.filters):
        if not isinstance(condition, Condition) or condition.other is not None:
            continue
        if index not in always:
            continue
        path = condition.path
        if (path.hops, path.field) == (axis.hops, axis.field):
            yield from _ends_of(condition, path.field.type, parameters)


def _ends_of(condition: Condition, kind: FieldType, parameters: Parameters) -> Iterator[End]:
    is_date = kind is FieldType.DATE
    before = " - 1" if is_date else " - INTERVAL 1 MICROSECOND"
    cast = "DATE" if is_date else "TIMESTAMP"

    def name(index: int, *, is_after: bool = False) -> str:
        value = condition.values[index]
        moment = value if is_date else Instant(value, is_after=is_after)
        return f"CAST({parameters.add(moment)} AS {cast})"

    is_whole = not is_date and bool(condition.values) and is_day(condition.values[0])

    if condition.relative:
        relative = condition.relative
        edge = Edge(relative, "to", not is_date)
        yield "upper", f"(CAST({parameters.add(edge)} AS {cast}){before})"
        if condition.op != "olderThan":
            edge = Edge(relative, "from", not is_date)
            yield "lower", f"CAST({parameters.add(edge)} AS {cast})"
    elif condition.op in {"gte", "gt", "eq", "between"}:
        is_later = condition.op == "gt"
        lower = name(0, is_after=is_whole and is_later)
        yield "lower", f"({lower} + 1)" if is_later and is_date else lower
    if condition.op in {"lte", "eq"}:
        yield "upper", f"({name(0, is_after=True)}{before})" if is_whole else name(0)
    elif condition.op in {"lt", "between"}:
        yield "upper", f"({name(-1)}{before})"
