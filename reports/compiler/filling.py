"""Between which buckets a temporal report is filled.

The ends come from the filters on the date of the axis that every row must meet; where they
leave an end open, the data decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Literal

from reports.catalog.model import FieldType
from reports.catalog.paths import Path
from reports.compiler.parameters import Edge, Instant, Parameters
from reports.compiler.plan import Combine, Fill
from reports.language.logic import OR
from reports.language.report import Condition, Report

End = tuple[Literal["lower", "upper"], str]
"""SQL for a moment inside the first or the last bucket."""

_STEPS: Final = {
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


def fill_of(
    report: Report,
    axis: Path,
    combine: Combine,
    parameters: Parameters,
    bucket_of: Callable[[str], str],
) -> Fill:
    """The node that fills ``combine``; ``bucket_of`` makes the bucket of a moment's SQL."""
    assert report.time is not None
    if report.time.bucket in _PARTS:
        first, last = _PARTS[report.time.bucket]
        return Fill(combine, f"{first:d}", f"{last:d}", None, is_date=False)
    ends = list(_ends(report, axis, parameters))
    lower = [bucket_of(sql) for side, sql in ends if side == "lower"]
    upper = [bucket_of(sql) for side, sql in ends if side == "upper"]
    return Fill(
        combine,
        f"greatest({', '.join(lower)})" if lower else None,
        f"least({', '.join(upper)})" if upper else None,
        _STEPS[report.time.bucket],
        is_date=report.time.bucket != "hour",
    )


def _ends(report: Report, axis: Path, parameters: Parameters) -> Iterator[End]:
    if OR in report.logic:
        return
    for condition in report.filters:
        if not isinstance(condition, Condition) or condition.other is not None:
            continue
        path = condition.path
        if (path.hops, path.field) == (axis.hops, axis.field):
            yield from _ends_of(condition, path.field.type, parameters)


def _ends_of(condition: Condition, kind: FieldType, parameters: Parameters) -> Iterator[End]:
    is_date = kind is FieldType.DATE
    before = " - 1" if is_date else " - INTERVAL 1 MICROSECOND"
    cast = "DATE" if is_date else "TIMESTAMP"

    def name(index: int) -> str:
        value = condition.values[index]
        return f"CAST({parameters.add(value if is_date else Instant(value))} AS {cast})"

    if condition.relative:
        relative = condition.relative
        edge = Edge(relative, "to", not is_date)
        yield "upper", f"(CAST({parameters.add(edge)} AS {cast}){before})"
        if condition.op != "olderThan":
            edge = Edge(relative, "from", not is_date)
            yield "lower", f"CAST({parameters.add(edge)} AS {cast})"
    elif condition.op in {"gte", "gt", "eq", "between"}:
        yield "lower", f"({name(0)} + 1)" if condition.op == "gt" and is_date else name(0)
    if condition.op in {"lte", "eq"}:
        yield "upper", name(0)
    elif condition.op in {"lt", "between"}:
        yield "upper", f"({name(-1)}{before})"
