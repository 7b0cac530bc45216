"""Starts that were killed, jobs that died, stops that failed, files that never came.

Each run looks at what there is, so it may run at any time, and again.
"""

from __future__ import annotations

import logging
from typing import Final

from django.db.models import QuerySet

from optilearn.core import clock
from optilearn.core.locking import each_alone
from optilearn.core.tenancy.context import require_institution_id
from optilearn.live.models import LiveClass, Recording
from optilearn.live.recordings import leases, rules
from optilearn.live.recordings.jibri import JibriBusyError, JibriError
from optilearn.live.recordings.services.receiving import fail_overdue
from optilearn.live.recordings.services.stopping import jibri_at, stop_job

_Status = Recording.Status
_AT_ONCE: Final = 500
_logger: Final = logging.getLogger(__name__)


def run_recordings() -> None:
    """Look after the recordings of the institution in force, and the Jibris that they have."""
    _settle_active()
    _stop_with_classes()
    _stop_abandoned()
    due = Recording.objects.filter(status=_Status.PROCESSING).order_by("id")
    each_alone(
        list(due.values_list("session_id", flat=True)[:_AT_ONCE]),
        fail_overdue,
        _logger,
        "recording",
    )


def _settle_active() -> None:
    """Ask the Jibris of recordings that began a while ago whether they record.

    A start that was killed between the Jibri's answer and its own commit did begin: the recording
    goes on, as its hosts are told when they press again. A Jibri that is idle has lost its job.
    """
    older = Recording.objects.filter(
        status__in=rules.ACTIVE, created_at__lte=clock.now() - rules.STARTING
    )
    for recording in older.order_by("id")[:_AT_ONCE]:
        is_busy = _is_busy(recording.session_id)
        if recording.status == _Status.PENDING:
            _settle_start(recording, is_busy=is_busy is True)
        elif is_busy is False:
            _logger.warning("Session %s has ended by itself.", recording.session_id)
            _as_it_was(recording).update(status=_Status.PROCESSING, stopped_at=clock.now())


def _settle_start(recording: Recording, *, is_busy: bool) -> None:
    now = clock.now()
    if is_busy:
        _as_it_was(recording).update(status=_Status.RECORDING, recording_at=now)
    else:
        _as_it_was(recording).update(
            status=_Status.FAILED,
            failure=Recording.Failure.NOT_STARTED,
            stopped_at=now,
            finished_at=now,
        )


def _as_it_was(recording: Recording) -> QuerySet[Recording]:
    """The row, unless somebody has changed it since it was read."""
    return Recording.objects.filter(
        pk=recording.pk, session_id=recording.session_id, status=recording.status
    )


def _is_busy(session_id: str) -> bool | None:
    """Return whether the session's Jibri does a job, which is the session's; None: unknown."""
    url = leases.jibri_of(session_id)
    if url is None:
        return False
    try:
        jibri_at(url).check_idle()
    except JibriBusyError:
        return True
    except JibriError:
        return None
    return False


def _stop_with_classes() -> None:
    """Stop what is recorded of a class that isn't LIVE any more."""
    over = Recording.objects.filter(status__in=rules.ACTIVE).exclude(
        live_class__status=LiveClass.Status.LIVE
    )
    over.update(status=_Status.PROCESSING, stopped_at=clock.now())


def _stop_abandoned() -> None:
    """Stop the Jibris whose session records nothing any more, except those just being started."""
    sessions = leases.sessions_of(require_institution_id())
    if not sessions:
        return
    found = Recording.objects.filter(session_id__in=sessions)
    young = clock.now() - rules.STARTING
    in_use = {
        session_id
        for session_id, status, created_at in found.values_list(
            "session_id", "status", "created_at"
        )
        if status in rules.ACTIVE or (status == _Status.PROCESSING and created_at > young)
    }
    for session_id in sessions:
        if session_id not in in_use:
            stop_job(session_id)
