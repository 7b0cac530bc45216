"""A few numbers of the whole scope, now and in an earlier snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dashboards.formats import Formatter, number_of
from dashboards.messages import Locale
from dashboards.presets.shorthand import grouped
from dashboards.shape import Shape
from optilearn.analytics.catalog import current_catalog
from optilearn.analytics.presenting.results import in_readers_language, result_of
from optilearn.analytics.services import answer_report, scope_of
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.jsontext import read_json
from optilearn.institutions.selectors import institution_by_id

_QUESTIONS: Final = (
    ("students", "students.count"),
    ("enrollments", "enrollments.count"),
    ("activity", "activity.activeLearners"),
    ("submissions", "submissions.count"),
    ("enrollments", "enrollments.completionRate"),
    ("submissions", "submissions.avgScore"),
)


@dataclass(frozen=True)
class Headline:
    """A number with its change; ``trend`` is up, down, level, or empty without an earlier one."""

    label: str
    value: str
    definition: Mapping[str, Any]
    change: str = ""
    before: str = ""
    trend: str = ""
    is_zero: bool = False


def headlines(principal: Principal, earlier_id: str, locale: Locale) -> list[Headline]:
    """The numbers in the principal's scope; what can't be answered is left out.

    ``earlier_id`` is the snapshot that they are compared with; empty: none.
    """
    roots = set(current_catalog().roots)
    found = []
    for entity, metric in _QUESTIONS:
        if entity in roots:
            headline = _headline(principal, grouped("kpi", entity, [metric]), earlier_id, locale)
            found += [headline] if headline else []
    return found


def _headline(
    principal: Principal, definition: dict[str, Any], earlier_id: str, locale: Locale
) -> Headline | None:
    compared = {"to": "snapshot", "snapshot": earlier_id}
    asked = definition | ({"compare": compared} if earlier_id else {})
    try:
        answer = read_json(answer_report(principal=principal, definition=asked))
    except AppError as error:
        if error.code not in {ErrorCode.REPORT_INVALID, ErrorCode.FORBIDDEN}:
            raise
        return None
    zone = institution_by_id(principal.institution_id).time_zone
    result = result_of(answer, asked, scope_of(principal), zone)
    shape = Shape.of(in_readers_language(result, current_catalog()))
    column = shape.measures[0]
    fmt, shown = Formatter(locale, zone), shape.columns[column]
    now = shape.number(0, column)
    if now is None:
        return None
    value = fmt.cell(shape.cell(0, column), shown)
    old = number_of(shape.before(0, column)) if shape.is_compared else None
    if old is None:
        return Headline(fmt.label(shown), value, definition, is_zero=now == 0)
    return Headline(
        fmt.label(shown),
        value,
        definition,
        change=fmt.change(shape.before(0, column), shape.cell(0, column), shown),
        before=fmt.cell(shape.before(0, column), shown),
        trend="up" if now > old else "down" if now < old else "level",
        is_zero=now == 0 and old == 0,
    )
