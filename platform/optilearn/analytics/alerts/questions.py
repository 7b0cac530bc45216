"""The question of an alert: its report, reduced to what is watched and in one form.

Alerts on the same numbers ask equal questions, whatever their limits, so that one answer serves
all of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from django.utils.translation import gettext as _

from optilearn.analytics.alerts.conditions import Condition, Kind, condition_of
from optilearn.analytics.alerts.findings import Rule
from optilearn.analytics.alerts.readings import Watch, number_of
from optilearn.core.errors import AppError, ErrorCode
from reports import api as reports
from reports.api import Catalog
from reports.errors import ReportError

Definition = Mapping[str, Any]
_CACHED: Final = 500


@dataclass(frozen=True)
class AlertForm:
    """The parts of an alert that decide about its outcome, as they are stored."""

    measure: str
    is_overall: bool
    condition: Mapping[str, Any]
    base_measure: str = ""
    base_minimum: Decimal | None = None
    muted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """A definition to ask, which cells of the answer to look at, and how to decide."""

    definition: Definition
    watch: Watch
    rule: Rule


def question_of(form: AlertForm, definition: Definition, catalog: Catalog) -> Question:
    """Return the question of an alert on a report.

    Raises ``AppError`` REPORT_INVALID: for what the catalog refuses, and with places in the alert
    for a report that can't be watched so.
    """
    problems = _unwatchable(definition)
    condition = condition_of(form.condition, _goal_of(definition))
    if condition is None:
        problems.append(
            _problem("/condition/kind", "NO_GOAL", _("The report's chart has no goal."))
        )
    if problems or condition is None:
        raise _refused(problems)
    asked = _reduced(form, definition, condition)
    measures = _measures(asked, catalog)
    _check_number(form.measure, measures, "/measure")
    base = form.base_measure or None
    if base is not None:
        if base not in measures:
            asked["measures"] = [*asked["measures"], base]
            measures = _measures(asked, catalog)
            base = list(measures)[-1]
        _check_number(base, measures, "/base/measure")
    rule = Rule(condition, form.base_minimum, frozenset(form.muted))
    return Question(asked, Watch(form.measure, base, form.is_overall), rule)


def _check_number(measure: str, measures: Mapping[str, bool], path: str) -> None:
    """Raises ``AppError`` REPORT_INVALID for a measure that isn't there, or is a text or a date."""
    if measures.get(measure):
        return
    is_there = measure in measures
    numbers = ", ".join(key for key, is_number in measures.items() if is_number)
    message = (
        _("An alert watches numbers, and this measure is none.")
        if is_there
        else _("The report has no such measure.")
    )
    hint = _("Use: %(known)s.") % {"known": numbers} if numbers else ""
    raise _refused([_problem(path, "NO_NUMBER" if is_there else "UNKNOWN", message, hint)])


def _measures(definition: Definition, catalog: Catalog) -> Mapping[str, bool]:
    """The keys of a definition's measures: True for numbers. Raises ``AppError`` REPORT_INVALID."""
    text = json.dumps([catalog.digest, definition], sort_keys=True, default=str)
    try:
        return _validated(_Asked(text, definition, catalog))
    except ReportError as error:
        found = [{**p.to_wire(), "path": f"/definition{p.path}"} for p in error.problems]
        raise AppError(ErrorCode.REPORT_INVALID, error.message, found) from error


@dataclass(frozen=True)
class _Asked:
    """A definition over a catalog; equal texts are validated once."""

    text: str
    definition: Definition = field(compare=False)
    catalog: Catalog = field(compare=False)


@lru_cache(_CACHED)
def _validated(asked: _Asked) -> Mapping[str, bool]:
    report = reports.validate(asked.definition, asked.catalog)
    return {measure.key: measure.type.is_number for measure in report.measures}


def _unwatchable(definition: Definition) -> list[dict[str, str]]:
    found = []
    if definition.get("mode") == "rows":
        message = _("A list of records has no numbers to watch.")
        hint = _("Use a report with measures, by the groups that you want to watch.")
        found.append(_problem("/definition/mode", "NOT_HERE", message, hint))
    if definition.get("asOf") is not None:
        message = _("An alert watches the newest snapshot.")
        found.append(_problem("/definition/asOf", "NOT_HERE", message, _("Leave this out.")))
    return found


def _reduced(form: AlertForm, definition: Definition, condition: Condition) -> dict[str, Any]:
    """The definition with what the alert needs, and without what changes none of its numbers."""
    asked = {k: v for k, v in definition.items() if k not in {"chart", "compare", "totals"}}
    if condition.kind is Kind.CHANGE:
        asked["compare"] = {"to": condition.to}
    if form.is_overall and definition.get("dimensions"):
        asked["totals"] = "subtotals" if definition.get("time") is not None else "grand"
    return asked


def _goal_of(definition: Definition) -> Decimal | None:
    chart = definition.get("chart")
    return number_of(chart.get("goal")) if isinstance(chart, Mapping) else None


def _refused(problems: list[dict[str, str]]) -> AppError:
    return AppError(ErrorCode.REPORT_INVALID, problems[0]["message"], problems)


def _problem(path: str, code: str, message: str, hint: str = "") -> dict[str, str]:
    return {"path": path, "code": code, "message": message, "hint": hint}
