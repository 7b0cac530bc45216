"""Uploading and reading files."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urljoin

from django.http import HttpRequest, HttpResponse
from ninja import Router

from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Envelope, answer, refusals
from optilearn.files import selectors, services
from optilearn.files.access import UploadPlace
from optilearn.files.quotas import storage
from optilearn.files.schemas import FileOut, FileUrl, StorageOut, UploadIn, UploadOut

router = Router(tags=["Files"], by_alias=True)
REFUSALS: Final = refusals(400, 401, 403, 404, 503)
UNREADY: Final = REFUSALS | refusals(409)
"""409: the bytes have not arrived, or were not checked yet."""
FULL: Final = REFUSALS | refusals(409)
"""409: there is no room for so many bytes."""


@router.post("/upload", response={201: Envelope[UploadOut], **FULL}, operation_id="startUpload")
def upload(request: HttpRequest, upload: UploadIn) -> HttpResponse:
    """Announce a file, and get a signed PUT for exactly its length and type.

    PUT the bytes to `url` with `headers` before `expiresAt`, then call
    `POST /files/{fileId}/complete`. An upload that never comes is forgotten after a day. Its length
    counts for the quotas of `GET /storage` from now on; CONFLICT says that there is no room.
    """
    place = UploadPlace(upload.category, upload.course_id, upload.lesson_id)
    found = services.request_upload(
        principal=principal_of(request),
        request=services.UploadRequest(
            upload.filename, upload.content_type.lower(), upload.size, place
        ),
    )
    return answer(_absolute(request, found), status=201)


@router.post(
    "/files/{int:fileId}/complete",
    response={200: Envelope[FileOut], **UNREADY},
    operation_id="completeUpload",
)
def complete(request: HttpRequest, fileId: int) -> HttpResponse:
    """Have the uploaded bytes checked; the file is READY then, or a 400 says why not.

    Called again it answers the same.
    """
    return answer(services.complete_upload(principal=principal_of(request), file_id=fileId))


@router.get(
    "/storage", response={200: Envelope[StorageOut], **refusals()}, operation_id="getStorage"
)
def space(request: HttpRequest) -> HttpResponse:
    """The size of the caller's files and its limit; for administrators, the school's too."""
    return answer(storage(principal_of(request)))


@router.get(
    "/files/{int:fileId}", response={200: Envelope[FileOut], **REFUSALS}, operation_id="getFile"
)
def detail(request: HttpRequest, fileId: int) -> HttpResponse:
    """The metadata of a file."""
    return answer(selectors.file_detail(principal_of(request), fileId))


@router.get(
    "/files/{int:fileId}/url",
    response={200: Envelope[FileUrl], **UNREADY},
    operation_id="getFileUrl",
)
def url(request: HttpRequest, fileId: int) -> HttpResponse:
    """A short-lived URL to read the file by, whole or in ranges."""
    return answer(_absolute(request, selectors.file_url(principal_of(request), fileId)))


def _absolute(request: HttpRequest, found: dict[str, Any]) -> dict[str, Any]:
    """Make the URLs of local files absolute with the request's host."""
    return found | {"url": urljoin(request.build_absolute_uri("/"), found["url"])}
