"""Captions and transcripts of lessons."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Envelope, answer, refusals
from optilearn.core.http.parsing import let_nul_pass
from optilearn.courses.captions import selectors, services
from optilearn.courses.captions.schemas import (
    CaptionDeleted,
    CaptionIn,
    LessonCaption,
    TranscriptOut,
    TranscriptQuery,
)

router = Router(tags=["Captions"], by_alias=True)
# A player shows U+FFFD for it (WebVTT, "preprocess"), so one isn't worth losing the file.
let_nul_pass("PUT", r"/api/lessons/[0-9]+/captions/[^/]+")
REFUSALS: Final = refusals(400, 401, 402, 403, 404)
"""402 and 403 also where a student's lesson is not open: fees, or a date to come."""
_WEBVTT: Final[dict[str, Any]] = {
    "responses": {
        200: {
            "description": "The captions.",
            "content": {"text/vtt": {"schema": {"type": "string"}}},
        },
        304: {"description": "As the caller has them."},
    }
}


@router.get(
    "/lessons/{int:lessonId}/captions",
    response={200: Envelope[list[LessonCaption]], **REFUSALS},
    operation_id="listCaptions",
)
def captions(request: HttpRequest, lessonId: int) -> HttpResponse:
    """The languages that a lesson has captions in."""
    return answer(selectors.caption_list(principal_of(request), lessonId))


@router.put(
    "/lessons/{int:lessonId}/captions/{language}",
    response={200: Envelope[LessonCaption], **REFUSALS, **refusals(409, 503)},
    operation_id="putCaptions",
)
def put_caption(
    request: HttpRequest, lessonId: int, language: str, caption: CaptionIn
) -> HttpResponse:
    """Store captions in WebVTT or SRT, in place of those that were there.

    SRT becomes WebVTT, whose lines `problems` counts.

    They are read as a browser reads them; `problems` says what a validator would. Refused is
    only a file of which no cue can be shown: the problems are in the error's details then.
    """
    return answer(
        services.put_caption(
            principal=principal_of(request),
            lesson_id=lessonId,
            language=language,
            caption=services.CaptionText(caption.text, caption.label),
        )
    )


@router.get(
    "/lessons/{int:lessonId}/captions/{language}",
    response={**REFUSALS, **refusals(503)},
    openapi_extra=_WEBVTT,
    operation_id="getCaptions",
)
def caption(request: HttpRequest, lessonId: int, language: str) -> HttpResponse:
    """The WebVTT itself, as it was stored."""
    found = selectors.caption_file(principal_of(request), lessonId, language)
    tag = f'"{found.etag}"'
    if tag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers={"ETag": tag})
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return HttpResponse(found.content, content_type="text/vtt; charset=utf-8", headers=headers)


@router.delete(
    "/lessons/{int:lessonId}/captions/{language}",
    response={200: Envelope[CaptionDeleted], **REFUSALS},
    operation_id="deleteCaptions",
)
def delete_caption(request: HttpRequest, lessonId: int, language: str) -> HttpResponse:
    """Remove the captions of a language."""
    services.delete_caption(principal=principal_of(request), lesson_id=lessonId, language=language)
    return answer({"deleted": True})


@router.get(
    "/lessons/{int:lessonId}/transcript",
    response={200: Envelope[TranscriptOut], **REFUSALS},
    operation_id="getTranscript",
)
def transcript(request: HttpRequest, lessonId: int, query: Query[TranscriptQuery]) -> HttpResponse:
    """The transcript of a lesson with its times; with `q`, the cues that hold these words."""
    found = selectors.transcript(principal_of(request), lessonId, query.language, query.q)
    return answer(found)
