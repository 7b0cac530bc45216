"""Trying an alert on the snapshots that are still there, before it is saved.

The same evaluation as each round's, from the oldest day to the newest, with the states that it
would have had. Nothing is written but the audit row.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from dashboards.formats import Formatter
from optilearn.analytics.alerts.answers import Answers, daily_snapshots
from optilearn.analytics.alerts.findings import Findings, Outcome, evaluate
from optilearn.analytics.alerts.questions import question_of
from optilearn.analytics.alerts.readings import NO_ROWS, Rows, column_of, rows_of
from optilearn.analytics.alerts.services import AlertSpec, check_spec, definition_of
from optilearn.analytics.alerts.texts import MAX_ROWS, Shown, before_of
from optilearn.analytics.alerts.tracing import Observed, Trace
from optilearn.analytics.alerts.words import reason
from optilearn.analytics.auditing import audited
from optilearn.analytics.models import Snapshot
from optilearn.analytics.snapshots import newest_snapshot
from optilearn.core.access.policies import STAFF, require
from optilearn.core.access.principal import Principal
from optilearn.core.access.report_scope import report_scope
from optilearn.courses.selectors import own_course_ids
from optilearn.crm.selectors import child_person_ids
from optilearn.institutions.selectors import institution_by_id
from reports import api as reports
from reports.contracts import Scope
from reports.errors import ReportBusy, ReportCancelled, ReportError

MAX_SNAPSHOTS: Final = 60
MAX_SECONDS: Final = 25.0
"""The oldest days are left out of an answer that would take longer."""

Row = dict[str, Any]


def backtest(*, principal: Principal, spec: AlertSpec) -> Row:
    """Say on which days an alert would have fired, and on what.

    ``{days: [{snapshotId, takenAt, outcome, reason, limit, rows}], isComplete}``, the newest first:
    one snapshot a day. Raises ``AppError`` as making the alert does.
    """
    return _tested(principal, spec).answer()


def drawn_backtest(*, principal: Principal, spec: AlertSpec) -> tuple[Row, Trace]:
    """The same, and the numbers that were compared, for a chart. Raises as :func:`backtest`."""
    trace = Trace()
    test = _tested(principal, spec, trace)
    return test.answer(), trace


def _tested(principal: Principal, spec: AlertSpec, trace: Trace | None = None) -> _Test:
    require(principal, STAFF)
    check_spec(principal, spec)
    with audited(principal, "alert.backtest") as asked:
        asked.scope = report_scope(principal, own_course_ids, child_person_ids)
        test = _Test(principal, spec, asked.scope, trace)
        test.run()
        asked.facts |= {"snapshot": test.newest.snapshot_id, "days": len(test.days)}
    return test


@dataclass(frozen=True)
class _Day:
    """The answer on one day, or why there is none."""

    snapshot_id: str
    taken_at: datetime
    rows: Rows = NO_ROWS
    shown: Shown | None = None
    problem: Mapping[str, Any] = field(default_factory=dict)


class _Test:
    """One back-test: the question, and the days on which it is asked."""

    def __init__(
        self, principal: Principal, spec: AlertSpec, scope: Scope, trace: Trace | None
    ) -> None:
        self._trace = trace
        self.days: list[Row] = []
        ref = newest_snapshot()
        self._answers = Answers(ref)
        self._scope = scope
        zone = institution_by_id(principal.institution_id).time_zone
        self.newest = Snapshot.objects.get(snapshot_id=ref.snapshot_id)
        definition, catalog = definition_of(principal, spec), reports.catalog_of(ref)
        self._question = question_of(spec.form, definition, catalog)
        self._depth = self._question.rule.condition.snapshots or 1
        """The number of earlier days that a condition goes by, or shows its values beside."""
        earlier = daily_snapshots(self.newest, zone, MAX_SNAPSHOTS + self._depth)
        self._ids = [ref.snapshot_id, *earlier]
        self.wanted = min(len(self._ids), MAX_SNAPSHOTS)
        self._formatter = Formatter("hi" if principal.locale == "hi" else "en", zone)

    def answer(self) -> Row:
        """The days, the newest first."""
        return {"days": self.days[::-1], "isComplete": len(self.days) == self.wanted}

    def run(self) -> None:
        """Fill in the days from the oldest to the newest, as far back as time allows."""
        asked = self._asked()
        firing: frozenset[str] = frozenset()
        for number in reversed(range(min(len(asked), self.wanted))):
            findings, row = self._evaluated(asked, number, firing)
            firing = findings.firing
            self.days.append(row)

    def _asked(self) -> list[_Day]:
        """The answers from the newest day back."""
        ends = time.perf_counter() + MAX_SECONDS
        found: list[_Day] = []
        times = dict(
            Snapshot.objects.filter(snapshot_id__in=self._ids).values_list(
                "snapshot_id", "taken_at"
            )
        )
        for snapshot_id in self._ids:
            found.append(self._day(snapshot_id, times[snapshot_id]))
            if time.perf_counter() > ends:
                break
        return found

    def _day(self, snapshot_id: str, taken_at: datetime) -> _Day:
        try:
            result = self._answers.result_of(self._question, self._scope, snapshot_id)
        except (ReportBusy, ReportCancelled):
            raise
        except ReportError as error:
            return _Day(snapshot_id, taken_at, problem=error.problems[0].to_wire())
        rows = rows_of(result, self._question.watch, self._formatter)
        shown = Shown(self._formatter, column_of(result, self._question.watch))
        return _Day(snapshot_id, taken_at, rows, shown)

    def _evaluated(
        self, asked: Sequence[_Day], number: int, firing: frozenset[str]
    ) -> tuple[Findings, Row]:
        day, rule = asked[number], self._question.rule
        if day.shown is None:
            findings = Findings(Outcome.ERROR, firing=firing)
            return findings, _row(day, findings, "", [])
        past = _values(asked[number + 1 : number + 1 + self._depth])
        findings = evaluate(rule, day.rows, firing, past)
        if self._trace is not None:
            fired = frozenset(one.key for one in findings.fired)
            self._trace.add(Observed(day.taken_at, day.rows, past, fired), rule, day.shown)
        rows = [
            day.shown.row(one, before_of(rule.condition, one, past.get(one.key, ())))
            for one in findings.fired[:MAX_ROWS]
        ]
        return findings, _row(day, findings, day.shown.limit(rule.condition), rows)


def _values(days: Sequence[_Day]) -> Mapping[str, Sequence[Decimal]]:
    found: dict[str, list[Decimal]] = defaultdict(list)
    for day in days:
        for key, value in day.rows.values():
            found[key].append(value)
    return found


def _row(day: _Day, findings: Findings, limit: str, rows: list[Row]) -> Row:
    return {
        "snapshotId": day.snapshot_id,
        "takenAt": day.taken_at,
        "outcome": findings.outcome.value,
        "reason": reason(findings.outcome, findings.counts, day.problem),
        "counts": dict(findings.counts),
        "limit": limit,
        "rows": rows,
    }
