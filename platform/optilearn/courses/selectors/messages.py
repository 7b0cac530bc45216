"""Facts about courses for messages, and their teachers. For the product itself: no permissions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from optilearn.courses.models import CoTeacher, Course, Lesson
from optilearn.courses.rules import is_live


@dataclass(frozen=True)
class CourseSummary:
    """A course, in short."""

    id: int
    title: str
    status: str

    @property
    def is_live(self) -> bool:
        """True if its students may open it."""
        return is_live(self.status)


@dataclass(frozen=True)
class LessonSummary:
    """A lesson, in short."""

    id: int
    title: str
    course: CourseSummary


@dataclass(frozen=True)
class Taught:
    """A course of a teacher's."""

    person_id: int
    course_id: int
    title: str


def course_summaries(course_ids: Collection[int]) -> dict[int, CourseSummary]:
    """Return these courses by their ids; one that isn't there is missing. One query."""
    rows = Course.objects.filter(pk__in=course_ids).values_list("id", "title", "status")
    return {row[0]: CourseSummary(*row) for row in rows}


def lesson_summary(lesson_id: int) -> LessonSummary | None:
    """That lesson; nothing of one that isn't there, or is archived."""
    rows = Lesson.objects.filter(pk=lesson_id, archived_at=None)
    row = rows.values_list("title", "course_id", "course__title", "course__status").first()
    return LessonSummary(lesson_id, row[0], CourseSummary(*row[1:])) if row else None


def teacher_ids(course_id: int) -> list[int]:
    """Its creator and co-teachers, ascending."""
    creators = Course.objects.filter(pk=course_id, creator__isnull=False)
    others = CoTeacher.objects.filter(course_id=course_id)
    found = {*creators.values_list("creator_id", flat=True)}
    return sorted(found | {*others.values_list("person_id", flat=True)})


def courses_taught(person_ids: Collection[int]) -> list[Taught]:
    """Return the PUBLISHED courses that these people created or co-teach, by title. Two queries."""
    found = {
        (row[0], row[1]): Taught(*row)
        for row in (
            *Course.objects.filter(
                status=Course.Status.PUBLISHED, creator_id__in=person_ids
            ).values_list("creator_id", "id", "title"),
            *CoTeacher.objects.filter(
                course__status=Course.Status.PUBLISHED, person_id__in=person_ids
            ).values_list("person_id", "course_id", "course__title"),
        )
    }
    return sorted(found.values(), key=lambda one: (one.person_id, one.title, one.course_id))
