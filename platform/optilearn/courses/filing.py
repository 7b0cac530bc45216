"""Which files courses and lessons use. A copied course shares the files of its source."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from optilearn.core.errors import AppError, ErrorCode
from optilearn.courses.models import Caption, Course, Lesson
from optilearn.files import services as files
from optilearn.files.rows import row_where


def use_file(file_id: int, categories: Sequence[str]) -> None:
    """Keep a checked file of one of the categories. Raises ``AppError`` VALIDATION_ERROR."""
    row = row_where(pk=file_id)
    if row is None or not row.is_ready or row.category not in categories:
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("Upload the file first; this one isn't there, isn't finished or is of another kind."),
            [{"path": "/fileId", "code": "unusable", "categories": list(categories)}],
        )
    files.keep(file_id)


def stop_using(file_id: int) -> None:
    """Let go of a file unless something else uses it."""
    used = (
        Lesson.objects.filter(file_id=file_id).exists()
        or Course.objects.filter(cover_id=file_id).exists()
        or Caption.objects.filter(file_id=file_id).exists()
    )
    if not used:
        files.release(file_id)
