"""Running reports for a principal: scope from the token, data from the newest snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optilearn.analytics.snapshots import newest_snapshot
from optilearn.core.access.principal import Principal
from optilearn.core.access.report_scope import report_scope
from optilearn.core.access.roles import SEES_SQL
from optilearn.core.audit import record
from optilearn.core.errors import AppError, ErrorCode
from optilearn.courses.selectors import own_course_ids
from reports import api as reports
from reports.contracts import Limits, Result, Scope
from reports.errors import ReportError, ReportInvalid, ReportTimeout, SnapshotDamaged

Definition = Mapping[str, Any]

_CODES = {
    ReportTimeout: ErrorCode.SERVICE_UNAVAILABLE,
    SnapshotDamaged: ErrorCode.SERVICE_UNAVAILABLE,
}


def run_report(*, principal: Principal, definition: Definition, every_row: bool = False) -> Result:
    """The answer to a definition under the principal's scope; every run is audited.

    ``every_row`` is for files, which carry all rows and may take longer.
    Raises ``AppError``: REPORT_INVALID with every problem, or why it can't be answered now.
    """
    scope = _scope(principal)
    snapshot = newest_snapshot()
    limits = Limits.for_export() if every_row else Limits()
    try:
        result = reports.run(definition, scope, snapshot, limits=limits)
    except ReportError as error:
        _audit(principal, scope, {"snapshot": snapshot.snapshot_id}, outcome=error.code)
        raise refused(error) from error
    meta = result.meta
    facts = {
        "digest": meta.definition_digest,
        "snapshot": meta.snapshot.id,
        "rows": meta.row_count,
        "ms": round(meta.ms, 1),
    }
    _audit(principal, scope, facts, outcome="ok")
    return result


def validate_report(*, definition: Definition) -> dict[str, Any]:
    """The canonical definition and its digest. Raises ``AppError`` REPORT_INVALID."""
    try:
        report = reports.validate(definition, reports.catalogue_of(newest_snapshot()))
    except ReportError as error:
        raise refused(error) from error
    return {"definition": dict(report.definition), "digest": report.digest}


def explain_report(*, principal: Principal, definition: Definition) -> dict[str, Any]:
    """The question in words; SQL and parameters for roles that may see them."""
    try:
        explanation = reports.explain(definition, _scope(principal), newest_snapshot())
    except ReportError as error:
        raise refused(error) from error
    return explanation.to_wire(with_sql=principal.role in SEES_SQL)


def render(result: Result, form: str) -> bytes:
    """The result as a file's bytes. Raises ``ValueError`` for a format that isn't known."""
    return reports.export(result, form)


def refused(error: ReportError) -> AppError:
    """The report engine's refusal as the API tells it."""
    problems = [problem.to_wire() for problem in error.problems]
    fallback = ErrorCode.REPORT_INVALID
    code = fallback if isinstance(error, ReportInvalid) else _CODES.get(type(error), fallback)
    return AppError(code, error.message, problems)


def _scope(principal: Principal) -> Scope:
    return report_scope(principal, own_course_ids)


def _audit(principal: Principal, scope: Scope, facts: Mapping[str, Any], *, outcome: str) -> None:
    record(
        action="report.run",
        target=str(facts.get("digest", "")),
        outcome=outcome,
        actor=principal,
        details={**facts, "scope": scope.kind.value},
    )
