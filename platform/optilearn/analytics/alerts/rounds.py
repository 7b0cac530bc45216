"""One round of evaluations: many alerts on one snapshot, nothing written.

Everything that several alerts need is looked up once: owners and their scopes, reports, answers.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from dashboards.formats import Formatter
from dashboards.messages import Locale
from optilearn.analytics.alerts.answers import Answers, daily_snapshots, snapshot_before
from optilearn.analytics.alerts.conditions import Kind
from optilearn.analytics.alerts.findings import Findings, Outcome, evaluate
from optilearn.analytics.alerts.questions import AlertForm, Definition, Question, question_of
from optilearn.analytics.alerts.texts import MAX_ROWS, Shown, before_of
from optilearn.analytics.auditing import refused
from optilearn.analytics.models import Alert, SavedItem, Snapshot
from optilearn.analytics.saved.running import Choice, chosen_definition
from optilearn.analytics.saved.selectors import readable_item
from optilearn.core import clock
from optilearn.core.access.principal import Principal
from optilearn.core.access.report_scope import report_scope
from optilearn.core.errors import AppError, ErrorCode
from optilearn.courses.selectors import own_course_ids
from optilearn.crm.selectors import child_person_ids
from optilearn.institutions.selectors import InstitutionRow
from optilearn.people.selectors import principal_by_id
from reports import api as reports
from reports.contracts import Scope
from reports.errors import InternalReportError, ReportError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asker:
    """The owner of an alert, and the rows that they may see."""

    principal: Principal
    scope: Scope


@dataclass(frozen=True)
class Evaluated:
    """An alert's outcome on the round's snapshot, with what is to be said of it."""

    alert: Alert
    findings: Findings
    rows: tuple[dict[str, Any], ...] = ()
    limit: str = ""
    problem: Mapping[str, Any] = field(default_factory=dict)


class Round:
    """Evaluates alerts of one institution on one snapshot."""

    def __init__(self, institution: InstitutionRow, snapshot: Snapshot, answers: Answers) -> None:
        self._institution = institution
        self._snapshot = snapshot
        self._answers = answers
        self._catalog = reports.catalog_of(answers.newest)
        self._askers: dict[int, Asker | None] = {}
        self._reports: dict[tuple[int, int], Mapping[str, Any]] = {}
        self._days: dict[int, list[str]] = {}

    def evaluate(self, alert: Alert, firing: Collection[str]) -> Evaluated | None:
        """Evaluate an alert; ``firing`` are the rows that fire already.

        None where that has to be tried again later (something that is needed is down).
        """
        as_before = Findings(Outcome.SNOOZED, firing=frozenset(firing))
        if alert.snoozed_until is not None and alert.snoozed_until > clock.now():
            return Evaluated(alert, as_before)
        try:
            asker = self._asker(alert.owner_id)
            if asker is None:
                return Evaluated(alert, Findings(Outcome.OWNER_GONE, firing=as_before.firing))
            return self._decided(alert, asker, firing)
        except ReportError as error:
            return self._failed(alert, refused(error), as_before)
        except AppError as error:
            return self._failed(alert, error, as_before)
        except InternalReportError:
            log.exception("Alert %s failed by a defect.", alert.pk)
            problem = {
                "code": ErrorCode.INTERNAL_ERROR.value,
                "path": "",
                "message": "",
                "hint": "",
            }
            return Evaluated(
                alert, Findings(Outcome.ERROR, firing=as_before.firing), problem=problem
            )

    def _failed(self, alert: Alert, error: AppError, as_before: Findings) -> Evaluated | None:
        if error.code is ErrorCode.SERVICE_UNAVAILABLE:
            return None
        is_gone = error.code is ErrorCode.NOT_FOUND
        outcome = Outcome.REPORT_GONE if is_gone else Outcome.ERROR
        listed = error.details if isinstance(error.details, list) and error.details else None
        plain = {"code": error.code.value, "path": "", "message": error.message, "hint": ""}
        problem = {} if is_gone else dict(listed[0] if listed else plain)
        return Evaluated(alert, Findings(outcome, firing=as_before.firing), problem=problem)

    def _decided(self, alert: Alert, asker: Asker, firing: Collection[str]) -> Evaluated:
        question = question_of(form_of(alert), self._definition(alert, asker), self._catalog)
        locale: Locale = "hi" if asker.principal.locale.startswith("hi") else "en"
        formatter = Formatter(locale, self._institution.time_zone)
        read = self._answers.read(question, asker.scope, formatter)
        past = self._past(question, asker.scope)
        findings = evaluate(question.rule, read.rows, firing, past)
        shown = Shown(formatter, read.column)
        condition = question.rule.condition
        if findings.fired and not past and condition.kind in {Kind.THRESHOLD, Kind.GOAL}:
            past = self._answers.past(question, asker.scope, self._last)
        rows = tuple(
            shown.row(one, before_of(condition, one, past.get(one.key, ())))
            for one in findings.fired[:MAX_ROWS]
        )
        return Evaluated(alert, findings, rows, shown.limit(condition))

    @cached_property
    def _last(self) -> list[str]:
        """The id of the snapshot before, which the rows that fire are shown beside."""
        return snapshot_before(self._snapshot)

    def _past(self, question: Question, scope: Scope) -> Mapping[str, Sequence[Decimal]]:
        """The history that a condition goes by; of other conditions none."""
        count = question.rule.condition.snapshots
        if question.rule.condition.kind is not Kind.HISTORY:
            return {}
        if count not in self._days:
            zone = self._institution.time_zone
            self._days[count] = daily_snapshots(self._snapshot, zone, count)
        return self._answers.past(question, scope, self._days[count])

    def _asker(self, owner_id: int | None) -> Asker | None:
        if owner_id is None:
            return None
        if owner_id not in self._askers:
            try:
                principal = principal_by_id(self._institution, owner_id)
            except LookupError:
                self._askers[owner_id] = None
            else:
                scope = report_scope(principal, own_course_ids, child_person_ids)
                self._askers[owner_id] = Asker(principal, scope)
        return self._askers[owner_id]

    def _definition(self, alert: Alert, asker: Asker) -> Definition:
        """The alert's own definition, or the report as its owner may read it now."""
        if alert.item_id is None:
            return alert.definition or {}
        known = (alert.item_id, asker.principal.person_id)
        if known not in self._reports:
            item = readable_item(asker.principal, alert.item_id, SavedItem.Kind.REPORT)
            self._reports[known] = item.body
        return chosen_definition(self._reports[known], Choice(filters=list(alert.filters)))


def form_of(alert: Alert) -> AlertForm:
    """The parts of an alert that decide about its outcome."""
    return AlertForm(
        measure=alert.measure,
        is_overall=alert.is_overall,
        condition=alert.condition,
        base_measure=alert.base_measure,
        base_minimum=alert.base_minimum,
        muted=tuple(alert.muted),
    )
