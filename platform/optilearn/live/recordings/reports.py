"""The reports of finalize scripts, as they are on the wire (docs/protocols.md#jibri)."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from optilearn.core.errors import invalid
from optilearn.core.http.webhooks import signed_body
from optilearn.core.jsontext import read_json
from optilearn.files.kinds import registered
from optilearn.live.recordings.services import Announcement

_MAX_BYTES: Final = 16 * 1024
_Session = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
UPLOADED: Final = "recording.uploaded"
FAILED: Final = "recording.failed"


class _File(msgspec.Struct, rename="camel"):
    session_id: _Session
    content_type: Annotated[str, msgspec.Meta(max_length=200)]
    size: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    room: Annotated[str, msgspec.Meta(max_length=500)] = ""


class ReportData(msgspec.Struct, rename="camel"):
    """The session that is reported, and the cause of its failure."""

    session_id: _Session
    failure: Literal["NO_MEDIA", "REFUSED"] = "NO_MEDIA"


class Report(msgspec.Struct, rename="camel"):
    """One report of a finalize script."""

    type: Annotated[str, msgspec.Meta(max_length=100)]
    data: ReportData


T = TypeVar("T")


def announced(request: HttpRequest) -> Announcement:
    """Return the file that a signed request announces. Raises ``AppError`` as ``reported``."""
    found = _signed(request, _File)
    return Announcement(
        found.session_id, registered(found.content_type), found.size, found.room.lower()
    )


def reported(request: HttpRequest) -> Report:
    """Return a signed report.

    Raises ``AppError``: SERVICE_UNAVAILABLE without a secret, AUTH_REQUIRED for a signature that
    is wrong or old, VALIDATION_ERROR for anything but a report.
    """
    return _signed(request, Report)


def _signed(request: HttpRequest, kind: type[T]) -> T:
    _id, body = signed_body(request, settings.RECORDING_WEBHOOK_SECRETS)
    if len(body) > _MAX_BYTES:
        raise invalid(_("The request is too large."), "")
    try:
        return read_json(body, kind)
    except ValueError as error:
        raise invalid(_("The request isn't valid. See the details."), "") from error


def _example(description: str, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "requestBody": {
            "required": True,
            "description": f"{description} Signed as Standard Webhooks has it.",
            "content": {"application/json": {"schema": {"type": "object", "example": body}}},
        }
    }


_SESSION: Final = "7-0f3c9a5e6b1d4c2f8a7e9d0b1c2a3f4e"
ANNOUNCEMENT_EXAMPLE: Final = _example(
    "The file.",
    {
        "sessionId": _SESSION,
        "contentType": "video/mp4",
        "size": 734003200,
        "room": "6f1e0a9c2b7d4e58a1c3f0d9b8e7a6c5",
    },
)
REPORT_EXAMPLE: Final = _example(
    "`recording.uploaded`, or `recording.failed` with a `failure` in its data.",
    {"type": UPLOADED, "data": {"sessionId": _SESSION}},
)
