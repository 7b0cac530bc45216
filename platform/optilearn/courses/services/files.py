"""The files that courses and lessons use. A copied course shares the files of its source."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.courses.models import Caption, Course, Lesson
from optilearn.files import services as files


def use_file(principal: Principal, file_id: int, categories: Sequence[str]) -> None:
    """Use a checked file of one of the categories, which the principal may read.

    Raises ``AppError`` VALIDATION_ERROR: somebody else's file isn't there.
    """
    try:
        files.keep(file_id, principal=principal, categories=frozenset(categories))
    except AppError as error:
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("Upload the file first: it is missing, not finished, or of the wrong type."),
            [{"path": "/fileId", "code": "unusable", "categories": list(categories)}],
        ) from error


def stop_using(file_id: int) -> None:
    """Release a file unless something else uses it."""
    used = (
        Lesson.objects.filter(file_id=file_id).exists()
        or Course.objects.filter(cover_id=file_id).exists()
        or Caption.objects.filter(file_id=file_id).exists()
    )
    if not used:
        files.release(file_id)
