"""Checks of an upload, before it is announced and after it arrived."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from optilearn.core.errors import AppError, ErrorCode
from optilearn.files.access import UploadPlace
from optilearn.files.kinds import CATEGORIES, MIB
from optilearn.files.rows import FileRow
from optilearn.files.sniffing import SNIFFED_BYTES, looks_like
from optilearn.files.stores.base import Head, NoObjectError, Store

WRONG_SIZE = "WRONG_SIZE"
WRONG_TYPE = "WRONG_TYPE"
WRONG_CONTENT = "WRONG_CONTENT"


def invalid(field: str, message: str, **more: Any) -> AppError:
    """One field of a request is wrong."""
    details = [{"path": f"/{field}", "code": "invalid", "message": message, **more}]
    return AppError(ErrorCode.VALIDATION_ERROR, message, details)


def check_request(place: UploadPlace, content_type: str, size: int) -> None:
    """Raises ``AppError`` VALIDATION_ERROR for what the category doesn't take."""
    category = CATEGORIES.get(place.category)
    if category is None:
        raise invalid("category", _("There is no such category."), allowed=sorted(CATEGORIES))
    if place.lesson_id is not None and place.course_id is None:
        raise invalid("courseId", _("Give the lesson's course too."))
    if content_type not in category.types:
        message = _("Files of this type can't be uploaded here.")
        raise invalid("contentType", message, allowed=sorted(category.types))
    if not 0 < size <= category.max_bytes:
        message = _("A file must have between 1 byte and %(most)d MB.")
        raise invalid(
            "size", message % {"most": category.max_bytes // MIB}, most=category.max_bytes
        )


def problem_of(row: FileRow, head: Head, store: Store) -> str:
    """Return the reason why the object isn't what was announced; empty if it is."""
    if head.size != row.size_bytes:
        return WRONG_SIZE
    if head.content_type != row.content_type:
        return WRONG_TYPE
    try:
        first = store.read(row.key, min(SNIFFED_BYTES, head.size))
    except NoObjectError:
        return WRONG_SIZE  # it went away while it was looked at
    return "" if looks_like(row.content_type, first) else WRONG_CONTENT


def problem_text(problem: str) -> str:
    """In words."""
    if problem == WRONG_SIZE:
        return _("The file's size differs from the announced size. Start a new upload.")
    if problem == WRONG_TYPE:
        return _("The file's type differs from the announced type. Start a new upload.")
    return _("The file's content doesn't match its type.")
