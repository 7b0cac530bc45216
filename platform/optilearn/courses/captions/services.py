"""Captions are read as a browser reads them and reported on as a validator would.

They are refused only when no cue survives (docs/protocols.md#captions).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.core import audit, clock
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.courses.captions.format import webvtt
from optilearn.courses.captions.format.languages import canonical
from optilearn.courses.captions.format.problems import worded
from optilearn.courses.captions.format.srt import webvtt_of
from optilearn.courses.captions.policies import course_of_writer
from optilearn.courses.captions.selectors import caption_row
from optilearn.courses.models import Caption, Lesson
from optilearn.courses.rules import CAPTIONS_MAX_BYTES
from optilearn.files.access import UploadPlace
from optilearn.files.services import GeneratedFile, keep, release, store_generated


@dataclass(frozen=True)
class CaptionText:
    """A file of captions as it came: WebVTT or SRT."""

    text: str
    label: str = ""


def put_caption(
    *, principal: Principal, lesson_id: int, language: str, caption: CaptionText
) -> dict[str, Any]:
    """Store a lesson's captions in a language, in place of those that were there.

    SRT is stored as WebVTT, which players read; the report is on that.

    Raises ``AppError``: VALIDATION_ERROR for a text that is too large or has no cue (with the
    report in its details), FORBIDDEN, NOT_FOUND, CONFLICT if there is no room for it.
    """
    course_id = course_of_writer(principal, lesson_id)
    language = canonical(language)
    text = webvtt_of(caption.text)
    content = text.encode()
    if len(content) > CAPTIONS_MAX_BYTES:
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("Captions can have at most 2 MB. Remove images and styles."),
        )
    document = webvtt.parse(text)
    report = report_of(document)
    shown = [cue for cue in document.cues if cue.end > cue.start]  # the others are in the report
    if not shown:
        raise AppError(
            ErrorCode.VALIDATION_ERROR, _("This file has no cue that can be shown."), worded(report)
        )
    # Before the transaction: the file's record must be there before its object.
    file_id = store_generated(
        place=UploadPlace("captions", course_id, lesson_id),
        file=GeneratedFile.of(f"{language}.vtt", "text/vtt", content),
        owner=principal,
    )
    values: dict[str, Any] = {
        "label": caption.label,
        "file_id": file_id,
        "cues": [cue_row(cue) for cue in shown],
        "report": report,
        "updated_at": clock.now(),
    }
    _replace(principal, (course_id, lesson_id), language, values)
    return caption_row(values | {"language": language, "cue_count": len(values["cues"])})


@transaction.atomic
def _replace(
    principal: Principal, place: tuple[int, int], language: str, values: dict[str, Any]
) -> None:
    course_id, lesson_id = place
    # Whoever writes captions of this lesson at the same time waits here.
    lesson = Lesson.objects.select_for_update().filter(pk=lesson_id).first()
    if lesson is None:
        raise not_found()
    old = Caption.objects.filter(lesson=lesson, language=language).first()
    caption = old or Caption(lesson_id=lesson_id, course_id=course_id, language=language)
    released = old.file_id if old else None
    for name, value in values.items():
        setattr(caption, name, value)
    caption.save()
    keep(values["file_id"])
    if released is not None:
        release(released)
    audit.record(
        action="caption.put",
        actor=principal,
        target=f"lesson:{lesson_id}",
        details={"language": language, "cues": len(values["cues"])},
    )


@transaction.atomic
def delete_caption(*, principal: Principal, lesson_id: int, language: str) -> None:
    """Remove the captions of a language. Raises ``AppError`` FORBIDDEN or NOT_FOUND."""
    course_of_writer(principal, lesson_id)
    language = canonical(language)
    found = Caption.objects.select_for_update().filter(lesson_id=lesson_id, language=language)
    caption = found.first()
    if caption is None:
        raise not_found()
    caption.delete()
    release(caption.file_id)
    audit.record(
        action="caption.delete",
        actor=principal,
        target=f"lesson:{lesson_id}",
        details={"language": language},
    )


def cue_row(cue: webvtt.Cue) -> dict[str, Any]:
    """Return a cue of a transcript: seconds, and text without tags."""
    return {"start": cue.start / 1_000, "end": cue.end / 1_000, "text": cue.text}


def report_of(document: webvtt.Document) -> list[dict[str, Any]]:
    """Return the validator's report in English, as it is stored."""
    return [
        {"line": p.line, "column": p.column, "code": p.code.value, "message": p.message}
        for p in document.problems
    ]
