"""Reports as files: every row, written as it comes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from optilearn.analytics.services import refused
from optilearn.analytics.snapshots import history, newest_snapshot
from optilearn.core.access.principal import Principal
from optilearn.core.access.report_scope import report_scope
from optilearn.core.audit import record
from optilearn.courses.selectors import own_course_ids
from optilearn.crm.selectors import child_person_ids
from reports import api as reports
from reports.errors import ReportError


def export_report(
    *,
    principal: Principal,
    definition: Mapping[str, Any],
    path: Path,
    wanted: reports.Export,
) -> int:
    """Write the answer under the principal's scope to ``path``; gives the number of rows.

    Every export is audited. Raises ``AppError`` as running a report does.
    """
    scope = report_scope(principal, own_course_ids, child_person_ids)
    snapshot = newest_snapshot()
    facts: dict[str, Any] = {"format": str(wanted.form), "scope": scope.kind.value}
    try:
        request = reports.ReportRequest(definition, scope, snapshot, history=history)
        meta = reports.export_report(request, path, wanted)
    except ReportError as error:
        facts["snapshot"] = snapshot.snapshot_id
        record(
            action="report.export", target="", outcome=error.code, actor=principal, details=facts
        )
        raise refused(error) from error
    facts |= {"snapshot": meta.snapshot.id, "rows": meta.row_count, "ms": round(meta.ms, 1)}
    record(
        action="report.export",
        target=meta.definition_digest,
        outcome="ok",
        actor=principal,
        details=facts,
    )
    return meta.row_count
