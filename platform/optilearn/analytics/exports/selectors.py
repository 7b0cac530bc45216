"""Reads of exports: everybody's own."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from optilearn.analytics.exports.rendering import content_type_of
from optilearn.analytics.models import ExportJob
from optilearn.core import clock
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.http.pages import PageQuery
from optilearn.files.selectors import file_url
from reports.api import ExportFormat

Row = dict[str, Any]


def exports_list(principal: Principal, query: PageQuery) -> tuple[list[Row], int]:
    """Return a page of the principal's exports, the newest first, and their number. Two queries."""
    own = ExportJob.objects.filter(owner_id=principal.person_id)
    return [_row(job) for job in own.order_by("-id")[query.window]], own.count()


def export_detail(principal: Principal, job_id: int) -> Row:
    """Return an export of the principal's. One query. Raises ``AppError`` NOT_FOUND."""
    return _row(_own(principal, job_id))


def export_url(principal: Principal, job_id: int) -> Row:
    """Return a URL that reads the file for a while, whole or in ranges.

    Raises ``AppError``: NOT_FOUND, CONFLICT while there is no file, with the reason.
    """
    job = _own(principal, job_id)
    if job.file_id is None:
        details = [job.problem] if job.problem else {"status": job.status}
        message = job.problem.get("message") or _("This export has no file yet.")
        raise AppError(ErrorCode.CONFLICT, message, details)
    return file_url(principal, job.file_id)


def _own(principal: Principal, job_id: int) -> ExportJob:
    job = ExportJob.objects.filter(pk=job_id, owner_id=principal.person_id).first()
    if job is None:
        raise not_found()
    return job


def _row(job: ExportJob) -> Row:
    """An export on the wire."""
    is_done = job.status == ExportJob.Status.DONE
    return {
        "id": job.pk,
        "clientId": str(job.client_id),
        "name": job.name,
        "format": job.form,
        "status": job.status,
        "source": job.source,
        "snapshotId": job.snapshot_id,
        "rows": job.rows_done,
        "rowsEstimate": job.rows_done if is_done else job.rows_estimate,
        "secondsLeft": _seconds_left(job),
        "attempts": job.attempts,
        "contentType": content_type_of(ExportFormat(job.form)),
        "size": job.size_bytes if is_done else None,
        "sha256": job.sha256 if is_done else None,
        "fileId": job.file_id,
        "problem": job.problem or None,
        "createdAt": job.created_at,
        "startedAt": job.started_at,
        "finishedAt": job.finished_at,
        "expiresAt": job.expires_at,
    }


def _seconds_left(job: ExportJob) -> int | None:
    """At the pace so far; None where it can't be said."""
    is_running = job.status == ExportJob.Status.RUNNING
    if not is_running or not job.rows_estimate or not job.rows_done or job.started_at is None:
        return None
    spent = (clock.now() - job.started_at).total_seconds()
    return round(spent * max(job.rows_estimate - job.rows_done, 0) / job.rows_done)
