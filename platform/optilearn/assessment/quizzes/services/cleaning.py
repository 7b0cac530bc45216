"""A question as it is stored: HTML made harmless, and still whole after that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from pydantic import ValidationError

from optilearn.assessment.quizzes.questions.canonical import fingerprint_of
from optilearn.assessment.quizzes.questions.content import (
    Content,
    FillBlankContent,
    content_of,
    stored,
)
from optilearn.core.errors import invalid
from optilearn.courses.services.richtext import sanitized

HTML_FIELDS: Final = frozenset(
    {"text", "left", "feedback", "feedbackRight", "feedbackWrong", "notesForGraders"}
)
"""Fields of a content that are HTML, as they are on the wire."""
TYPED_LISTS: Final = frozenset({"answers", "distractors"})
"""Lists whose texts are compared with what is typed, or shown as they are."""


@dataclass(frozen=True)
class CleanQuestion:
    """Text, content and feedback as they are stored, and the fingerprint of their meaning."""

    text: str
    content: Any
    feedback: str
    fingerprint: str


def cleaned(text: str, content: Content, feedback: str) -> CleanQuestion:
    """Make the HTML of a question harmless.

    Raises ``AppError`` VALIDATION_ERROR if too little is left: something to read, and every gap.
    """
    clean_text, clean_content = sanitized(text), _clean(stored(content))
    clean_feedback = sanitized(feedback)
    found = _check_clean(clean_text, clean_content)
    return CleanQuestion(
        text=clean_text,
        content=clean_content,
        feedback=clean_feedback,
        fingerprint=fingerprint_of(clean_text, found, clean_feedback),
    )


def _check_clean(text: str, content: Any) -> Content:
    try:
        found = content_of(content)
    except ValidationError as error:
        place = "/".join(str(part) for part in error.errors()[0]["loc"][1:])
        raise invalid(_("Nothing is left of this text."), f"/content/{place}") from None
    if not text.strip():
        raise invalid(_("Nothing is left of this text."), "/text")
    if isinstance(found, FillBlankContent):
        missing = [one.key for one in found.blanks if f"[[{one.key}]]" not in text]
        if missing:
            raise invalid(
                _("The text has no gap [[%(key)s]].") % {"key": missing[0]}, "/content/blanks"
            )
    return found


def _clean(value: Any, *, is_typed: bool = False) -> Any:
    """The content with its HTML sanitized; texts that are compared stay as they are."""
    if isinstance(value, dict):
        return {
            name: sanitized(part)
            if name in HTML_FIELDS and isinstance(part, str) and not (is_typed and name == "text")
            else _clean(part, is_typed=name in TYPED_LISTS)
            for name, part in value.items()
        }
    if isinstance(value, list):
        return [_clean(part, is_typed=is_typed) for part in value]
    return value
