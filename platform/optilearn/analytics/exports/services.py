"""Writes of exports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from optilearn.analytics.auditing import refused
from optilearn.analytics.exports import claims, worker
from optilearn.analytics.exports.contents import BoardContent, Content
from optilearn.analytics.exports.problems import Problem
from optilearn.analytics.exports.retention import withdraw_exports
from optilearn.analytics.exports.sources import content_of, definitions_of
from optilearn.analytics.exports.worker import RUN_TASK
from optilearn.analytics.models import ExportJob
from optilearn.analytics.snapshots import history, newest_snapshot
from optilearn.core import audit, clock
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.access.report_scope import report_scope
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.queue import enqueue
from optilearn.courses.selectors import own_course_ids
from optilearn.crm.selectors import child_person_ids
from optilearn.files.services import discard
from reports import api as reports
from reports.api import BOOK_FORMATS, ExportFormat, ReportRequest
from reports.contracts import Limits, Scope, SnapshotRef
from reports.errors import ReportError, ReportTimeout

__all__ = [
    "ExportFormat",
    "ExportRequest",
    "cancel_export",
    "create_export",
    "delete_export",
    "withdraw_exports",
]

MAX_UNFINISHED: Final = 20
"""Exports of one person that wait or run at a time."""
AT_ONCE_SECONDS: Final = 1.0
AT_ONCE_ROWS: Final = 200_000
"""Rows to read, before any filter, up to which an export is tried in the request itself."""
MAX_NAME: Final = 200
_UNFINISHED: Final = (ExportJob.Status.QUEUED, ExportJob.Status.RUNNING)


@dataclass(frozen=True)
class ExportRequest:
    """A file that somebody wants; ``source`` as ``sources.content_of`` takes it."""

    client_id: UUID
    source: Mapping[str, Any]
    form: ExportFormat
    name: str = ""
    has_bom: bool = False


@dataclass(frozen=True)
class _Plan:
    """A checked request: its content over a snapshot, and the work that it means."""

    content: Content
    snapshot: SnapshotRef
    rows: int | None
    rows_read: int


def create_export(*, principal: Principal, request: ExportRequest) -> int:
    """Begin an export, and finish a small one; return its id.

    Everything that can be refused is refused here. Sent again with the same ``client_id`` it is the
    same export. Raises ``AppError``: REPORT_INVALID, also for more rows than the format holds;
    NOT_FOUND; CONFLICT where the client id has another export, or too many are unfinished.
    """
    known = _known(principal, request)
    if known is not None:
        return known
    plan = _plan(principal, request)
    job_id, is_new = _insert(principal, request, plan)
    if is_new and plan.rows_read <= AT_ONCE_ROWS:
        worker.run_at_once(job_id, AT_ONCE_SECONDS)
    if is_new and ExportJob.objects.filter(pk=job_id, status=ExportJob.Status.QUEUED).exists():
        enqueue(RUN_TASK, job_id=job_id)
    return job_id


@transaction.atomic
def cancel_export(*, principal: Principal, job_id: int) -> None:
    """Stop an export of the principal's; one that has ended stays as it is.

    Raises ``AppError`` NOT_FOUND.
    """
    job = _own(principal, job_id)
    if job.status in _UNFINISHED:
        claims.end_job(ExportJob.objects.filter(pk=job_id), ExportJob.Status.CANCELED)
        audit.record(action="export.cancel", actor=principal, target=f"export:{job_id}")


@transaction.atomic
def delete_export(*, principal: Principal, job_id: int) -> None:
    """Delete an export of the principal's, and its file. Raises ``AppError`` NOT_FOUND."""
    job = _own(principal, job_id)
    job.delete()
    if job.file_id is not None:
        discard(job.file_id)
    audit.record(action="export.delete", actor=principal, target=f"export:{job_id}")


def _own(principal: Principal, job_id: int) -> ExportJob:
    jobs = ExportJob.objects.select_for_update().filter(pk=job_id, owner_id=principal.person_id)
    job = jobs.first()
    if job is None:
        raise not_found()
    return job


def _known(principal: Principal, request: ExportRequest) -> int | None:
    """The export that this client id has already."""
    job = ExportJob.objects.filter(
        owner_id=principal.person_id, client_id=request.client_id
    ).first()
    if job is None:
        return None
    if (job.source, job.form, job.has_bom) != (request.source, request.form, request.has_bom):
        message = _("This clientId belongs to another export of yours. Send a new one.")
        problem = Problem("CLIENT_ID_USED", message, "/clientId")
        raise AppError(ErrorCode.CONFLICT, message, [problem.to_wire()])
    return job.pk


