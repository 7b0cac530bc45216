"""Running SQL for a principal: scope and masks from the token, one snapshot, audited.

All raise ``AppError``: FORBIDDEN, REPORT_INVALID with what is wrong with the statement, or why it
can't be answered now.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from optilearn.analytics.auditing import Asked, audited
from optilearn.analytics.saved.kinds import Kind
from optilearn.analytics.saved.running import note_run
from optilearn.analytics.saved.selectors import readable_item
from optilearn.analytics.services import cancellable, scope_of
from optilearn.analytics.single_flight import Deadline
from optilearn.analytics.snapshots import history, newest_snapshot
from optilearn.analytics.sql.policies import masks_people, require_analyst
from optilearn.core.access.principal import Principal
from reports import api as reports
from reports.api import ExportFormat, SqlLimits, SqlRequest, SqlResult
from reports.contracts import SnapshotRef
from reports.errors import SnapshotUnknown

FILE_SECONDS: Final = 60.0
"""A result that becomes a file may take longer than one that somebody looks at."""
_TYPED: Final = re.compile(
    r"'(?:[^']|'')*'?|\$(\w*)\$.*?(?:\$\1\$|\Z)|--[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL
)
_LEFT_OUT: Final = "'…'"
_AUDITED_CHARACTERS: Final = 10_000


@dataclass(frozen=True)
class Statement:
    """A statement and how it is to be run.

    ``as_of`` names another snapshot than the newest; ``run_id`` is what stops it; the saved query
    that it is of is noted in the audit log.
    """

    sql: str
    as_of: str | None = None
    run_id: UUID | None = None
    saved_item_id: int | None = None


def run_sql(*, principal: Principal, statement: Statement, rows: int | None = None) -> SqlResult:
    """Answer a statement with its first ``rows`` (as many as reports show, if none are given)."""
    limits = SqlLimits() if rows is None else SqlLimits(rows=rows)
    return _run(principal, statement, limits)


def run_sql_file(*, principal: Principal, statement: Statement, form: ExportFormat) -> bytes:
    """Answer a statement as a file with all of its rows; too many are refused."""
    result = _run(principal, statement, SqlLimits.for_file(FILE_SECONDS))
    return reports.sql_file(result, form)


def run_query(
    *,
    principal: Principal,
    sql: str,
    snapshot: SnapshotRef,
    run_id: UUID | None = None,
    deadline: Deadline | None = None,
) -> SqlResult:
    """Answer a statement on a snapshot that the caller has chosen: a tile of a dashboard.

    ``deadline`` is the caller's own, which may be cancelled; else the time of a question runs.
    """
    with audited(principal, "sql.run") as asked, cancellable(principal, run_id) as cancellation:
        require_analyst(principal)
        limits = SqlLimits()
        end = deadline or Deadline(asked.arrived, limits.seconds, cancellation)
        return _answered(asked, sql, snapshot, _within(limits, end))


def saved_sql(*, principal: Principal, item_id: int) -> str:
    """The statement of a saved query that the principal is about to run. Raises ``AppError``."""
    require_analyst(principal)
    item = readable_item(principal, item_id, Kind.QUERY)
    note_run(item)
    return str(item.body["sql"])


def redacted(sql: str) -> str:
    """The statement without the texts in it: the audit log names nobody, and never forgets."""
    return _TYPED.sub(_LEFT_OUT, sql)[:_AUDITED_CHARACTERS]


def snapshot_at(as_of: str | None) -> SnapshotRef:
    """The snapshot of that id or moment; the newest if none is named. Raises ``ReportError``."""
    if as_of is None:
        return newest_snapshot()
    try:
        return history(as_of)
    except SnapshotUnknown as error:
        raise error.at("/asOf") from error


def _run(principal: Principal, statement: Statement, limits: SqlLimits) -> SqlResult:
    with (
        audited(principal, "sql.run") as asked,
        cancellable(principal, statement.run_id) as cancellation,
    ):
        _note_statement(asked, statement.sql)
        if statement.saved_item_id is not None:
            asked.facts["savedItem"] = statement.saved_item_id
        require_analyst(principal)
        snapshot = snapshot_at(statement.as_of)
        deadline = Deadline(asked.arrived, limits.seconds, cancellation)
        return _answered(asked, statement.sql, snapshot, _within(limits, deadline))


def _note_statement(asked: Asked, sql: str) -> None:
    asked.digest = hashlib.sha256(sql.encode("utf-8", "surrogatepass")).hexdigest()
    asked.facts["sql"] = redacted(sql)


def _within(limits: SqlLimits, deadline: Deadline) -> SqlLimits:
    """The limits in the time that is left."""
    left = deadline.limits()
    return replace(limits, seconds=left.seconds, cancellation=left.cancellation)


def _answered(asked: Asked, sql: str, snapshot: SnapshotRef, limits: SqlLimits) -> SqlResult:
    _note_statement(asked, sql)
    principal = asked.principal
    asked.scope = scope_of(principal)
    asked.facts["snapshot"] = snapshot.snapshot_id
    masks = masks_people(principal)
    result = reports.run_sql(SqlRequest(sql, asked.scope, snapshot, masks, limits))
    asked.facts["rows"] = result.row_count
    return result


def wire_of(result: SqlResult) -> dict[str, Any]:
    """The answer as the API has it."""
    return reports.sql_to_wire(result)
