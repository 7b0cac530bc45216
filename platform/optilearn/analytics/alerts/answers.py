"""The answers that a round of evaluations needs: each distinct question is asked once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from dashboards.formats import Formatter
from optilearn.analytics.alerts.questions import Question
from optilearn.analytics.alerts.readings import Rows, Watch, column_of, rows_of, values_of
from optilearn.analytics.models import Snapshot
from optilearn.analytics.snapshots import history
from reports import api as reports
from reports.api import READABLE, Prepared, ReportRequest
from reports.contracts import AnswerIdentity, Column, History, Limits, Result, Scope, SnapshotRef
from reports.errors import Problem, ReportError, ReportInvalid

Value = tuple[str, Decimal]
"""The key of a row, and its watched value."""
MAX_ROWS: Final = 10_000
SECONDS: Final = 60.0
"""Of one question: nobody waits for it."""
_DAYS_BACK: Final = 400


@dataclass(frozen=True)
class Read:
    """The watched rows of an answer, which alerts on the same cells share, and their column."""

    rows: Rows
    column: Column


@dataclass
class Answers:
    """Asks over one newest snapshot, and over earlier ones, which hide what it hides.

    Of earlier snapshots only the watched values stay in memory.
    """

    newest: SnapshotRef
    _history: History = field(default_factory=lambda: cache(history))
    _results: dict[AnswerIdentity, Result | ReportError] = field(default_factory=dict)
    _reads: dict[tuple[AnswerIdentity, Watch, Formatter], Read] = field(default_factory=dict)
    _values: dict[tuple[AnswerIdentity, Watch], list[Value]] = field(default_factory=dict)

    def read(self, question: Question, scope: Scope, formatter: Formatter) -> Read:
        """Read the watched rows on the newest snapshot. Raises ``ReportError``."""
        prepared = self._prepared(question, scope)
        identity = prepared.identity
        known = (identity, question.watch, formatter)
        if known not in self._reads:
            result = self._result(prepared, identity)
            column = column_of(result, question.watch)
            self._reads[known] = Read(rows_of(result, question.watch, formatter), column)
        return self._reads[known]

    def _result(self, prepared: Prepared, identity: AnswerIdentity) -> Result:
        if identity not in self._results:
            try:
                self._results[identity] = _whole(reports.run(prepared))
            except ReportError as error:
                self._results[identity] = error
        found = self._results[identity]
        if isinstance(found, ReportError):
            raise found
        return found

    def result_of(self, question: Question, scope: Scope, snapshot_id: str) -> Result:
        """Answer a question on an earlier snapshot. Raises ``ReportError``."""
        return _whole(reports.run(self._prepared(question, scope, snapshot_id)))

    def past(
        self, question: Question, scope: Scope, snapshot_ids: Sequence[str]
    ) -> Mapping[str, Sequence[Decimal]]:
        """Return the watched values on earlier snapshots, by row, in the order of the snapshots.

        Snapshots that can't be asked (a field came later) are left out.
        """
        found: dict[str, list[Decimal]] = defaultdict(list)
        for snapshot_id in snapshot_ids:
            for key, value in self._values_on(question, scope, snapshot_id):
                found[key].append(value)
        return found

    def _values_on(self, question: Question, scope: Scope, snapshot_id: str) -> Sequence[Value]:
        try:
            prepared = self._prepared(question, scope, snapshot_id)
            known = (prepared.identity, question.watch)
            if known not in self._values:
                self._values[known] = list(values_of(_whole(reports.run(prepared)), question.watch))
            return self._values[known]
        except ReportError:
            return ()

    def _prepared(self, question: Question, scope: Scope, as_of: str | None = None) -> Prepared:
        asked = question.definition if as_of is None else {**question.definition, "asOf": as_of}
        limits = Limits(rows=MAX_ROWS, seconds=SECONDS)
        return reports.prepare(ReportRequest(asked, scope, self.newest, limits, self._history))

    @property
    def asked(self) -> int:
        """The number of distinct questions so far."""
        return len(self._results) + len(self._values)


def _whole(result: Result) -> Result:
    """Return the result. Raises ``ReportInvalid`` if it has more rows than an alert can watch."""
    if result.meta.truncated:
        message = _("An alert watches at most {count} rows.").format(count=MAX_ROWS)
        hint = _("Filter to fewer rows, or watch the total.")
        raise ReportInvalid([Problem("TOO_MANY_ROWS", "", message, hint)])
    return result


def snapshot_before(snapshot: Snapshot) -> list[str]:
    """Return the id of the snapshot before, if it is still there."""
    rows = _earlier(snapshot).values_list("snapshot_id", flat=True)
    return list(rows[:1])


def daily_snapshots(before: Snapshot, zone: str, count: int) -> list[str]:
    """The ids of the last snapshots of earlier days, one of each day, the newest first.

    Snapshots of one day hardly differ: the spread of a history needs days.
    """
    rows = _earlier(before)
    clock = ZoneInfo(zone)
    seen = {before.taken_at.astimezone(clock).date()}
    found = []
    for snapshot_id, taken_at in rows.values_list("snapshot_id", "taken_at"):
        day = taken_at.astimezone(clock).date()
        if day not in seen:
            seen.add(day)
            found.append(snapshot_id)
        if len(found) == count:
            break
    return found


def _earlier(than: Snapshot) -> QuerySet[Snapshot]:
    """The snapshots that are there of the time before, the newest first."""
    return Snapshot.objects.filter(
        status=Snapshot.Status.PUBLISHED,
        schema_version__range=READABLE,
        taken_at__lt=than.taken_at,
        taken_at__gt=than.taken_at - timedelta(days=_DAYS_BACK),
    ).order_by("-taken_at", "-id")
