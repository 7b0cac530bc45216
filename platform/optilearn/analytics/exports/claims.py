"""Jobs and the workers that hold them: a lease that is renewed, or expires with its worker.

Each change names the claim's token. Whoever lost the lease (it expired, or the job was canceled or
deleted) changes no row, and learns it by that.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from optilearn.analytics.exports.problems import Problem, abandoned
from optilearn.analytics.models import ExportJob
from optilearn.core import audit, clock
from optilearn.core.access.principal import Principal
from optilearn.files.services import keep

MAX_ATTEMPTS: Final = 3
RETRY: Final = timedelta(minutes=1)
"""Before the next attempt, after one that failed for a reason that passes."""
LOST: Final = timedelta(minutes=1)
"""A job that waits longer has lost its wake-up, or the workers are busy, which does no harm."""


@dataclass(frozen=True)
class Claim:
    """A job that belongs to this worker while its token is the row's."""

    id: int
    token: uuid.UUID
    owner_id: int
    source: Mapping[str, Any]
    name: str
    form: str
    has_bom: bool
    locale: str
    snapshot_id: str
    attempts: int
    started: datetime


@dataclass(frozen=True)
class StoredExport:
    """A finished file in the store, and what is to be said of it."""

    file_id: int
    rows: int
    sha256: str
    size: int


@transaction.atomic
def claim_job(job_id: int) -> Claim | None:
    """Claim a job that is due; None if it isn't, or another worker has it.

    One whose workers were ended again and again fails instead.
    """
    job = due_jobs().select_for_update(skip_locked=True).filter(pk=job_id).first()
    if job is None:
        return None
    if job.attempts >= MAX_ATTEMPTS:
        end_job(ExportJob.objects.filter(pk=job_id), ExportJob.Status.FAILED, abandoned())
        return None
    moment = clock.now()
    job.lease, job.leased_until = uuid.uuid4(), moment + _lease()
    job.attempts += 1
    job.status = ExportJob.Status.RUNNING
    job.started_at, job.rows_done = moment, 0
    job.save()
    return Claim(
        job.pk, job.lease, job.owner_id, job.source, job.name, job.form, job.has_bom, job.locale,
        job.snapshot_id, job.attempts, moment,
    )  # fmt: skip


def due_jobs() -> QuerySet[ExportJob]:
    """Jobs that no worker has: they wait, or their worker's lease has expired."""
    expired = Q(status=ExportJob.Status.RUNNING, leased_until__lt=clock.now())
    return ExportJob.objects.filter(Q(status=ExportJob.Status.QUEUED) | expired)


def forgotten_jobs(limit: int) -> list[int]:
    """The ids of due jobs whose wake-up seems to be lost, oldest first."""
    waiting = due_jobs().exclude(status=ExportJob.Status.QUEUED, created_at__gt=clock.now() - LOST)
    return list(waiting.order_by("id").values_list("id", flat=True)[:limit])


def renew(claim: Claim, rows: int) -> bool:
    """Hold the job for longer, and say how far it is. False: it belongs to this worker no more."""
    until = clock.now() + _lease()
    return bool(_held(claim).update(leased_until=until, rows_done=rows))


def give_back(claim: Claim) -> None:
    """Leave the job to whoever comes next, as if it had never been claimed."""
    _held(claim).update(
        status=ExportJob.Status.QUEUED, lease=None, leased_until=None, rows_done=0,
        attempts=F("attempts") - 1,
    )  # fmt: skip


def postpone(claim: Claim) -> bool:
    """Leave the job for a later attempt, unless this was the last; True if there is one."""
    if claim.attempts >= MAX_ATTEMPTS:
        return False
    _held(claim).update(lease=None, leased_until=clock.now() + RETRY, rows_done=0)
    return True


@transaction.atomic
def fail(claim: Claim, problem: Problem, principal: Principal | None) -> None:
    """The job ends without a file."""
    if end_job(_held(claim), ExportJob.Status.FAILED, problem):
        _audit(claim, principal, problem.code)


@transaction.atomic
def finish(claim: Claim, stored: StoredExport, principal: Principal, scope: str) -> bool:
    """The job has its file from now on. False: it doesn't want one any more."""
    job = _held(claim).select_for_update().first()
    if job is None:
        return False
    keep(stored.file_id)
    job.file_id, job.sha256, job.size_bytes = stored.file_id, stored.sha256, stored.size
    job.rows_done = stored.rows
    job.save()
    end_job(_held(claim), ExportJob.Status.DONE)
    _audit(claim, principal, "ok", rows=stored.rows, scope=scope)
    return True


def end_job(
    jobs: QuerySet[ExportJob], status: ExportJob.Status, problem: Problem | None = None
) -> int:
    """End jobs; they and their files stay for the time of retention. Gives their number."""
    moment = clock.now()
    return jobs.update(
        status=status,
        lease=None,
        leased_until=None,
        problem=problem.to_wire() if problem else {},
        finished_at=moment,
        expires_at=moment + timedelta(days=settings.EXPORT_KEEP_DAYS),
    )


def _held(claim: Claim) -> QuerySet[ExportJob]:
    return ExportJob.objects.filter(pk=claim.id, lease=claim.token, status=ExportJob.Status.RUNNING)


def _lease() -> timedelta:
    return timedelta(seconds=settings.EXPORT_LEASE_SECONDS)


def _audit(claim: Claim, principal: Principal | None, outcome: str, **facts: Any) -> None:
    spent = (clock.now() - claim.started).total_seconds()
    known = {"format": claim.form, "snapshot": claim.snapshot_id, "ms": round(spent * 1_000)}
    audit.record(
        action="export.run", actor=principal, target=f"export:{claim.id}", outcome=outcome,
        details=known | facts,
    )  # fmt: skip
