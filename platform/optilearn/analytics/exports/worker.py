"""Writing the files of export jobs: by workers, and at once for a small one.

Killed anywhere, a job ends as if it had not been: its lease expires, the next worker begins anew on
the same snapshot, and a file that nobody linked is swept like any other that no record uses.
"""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import translation
from django.utils.translation import gettext as _

from optilearn.analytics.auditing import refused
from optilearn.analytics.exports import claims
from optilearn.analytics.exports.claims import Claim, StoredExport
from optilearn.analytics.exports.problems import Problem, owner_gone
from optilearn.analytics.exports.rendering import (
    FileFacts,
    Rendering,
    needed_reach,
    render_file,
)
from optilearn.analytics.exports.sources import content_of
from optilearn.analytics.reach import Reach
from optilearn.analytics.snapshots import history
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.queue import enqueue
from optilearn.core.tenancy.context import require_institution_id
from optilearn.files.access import UploadPlace
from optilearn.files.kinds import CATEGORIES
from optilearn.files.services import GeneratedFile, discard, store_generated
from optilearn.institutions.selectors import institution_by_id
from optilearn.notifications.rendering.reader import language_of
from optilearn.people.selectors import principal_by_id
from reports import api as reports
from reports.api import Cancellation, ExportFormat
from reports.errors import InternalReportError, ReportCancelled, ReportError, ReportTimeout

log = logging.getLogger(__name__)

RUN_TASK: Final = "exports.run"
FOLDERS: Final = "optilearn-export-"
BEAT_SECONDS: Final = 1.0
"""Between two looks at the job: its progress is written, and a cancellation seen."""
MAX_FORGOTTEN: Final = 100
_PLACE: Final = UploadPlace("exports")
_TRANSIENT: Final = frozenset({ErrorCode.SERVICE_UNAVAILABLE})


@dataclass(frozen=True)
class Work:
    """One attempt: the job, its owner, what they may see, and what stops it."""

    claim: Claim
    principal: Principal
    reach: Reach
    rendering: Rendering


def run_export(job_id: int) -> None:
    """Write the file of a job that is due; nothing happens if it isn't."""
    claim = claims.claim_job(job_id)
    if claim is not None:
        cancellation = Cancellation()
        with _beating(claim, cancellation) as beat:
            _run(claim, Rendering(
                ExportFormat(claim.form), settings.EXPORT_SECONDS, claim.has_bom, beat.progress,
                cancellation, language_of(claim.locale),
            ))  # fmt: skip


def run_at_once(job_id: int, seconds: float) -> None:
    """Write the file of a small job in this very call; if it isn't done in time, leave it."""
    claim = claims.claim_job(job_id)
    if claim is not None:
        rendering = Rendering(
            ExportFormat(claim.form), seconds, claim.has_bom, language=language_of(claim.locale)
        )
        _run(claim, rendering, is_at_once=True)


def wake_forgotten() -> None:
    """Wake workers for jobs whose wake-up was lost, or whose worker was killed."""
    for job_id in claims.forgotten_jobs(MAX_FORGOTTEN):
        enqueue(RUN_TASK, job_id=job_id)


def _run(claim: Claim, rendering: Rendering, *, is_at_once: bool = False) -> None:
    principal: Principal | None = None
    with translation.override(claim.locale):
        try:
            principal = _owner_of(claim)
            _write(Work(claim, principal, Reach.of(principal), rendering))
        except _OwnerGoneError:
            claims.fail(claim, owner_gone(), None)
        except ReportCancelled:
            return  # by its owner, or another worker has it: the row says so already
        except ReportTimeout as error:
            if is_at_once:
                claims.give_back(claim)
            else:
                claims.fail(claim, Problem.of(refused(error)), principal)
        except ReportError as error:
            _give_up(claim, refused(error), principal)
        except AppError as error:
            _give_up(claim, error, principal)
        except InternalReportError:
            log.exception("Export %s failed by a defect.", claim.id)
            problem = Problem("INTERNAL_ERROR", _("The export failed by a defect of ours."))
            claims.fail(claim, problem, principal)


class _OwnerGoneError(Exception):
    """The owner left since."""


def _owner_of(claim: Claim) -> Principal:
    try:
        return principal_by_id(institution_by_id(require_institution_id()), claim.owner_id)
    except LookupError as error:
        raise _OwnerGoneError from error


def _give_up(claim: Claim, error: AppError, principal: Principal | None) -> None:
    if error.code in _TRANSIENT and claims.postpone(claim):
        return
    claims.fail(claim, Problem.of(error), principal)


def _write(work: Work) -> None:
    """Render into a folder of this attempt, store the whole file, and link it to the job."""
    claim = work.claim
    snapshot = history(claim.snapshot_id)
    found = content_of(work.principal, claim.source, reports.catalog_of(snapshot))
    content = replace(found, name=claim.name)
    with tempfile.TemporaryDirectory(prefix=FOLDERS) as folder:
        path = Path(folder) / "file"
        reach = needed_reach(content, work.reach)
        facts = render_file(content, reach, snapshot, path, work.rendering)
        _check_size(facts)
        if work.rendering.cancellation is not None:
            work.rendering.cancellation.check()
        file_id = _stored(work, reach, facts, path)
    stored = StoredExport(file_id, facts.rows, facts.sha256, facts.size)
    if not claims.finish(claim, stored, work.principal, reach.scope.kind.value):
        discard(file_id)


def _stored(work: Work, reach: Reach, facts: FileFacts, path: Path) -> int:
    # Outside a transaction: the file's record must be there before its object.
    with path.open("rb") as source:
        file = GeneratedFile(facts.name, facts.content_type, source, facts.size, reach.to_record())
        return store_generated(place=_PLACE, file=file, owner=work.principal)


def _check_size(facts: FileFacts) -> None:
    maximum = CATEGORIES[_PLACE.category].max_bytes
    if facts.size <= maximum:
        return
    message = _("The file would have more than %(size)s GB.") % {"size": maximum // 1024**3}
    hint = _("Export it as Parquet, which is smaller, or filter to fewer rows.")
    problem = {"path": "/format", "code": "EXPORT_TOO_LARGE", "message": message, "hint": hint}
    raise AppError(ErrorCode.CONFLICT, message, [problem])


class _Beat:
    """The rows so far, which the working thread sets and the other one writes down."""

    def __init__(self, cancellation: Cancellation) -> None:
        self.rows = 0
        self._cancellation = cancellation

    def progress(self, rows: int) -> None:
        """Note the rows. Raises ``ReportCancelled``."""
        self.rows = rows
        self._cancellation.check()


@contextmanager
def _beating(claim: Claim, cancellation: Cancellation) -> Iterator[_Beat]:
    """Renew the lease while the block works; cancel it when the job is no longer this worker's."""
    beat, ended = _Beat(cancellation), threading.Event()

    def renew_until_ended() -> None:
        try:
            while not ended.wait(BEAT_SECONDS):
                try:
                    is_ours = claims.renew(claim, beat.rows)
                except DatabaseError:
                    log.warning("Export %s: the lease could not be renewed.", claim.id)
                    continue
                if not is_ours:
                    cancellation.cancel()
                    return
        finally:
            connection.close()

    context = copy_context()  # the institution in force
    thread = threading.Thread(target=context.run, args=(renew_until_ended,), name="export-beat")
    thread.start()
    try:
        yield beat
    finally:
        ended.set()
        thread.join()
