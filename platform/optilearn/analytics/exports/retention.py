"""The end of exports: by age, and where a person's data was erased."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.analytics.exports import claims
from optilearn.analytics.exports.problems import Problem
from optilearn.analytics.exports.worker import FOLDERS
from optilearn.analytics.models import ExportJob
from optilearn.core import clock
from optilearn.files.services import discard

_BATCH: Final = 500
_DAY_SECONDS: Final = 86_400


def purge_exports() -> int:
    """Delete the exports of the institution in force that have expired; return their number."""
    total = 0
    while deleted := _purge_some():
        total += deleted
    return total


def remove_leftovers() -> int:
    """Remove the folders of workers on this machine that were killed; return their number."""
    before = time.time() - settings.EXPORT_SECONDS - _DAY_SECONDS
    folders = [f for f in Path(tempfile.gettempdir()).glob(f"{FOLDERS}*") if _is_older(f, before)]
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return len(folders)


def _is_older(folder: Path, moment: float) -> bool:
    try:
        return folder.stat().st_mtime < moment
    except FileNotFoundError:  # its worker is done with it
        return False


@transaction.atomic
def _purge_some() -> int:
    expired = ExportJob.objects.filter(expires_at__lt=clock.now()).order_by("id")
    jobs = list(expired.select_for_update(skip_locked=True)[:_BATCH])
    for job in jobs:
        job.delete()
        if job.file_id is not None:
            discard(job.file_id)
    return len(jobs)


@transaction.atomic
def withdraw_exports() -> int:
    """Take back every file of the institution in force: one of them may show an erased person.

    Called when the snapshots were rewritten. Jobs that run begin anew, on the rewritten files.
    Return the number of files.
    """
    ExportJob.objects.filter(status=ExportJob.Status.RUNNING).update(
        status=ExportJob.Status.QUEUED, lease=None, leased_until=None, rows_done=0
    )
    done = ExportJob.objects.filter(status=ExportJob.Status.DONE, file__isnull=False)
    jobs = list(done.select_for_update().order_by("id"))
    for job in jobs:
        if job.file_id is not None:
            discard(job.file_id)
    claims.end_job(
        ExportJob.objects.filter(pk__in=[job.pk for job in jobs]),
        ExportJob.Status.FAILED,
        Problem(
            "EXPORT_WITHDRAWN",
            _("The file was removed: a person's data was erased since it was written."),
            hint=_("Export it again."),
        ),
    )
    ExportJob.objects.filter(pk__in=[job.pk for job in jobs]).update(file=None)
    return len(jobs)
