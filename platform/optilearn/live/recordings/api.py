"""Recordings of live classes over HTTP, and the reports of the Jibris' finalize script."""

from __future__ import annotations

import logging
from typing import Any, Final
from urllib.parse import urljoin

from django.http import HttpRequest, HttpResponse
from ninja import Router

from optilearn.core.http.auth import Public, principal_of
from optilearn.core.http.envelope import Done, Envelope, answer, refusals
from optilearn.live.recordings import reports, selectors, services
from optilearn.live.recordings.schemas import (
    RecordingOut,
    RecordingStarted,
    RecordingStopped,
    RecordingUpload,
    RecordingUrl,
)

router = Router(tags=["Live classes"], by_alias=True)
READ: Final = refusals(400, 402, 403, 404)
_logger: Final = logging.getLogger(__name__)


@router.post(
    "/live-classes/{int:liveClassId}/recording",
    response={
        200: Envelope[RecordingStarted],
        201: Envelope[RecordingStarted],
        **refusals(400, 403, 404, 409, 503),
    },
    operation_id="startRecording",
)
def start(request: HttpRequest, liveClassId: int) -> HttpResponse:
    """Record a class that is LIVE, as a host. 200: somebody had started it before."""
    found = services.start(principal=principal_of(request), class_id=liveClassId)
    body = {"recordingId": found.recording_id, "alreadyRecording": found.already}
    return answer(body, status=200 if found.already else 201)


@router.delete(
    "/live-classes/{int:liveClassId}/recording",
    response={200: Envelope[RecordingStopped], **refusals(400, 403, 404)},
    operation_id="stopRecording",
)
def stop(request: HttpRequest, liveClassId: int) -> HttpResponse:
    """Stop recording a class, as a host. Again, or where nothing records, changes nothing."""
    services.stop(principal=principal_of(request), class_id=liveClassId)
    states = selectors.recording_states([liveClassId])
    return answer({"status": states.get(liveClassId, selectors.NEVER_RECORDED)})


@router.get(
    "/live-classes/{int:liveClassId}/recordings",
    response={200: Envelope[list[RecordingOut]], **READ},
    operation_id="listClassRecordings",
)
def of_class(request: HttpRequest, liveClassId: int) -> HttpResponse:
    """The recordings of a class, for those who may enter it; students see those to watch."""
    return answer(selectors.recordings_of_class(principal_of(request), liveClassId))


@router.get(
    "/lessons/{int:lessonId}/recordings",
    response={200: Envelope[list[RecordingOut]], **READ},
    operation_id="listLessonRecordings",
)
def of_lesson(request: HttpRequest, lessonId: int) -> HttpResponse:
    """The recordings of a lesson's live classes, for those who may open it; as of a class."""
    return answer(selectors.recordings_of_lesson(principal_of(request), lessonId))


@router.get(
    "/recordings/{int:recordingId}/url",
    response={200: Envelope[RecordingUrl], **READ, **refusals(409, 503)},
    operation_id="getRecordingUrl",
)
def url(request: HttpRequest, recordingId: int) -> HttpResponse:
    """A short-lived address to watch a recording by, whole or in ranges."""
    found = selectors.recording_url(principal_of(request), recordingId)
    return answer(_absolute(request, found))


@router.delete(
    "/recordings/{int:recordingId}",
    response={200: Envelope[Done], **refusals(400, 403, 404, 409)},
    operation_id="deleteRecording",
)
def remove(request: HttpRequest, recordingId: int) -> HttpResponse:
    """Remove a recording and its file for good, as a host."""
    services.remove(principal=principal_of(request), recording_id=recordingId)
    return answer({"done": True})


@router.post(
    "/webhooks/jitsi-recording/upload",
    auth=Public(),
    response={200: Envelope[RecordingUpload], **refusals(400, 401, 409, 503)},
    openapi_extra=reports.ANNOUNCEMENT_EXAMPLE,
    operation_id="announceRecordingUpload",
)
def announce_upload(request: HttpRequest) -> HttpResponse:
    """Announce a recording's file, as the finalize script; get a signed PUT for exactly it.

    A session that isn't known, or whose recording is over, gets null.
    """
    signed = services.offer_upload(reports.announced(request))
    return answer({"upload": None if signed is None else _absolute(request, signed)})


@router.post(
    "/webhooks/jitsi-recording",
    auth=Public(),
    response={200: Envelope[Done], **refusals(400, 401, 409, 503)},
    openapi_extra=reports.REPORT_EXAMPLE,
    operation_id="receiveRecordingReport",
)
def report(request: HttpRequest) -> HttpResponse:
    """Receive a finalize script's report: the file was uploaded, or there is none.

    Repetitions, reports of what is over and of sessions that aren't known are answered 200 and
    change nothing. `done` is false for a file that isn't kept here: it must stay where it is. 409:
    nothing has arrived; announce the file again.
    """
    found = reports.reported(request)
    is_done = True
    if found.type == reports.UPLOADED:
        is_done = services.file_arrived(found.data.session_id)
    elif found.type == reports.FAILED:
        services.job_failed(found.data.session_id, found.data.failure)
    else:
        _logger.warning("A finalize script reports %r, which means nothing here.", found.type)
    return answer({"done": is_done})


def _absolute(request: HttpRequest, found: dict[str, Any]) -> dict[str, Any]:
    """Make the URLs of local files absolute with the request's host."""
    return found | {"url": urljoin(request.build_absolute_uri("/"), found["url"])}
