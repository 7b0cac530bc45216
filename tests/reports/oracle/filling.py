"""The buckets that ``fill`` adds: every one between the ends, for every series."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from reports.catalog.model import FieldType
from tests.reports.oracle.calendar import DAY, Span
from tests.reports.oracle.conditions import RELATIVE, conjuncts, constant
from tests.reports.oracle.schema import NoWay, Path
from tests.reports.oracle.streams import Key, Streams

_WHOLE = {"hourOfDay": (0, 23), "dayOfWeek": (1, 7), "dayOfMonth": (1, 31), "monthOfYear": (1, 12)}
_TICK = timedelta(microseconds=1)
_HOUR = timedelta(hours=1)
Ends = tuple[Any, Any]
"""The first and the last local day or moment that the filters leave; None: open."""


def filled(streams: Streams, groups: set[Key], axis: Path) -> set[Key]:
    """``groups`` and those that are missing between the ends."""
    series = {key[1:] for key in groups} if streams.dimensions else {()}
    return groups | {
        (bucket, *rest) for bucket in _buckets(streams, groups, axis) for rest in series
    }


def _buckets(streams: Streams, groups: set[Key], axis: Path) -> list[tuple[Any, Any]]:
    assert streams.time is not None
    calendar, bucket = streams.calendar, streams.time["bucket"]
    if bucket in _WHOLE:
        first, last = _WHOLE[bucket]
        return [(n, n) for n in range(first, last + 1)]
    if bucket == "weekOfTerm":
        weeks = [calendar.week_of(term, term.last) for term in calendar.terms]
        return [(n, n) for n in range(1, max(weeks, default=0) + 1)]
    lower, upper = ends_of(streams, axis)
    if bucket == "term":
        return _terms(streams, groups, lower, upper)
    found = sorted(key[0][0] for key in groups if key[0] is not None)
    if bucket == "academicYear":
        found = [date(year, 12, 31) for year in found]
    if (lower is None or upper is None) and not found:
        return []
    lower = found[0] if lower is None else lower
    upper = found[-1] if upper is None else upper
    if bucket == "hour":
        lower, upper = (_hour(lower), _hour(upper))
        return list(calendar.buckets(bucket, lower, upper))
    return list(calendar.buckets(bucket, _as_day(lower), _as_day(upper)))


def _terms(streams: Streams, groups: set[Key], lower: Any, upper: Any) -> list[tuple[Any, Any]]:
    """The terms between the ends: those that the range meets, or those between terms found."""
    found = sorted(key[0][0] for key in groups if key[0] is not None)
    terms = list(streams.calendar.terms)
    if (lower is None or upper is None) and not found:
        return []
    if lower is not None:
        terms = [t for t in terms if t.last >= _as_day(lower)]
    else:
        terms = [t for t in terms if t.first >= found[0]]
    if upper is not None:
        terms = [t for t in terms if t.first <= _as_day(upper)]
    else:
        terms = [t for t in terms if t.first <= found[-1]]
    return [(t.first, t.code) for t in terms]


def _hour(value: datetime) -> datetime:
    return value.replace(minute=0, second=0, microsecond=0)


def _as_day(value: Any) -> date:
    return value.date() if isinstance(value, datetime) else value


def ends_of(streams: Streams, axis: Path) -> Ends:
    """Between which days, or moments, the filters let the axis be."""
    if axis.kind is FieldType.DATE:
        _, span = streams.bounding(axis)
        return span.lower, span.upper - DAY if span.upper else None
    lowers, uppers = [], []
    for part in conjuncts(streams.tree):
        wire = streams.filters[part] if isinstance(part, int) else {}
        if "field" in wire and _is(streams, axis, wire["field"]):
            lower, upper = _moments(streams, wire)
            lowers += [lower] if lower else []
            uppers += [upper] if upper else []
    local = streams.calendar.local
    return (
        local(max(lowers)) if lowers else None,
        local(min(uppers) - _TICK) if uppers else None,
    )


def _is(streams: Streams, axis: Path, text: str) -> bool:
    try:
        return streams.schema.seen(streams.schema.path(streams.root, text), axis.start) == axis
    except NoWay:
        return False


def _moments(streams: Streams, wire: Any) -> tuple[datetime | None, datetime | None]:
    """The stored instants ``[from, to)`` that a condition on an instant leaves."""
    calendar, op, value = streams.calendar, wire["op"], wire.get("value")
    if op in RELATIVE:
        span: Span = calendar.span(op, value.get("n", 1), value["unit"])
        return (
            calendar.instant(span.lower) if span.lower else None,
            calendar.instant(span.upper) if span.upper else None,
        )
    if isinstance(value, dict) or op not in {"eq", "gte", "gt", "lt", "lte", "between"}:
        return None, None
    values = constant(value, FieldType.TIMESTAMP, calendar)
    if op == "between":
        return values[0], values[1]
    after = values + _TICK
    if len(value) == len("2026-09-01"):
        after = calendar.instant(date.fromisoformat(value) + DAY)
        values = after if op == "gt" else values
    lower = values if op in {"eq", "gte", "gt"} else None
    upper = values if op == "lt" else after if op in {"eq", "lte"} else None
    return lower, upper
