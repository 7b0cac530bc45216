"""The events of courses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from optilearn.core.events import Event


@dataclass(frozen=True)
class SeatLimitChanged(Event):
    """The number of seats of a course was changed."""

    course_id: int


@dataclass(frozen=True)
class RequiredLessonsChanged(Event):
    """Required lessons of a course were added, archived or deleted."""

    course_id: int


@dataclass(frozen=True)
class CoursePublished(Event):
    """A course was PUBLISHED, which happens once."""

    course_id: int


@dataclass(frozen=True)
class CourseCopied(Event):
    """A course was copied; dates moved by ``days``."""

    course_id: int
    copy_id: int
    days: int
    lessons: Mapping[int, int]
    """Ids of the copies by those of the originals."""
    by_manager: bool
    """A manager of the original copied it, who may see what is hidden from other authors."""


@dataclass(frozen=True)
class DeletingLessons(Event):
    """Lessons are about to be deleted: what hangs on them and was never used can go first."""

    lesson_ids: tuple[int, ...]


@dataclass(frozen=True)
class LessonAdded(Event):
    """Somebody added a lesson, whatever the status of its course; copies don't count."""

    lesson_id: int
