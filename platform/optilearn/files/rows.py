"""A file's record as a plain row, which rules of other apps get to see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from optilearn.files.models import File


@dataclass(frozen=True)
class FileRow:
    """One file."""

    id: int
    owner_id: int | None
    course_id: int | None
    lesson_id: int | None
    category: str
    key: str
    name: str
    content_type: str
    size_bytes: int
    status: str
    etag: str
    problem: str
    created_at: datetime
    ready_at: datetime | None
    is_kept: bool
    reach: Mapping[str, Any] | None = None

    @property
    def is_ready(self) -> bool:
        """True if it was checked and may be used."""
        return self.status == File.Status.READY

    def on_the_wire(self) -> dict[str, Any]:
        """Return the fields for the API."""
        return {
            "id": self.id,
            "filename": self.name,
            "contentType": self.content_type,
            "category": self.category,
            "size": self.size_bytes,
            "status": self.status,
            "courseId": self.course_id,
            "lessonId": self.lesson_id,
            "ownerId": self.owner_id,
            "problem": self.problem or None,
            "createdAt": self.created_at,
            "readyAt": self.ready_at,
        }


COLUMNS = tuple(field.name for field in fields(FileRow))


def row_where(**conditions: Any) -> FileRow | None:
    """The file of the institution in force that meets the conditions."""
    found = File.objects.filter(**conditions).values(*COLUMNS).first()
    return FileRow(**found) if found else None
