"""Endpoints of a folder's signed URLs: public, since the URL is the permission."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Router

from optilearn.core.http.auth import Public
from optilearn.core.http.envelope import Envelope, answer, refusals
from optilearn.files.objects import hand_out, receive_object
from optilearn.files.schemas import Stored

router = Router(tags=["Files"], by_alias=True)
REFUSALS: Final = refusals(400, 403, 404)
_BYTES: Final[dict[str, Any]] = {
    "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}
}
_ANSWERS: Final = {
    "responses": {
        200: {"description": "The file.", **_BYTES},
        206: {"description": "A range of it.", **_BYTES},
        304: {"description": "As the caller has it."},
    }
}


@router.put(
    "/files/objects/{token}",
    auth=Public(),
    response={200: Envelope[Stored], **REFUSALS, **refusals(409, 503)},
    openapi_extra={"requestBody": _BYTES},
    operation_id="uploadObject",
)
def put_object(request: HttpRequest, token: str) -> HttpResponse:
    """Send the bytes of an upload. The address and its headers come from `POST /upload`."""
    return answer({"etag": receive_object(request, token).etag})


@router.get(
    "/files/objects/{token}",
    auth=Public(),
    response={**REFUSALS, **refusals(416)},
    openapi_extra=_ANSWERS,
    operation_id="downloadObject",
)
def get_object(request: HttpRequest, token: str) -> HttpResponseBase:
    """Read a file, whole or a range. The address comes from `GET /files/{fileId}/url`."""
    return hand_out(request, token)


@router.api_operation(
    ["HEAD"],
    "/files/objects/{token}",
    auth=Public(),
    response=REFUSALS,
    openapi_extra=_ANSWERS,
    operation_id="checkObject",
)
def head_object(request: HttpRequest, token: str) -> HttpResponseBase:
    """Answer as a read of the file would, without its bytes."""
    return hand_out(request, token)
