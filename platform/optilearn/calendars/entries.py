"""An entry of a calendar, without records (docs/calendar.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class EntryKind(StrEnum):
    """The reason why something stands in a calendar."""

    ASSIGNMENT_DUE = "ASSIGNMENT_DUE"
    QUIZ_OPENS = "QUIZ_OPENS"
    QUIZ_CLOSES = "QUIZ_CLOSES"
    LIVE_CLASS = "LIVE_CLASS"
    LESSON_UNLOCKS = "LESSON_UNLOCKS"
    ACCESS_ENDS = "ACCESS_ENDS"
    REQUIREMENT_DUE = "REQUIREMENT_DUE"
    TERM = "TERM"
    HOLIDAY = "HOLIDAY"


@dataclass(frozen=True)
class Entry:
    """A moment (``at``), or whole days (``starts_on`` to ``ends_on``, which is the last one)."""

    id: str
    """Stays the same when the entry moves or gets another title."""
    kind: EntryKind
    title: str
    at: datetime | None = None
    ends_at: datetime | None = None
    """The end of what takes time."""
    starts_on: date | None = None
    ends_on: date | None = None
    course_id: int | None = None
    course_title: str = ""
    lesson_id: int | None = None
    assignment_id: int | None = None
    live_class_id: int | None = None
    requirement_id: int | None = None
    student_id: int | None = None
    """The student whose date it is; None: it is the course's or the school's."""
    is_done: bool = False
    """True if it was submitted or met already, or the class is over."""

    def to_wire(self) -> dict[str, Any]:
        """Return the fields for the API."""
        return {
            "id": self.id,
            "kind": self.kind.value,
            "title": self.title,
            "at": self.at,
            "endsAt": self.ends_at,
            "startsOn": self.starts_on,
            "endsOn": self.ends_on,
            "courseId": self.course_id,
            "courseTitle": self.course_title,
            "lessonId": self.lesson_id,
            "assignmentId": self.assignment_id,
            "liveClassId": self.live_class_id,
            "requirementId": self.requirement_id,
            "studentId": self.student_id,
            "isDone": self.is_done,
        }


def entry_id(kind: EntryKind, key: int, student_id: int | None = None) -> str:
    """Return the id of an entry about the record ``key``, for one student or for all."""
    name = f"{kind.value.lower().replace('_', '-')}-{key}"
    return name if student_id is None else f"{name}-{student_id}"