def _insert(principal: Principal, request: ExportRequest, plan: _Plan) -> tuple[int, bool]:
    """Write the job; of two equal requests at one time the first counts."""
    try:
        with transaction.atomic():
            job = ExportJob.objects.create(
                owner_id=principal.person_id,
                client_id=request.client_id,
                source=dict(request.source),
                name=(request.name or plan.content.name)[:MAX_NAME],
                form=request.form.value,
                has_bom=request.has_bom,
                locale=get_language() or principal.locale,
                snapshot_id=plan.snapshot.snapshot_id,
                rows_estimate=plan.rows,
                created_at=clock.now(),
            )
            audit.record(
                action="export.create", actor=principal, target=f"export:{job.pk}",
                details={"format": job.form, "snapshot": job.snapshot_id, "rows": plan.rows},
            )  # fmt: skip
    except IntegrityError:
        known = _known(principal, request)
        if known is None:
            raise
        return known, False
    return job.pk, True


def _plan(principal: Principal, request: ExportRequest) -> _Plan:
    """Check what can be checked before the work. Raises ``AppError``."""
    unfinished = ExportJob.objects.filter(owner_id=principal.person_id, status__in=_UNFINISHED)
    if unfinished.count() >= MAX_UNFINISHED:
        message = _("You have %(count)s unfinished exports. Wait for one, or cancel it.")
        raise AppError(ErrorCode.CONFLICT, message % {"count": MAX_UNFINISHED})
    scope = report_scope(principal, own_course_ids, child_person_ids)
    try:
        newest = newest_snapshot()
        content = content_of(principal, request.source, reports.catalog_of(newest))
        snapshot = _snapshot_of(request.source, content, newest)
        _check_form(content, request.form)
        rows, rows_read = _measured(content, scope, snapshot, request.form)
    except ReportError as error:
        raise _placed(error) from error
    return _Plan(content, snapshot, rows, rows_read)


def _snapshot_of(source: Mapping[str, Any], content: Content, newest: SnapshotRef) -> SnapshotRef:
    """The newest snapshot, or the one that is asked for: it is the same in each attempt.

    Raises ``AppError`` for a dashboard's that isn't there.
    """
    if isinstance(content, BoardContent):
        return _history(source["asOf"]) if "asOf" in source else newest
    as_of = content.definition.get("asOf")
    if not isinstance(as_of, str):
        return newest
    try:
        return history(as_of)
    except ReportError:
        return newest  # validation refuses it at its place


def _history(name: str) -> SnapshotRef:
    try:
        return history(name)
    except ReportError as error:
        found = refused(error)
        details = cast("list[dict[str, str]]", found.details)
        raise AppError(
            found.code, found.message, [one | {"path": "/asOf"} for one in details]
        ) from error


def _measured(
    content: Content, scope: Scope, snapshot: SnapshotRef, form: ExportFormat
) -> tuple[int | None, int]:
    """The rows of the file, where they are known, and the rows that have to be read."""
    rows: int | None = None
    rows_read = 0
    for _place, definition in definitions_of(content):
        request = ReportRequest(definition, scope, snapshot, Limits(), history)
        if isinstance(content, BoardContent):
            rows_read += _read_of_tile(request)
            continue
        prepared = reports.prepare(request)
        rows_read += reports.explain(prepared).estimated_rows
        try:
            rows = reports.rows_of_export(prepared, form)
        except ReportTimeout:
            rows = None  # the job has more time than a request
    return rows, rows_read


def _read_of_tile(request: ReportRequest) -> int:
    """The rows that a tile reads; one that can't be answered says so in its place."""
    try:
        return reports.explain(request).estimated_rows
    except ReportError:
        return 0


def _check_form(content: Content, form: ExportFormat) -> None:
    if not isinstance(content, BoardContent):
        return
    if form not in BOOK_FORMATS:
        message = _("A dashboard has several tables, which this format can't hold.")
        problem = Problem("FORMAT_OF_ONE_TABLE", message, "/format", _("Use xlsx or pdf."))
        raise AppError(ErrorCode.VALIDATION_ERROR, message, [problem.to_wire()])
    if not content.tiles:
        raise AppError(ErrorCode.VALIDATION_ERROR, _("This dashboard has nothing to show yet."))


def _placed(error: ReportError) -> AppError:
    """The refusal, with places in the request: the definition's, or the format."""
    found = refused(error)
    is_format = error.code == "EXPORT_TOO_LONG"
    problems = [
        {**problem, "path": "/format" if is_format else f"/definition{problem['path']}"}
        for problem in cast("list[dict[str, str]]", found.details)
    ]
    return AppError(found.code, found.message, problems)
