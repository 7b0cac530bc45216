"""Reports of the Jibris' finalize script: a file is to come, it came, or there is none.

Its reports may be late, doubled, and out of order. Each one only moves a recording forward, so
that one that is sent again, by whomever, finds nothing left to do: no list of ids is needed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction

from optilearn.core import audit, clock
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.events import publish
from optilearn.core.tenancy.context import tenant_context
from optilearn.files import services as files
from optilearn.files.access import UploadPlace
from optilearn.institutions.selectors import institution_by_number
from optilearn.live.events import RecordingReady
from optilearn.live.models import Recording
from optilearn.live.recordings import leases, rules

CATEGORY: Final = "recordings"
_Status = Recording.Status
_Failure = Recording.Failure
_logger: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class Announcement:
    """A file that a finalize script has, and wants to bring."""

    session_id: str
    content_type: str
    size: int
    """In bytes."""
    room: str = ""
    """The room that was recorded, as the Jibri's metadata have it; empty if it has none."""


def offer_upload(announcement: Announcement) -> dict[str, Any] | None:
    """Return a signed PUT for the file; None if none is wanted (unknown, over, refused).

    Raises ``AppError`` CONFLICT if the institution has no room for it.
    """
    with _institution_of(announcement.session_id) as is_known:
        return _offer(announcement) if is_known else None


def file_arrived(session_id: str) -> bool:
    """Check the file that was uploaded. Then the recording is READY, and students hear of it once.

    Return True if it is READY: the Jibri may remove its own copy.

    Raises ``AppError``: CONFLICT while nothing has arrived, SERVICE_UNAVAILABLE if the store can't
    be asked.
    """
    with _institution_of(session_id) as is_known:
        if not is_known:
            return False
        _receive(session_id)
        return Recording.objects.filter(session_id=session_id, status=_Status.READY).exists()


def job_failed(session_id: str, failure: str) -> None:
    """There is no file. A recording that is over stays as it is."""
    with _institution_of(session_id) as is_known:
        if is_known:
            _fail(session_id, failure)


@contextmanager
def _institution_of(session_id: str) -> Iterator[bool]:
    """Work in the institution of a session; False if there is no such session."""
    number = leases.institution_of(session_id)
    if number is None or institution_by_number(number) is None:
        _logger.warning("A finalize script reports %r, which is no session here.", session_id[:80])
        yield False
        return
    with tenant_context(number):
        # The Jibri called its finalize script, so its job is over; no stop is needed.
        leases.release(session_id)
        is_known = Recording.objects.filter(session_id=session_id).exists()
        if not is_known:
            _logger.warning("A finalize script reports %s, which isn't known here.", session_id)
        yield is_known


def _locked(session_id: str) -> Recording | None:
    rows = Recording.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("live_class").filter(session_id=session_id).first()


@transaction.atomic
def _offer(announcement: Announcement) -> dict[str, Any] | None:
    recording = _locked(announcement.session_id)
    if recording is None or not rules.takes_file(recording):
        return None
    if announcement.room not in {"", recording.live_class.room}:
        _logger.error("Session %s brings another room's file.", announcement.session_id)
        _set_failed(recording, _Failure.REFUSED)
        return None
    if recording.status in rules.ACTIVE:
        recording.status, recording.stopped_at = _Status.PROCESSING, clock.now()
    place = UploadPlace(CATEGORY, recording.live_class.course_id, recording.live_class.lesson_id)
    awaited = files.Awaited(_name_of(recording), announcement.content_type, announcement.size)
    try:
        recording.upload_id, signed = files.await_upload(
            place=place, awaited=awaited, before=recording.upload_id
        )
    except AppError as error:
        if error.code is not ErrorCode.VALIDATION_ERROR:
            raise
        _logger.warning("The file of session %s isn't taken: %s", recording.session_id, error)
        _set_failed(recording, _Failure.REFUSED)
        return None
    recording.save(update_fields=["status", "stopped_at", "upload_id"])
    return signed


def _receive(session_id: str) -> None:
    recording = Recording.objects.filter(session_id=session_id).first()
    if recording is None or not rules.takes_file(recording):
        return
    if recording.upload_id is None:
        raise files.not_ready()
    try:
        # Outside a transaction: the store is asked.
        files.complete_awaited(recording.upload_id)
    except AppError as error:
        if error.code is ErrorCode.NOT_FOUND:  # it was awaited for too long
            raise files.not_ready() from error
        if error.code is not ErrorCode.VALIDATION_ERROR:
            raise
        _fail(session_id, _Failure.REFUSED)
    else:
        _set_ready(session_id, recording.upload_id)


@transaction.atomic
def _set_ready(session_id: str, file_id: int) -> None:
    recording = _locked(session_id)
    if recording is None or not rules.takes_file(recording):
        return
    files.keep(file_id)
    now = clock.now()
    recording.status, recording.failure, recording.file_id = _Status.READY, "", file_id
    recording.stopped_at, recording.finished_at = recording.stopped_at or now, now
    recording.save(update_fields=["status", "failure", "file", "stopped_at", "finished_at"])
    audit.record(
        action="recording.ready",
        target=f"live-class:{recording.live_class_id}",
        details={"recording": recording.pk, "file": file_id},
    )
    publish(RecordingReady(recording.pk))


@transaction.atomic
def _fail(session_id: str, failure: str) -> None:
    recording = _locked(session_id)
    if recording is not None and rules.takes_file(recording):
        _set_failed(recording, failure)


def fail_overdue(session_id: str) -> bool:
    """Fail a recording whose file should be there by now; called in a transaction of its own."""
    recording = _locked(session_id)
    if recording is None or recording.status != _Status.PROCESSING:
        return False
    due = rules.file_due(recording)
    if due is None or clock.now() < due:
        return False
    _set_failed(recording, _Failure.TIMED_OUT)
    return True


def _set_failed(recording: Recording, failure: str) -> None:
    """A locked recording has failed; whoever calls it is in the transaction."""
    now = clock.now()
    recording.status, recording.failure = _Status.FAILED, failure
    recording.stopped_at, recording.finished_at = recording.stopped_at or now, now
    recording.save(update_fields=["status", "failure", "stopped_at", "finished_at"])
    audit.record(
        action="recording.fail",
        target=f"live-class:{recording.live_class_id}",
        outcome="failed",
        details={"recording": recording.pk, "failure": failure},
    )


def _name_of(recording: Recording) -> str:
    return f"{recording.live_class.title}.mp4"
