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
    keys = _measures(asked, catalog)
    if form.measure not in keys:
        message = _("The report has no such measure.")
        hint = _("Use: %(known)s.") % {"known": ", ".join(keys)}
        raise _refused([_problem("/measure", "UNKNOWN", message, hint)])
    base = form.base_measure or None
    if base is not None and base not in keys:
        asked["measures"] = [*asked["measures"], base]
        base = _measures(asked, catalog)[-1]
    rule = Rule(condition, form.base_minimum, frozenset(form.muted))
    return Question(asked, Watch(form.measure, base, form.is_overall), rule)


def _measures(definition: Definition, catalog: Catalog) -> tuple[str, ...]:
    """The keys of a definition's measures. Raises ``AppError`` REPORT_INVALID."""
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
def _validated(asked: _Asked) -> tuple[str, ...]:
    report = reports.validate(asked.definition, asked.catalog)
    return tuple(measure.key for measure in report.measures)


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
