"""Reads about captions and transcripts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

from django.db.models import F, Func, IntegerField

from optilearn.core.access.policies import STAFF, not_found
from optilearn.core.access.principal import Principal
from optilearn.core.text import comparable
from optilearn.courses.captions.format.languages import canonical
from optilearn.courses.captions.format.problems import worded
from optilearn.courses.captions.format.transcripts import transcript_cues
from optilearn.courses.captions.policies import course_of_reader
from optilearn.courses.models import Caption
from optilearn.files.rows import row_where
from optilearn.files.services import read_whole

MAX_FOUND: Final = 20_000
"""Cues of an answer: a day of speech has fewer."""


@dataclass(frozen=True)
class CaptionFile:
    """A file of captions as it is stored."""

    content: bytes
    etag: str


def caption_list(principal: Principal, lesson_id: int) -> list[dict[str, Any]]:
    """Return the captions of a lesson by language, for staff with the validator's report."""
    course_of_reader(principal, lesson_id)
    rows = Caption.objects.filter(lesson_id=lesson_id).order_by("language")
    counted = Func(F("cues"), function="jsonb_array_length", output_field=IntegerField())
    is_staff = principal.role in STAFF
    return [
        caption_row(row) if is_staff else caption_row(row) | {"problems": None}
        for row in rows.values("language", "label", "updated_at", "report", cue_count=counted)
    ]


def caption_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return one language's captions on the wire."""
    return {
        "language": row["language"],
        "label": row["label"] or row["language"],
        "cueCount": row["cue_count"],
        "updatedAt": row["updated_at"],
        "problems": worded(row["report"]),
    }


def caption_file(principal: Principal, lesson_id: int, language: str) -> CaptionFile:
    """Return the file itself. Raises ``AppError``."""
    course_of_reader(principal, lesson_id)
    found = Caption.objects.filter(lesson_id=lesson_id, language=canonical(language))
    row = row_where(pk__in=found.values("file_id"))
    if row is None:
        raise not_found()
    return CaptionFile(read_whole(row), row.etag)


def transcript(
    principal: Principal, lesson_id: int, language: str | None = None, q: str = ""
) -> dict[str, Any]:
    """Return the words of a lesson with their times; with ``q`` the cues that hold them.

    Without a language it is the reader's own, if there is one, else the first. Raises
    ``AppError`` NOT_FOUND.
    """
    course_of_reader(principal, lesson_id)
    found = dict(
        Caption.objects.filter(lesson_id=lesson_id)
        .order_by("language")
        .values_list("language", "id")
    )
    wanted = canonical(language) if language else _own_language(principal, list(found))
    if wanted not in found:
        raise not_found()
    cues = Caption.objects.filter(pk=found[wanted]).values_list("cues", flat=True).first() or []
    hits = _holding(transcript_cues(cues), comparable(q))
    return {
        "language": wanted,
        "languages": list(found),
        "total": len(hits),
        "cues": hits[:MAX_FOUND],
    }


def _holding(cues: Sequence[dict[str, Any]], needle: str) -> list[dict[str, Any]]:
    """Return the cues that hold the words, which may begin in one and end in a later one."""
    if not needle:
        return list(cues)
    texts = [comparable(cue["text"]) for cue in cues]
    ends = list(accumulate(len(text) + 1 for text in texts))
    text, found, at = " ".join(texts), set[int](), 0
    while (at := text.find(needle, at)) >= 0:
        last = bisect_right(ends, at + len(needle) - 1)
        found.update(range(bisect_right(ends, at), last + 1))
        at += 1
    return [cues[place] for place in sorted(found)]


def _own_language(principal: Principal, languages: list[str]) -> str:
    locale = principal.locale.split("-")[0].lower()
    own = [tag for tag in languages if tag.split("-")[0] == locale]
    return (own or languages or [""])[0]
