"""What this app knows of courses and lessons, and of the caller's place in them.

The one module that reads the tables of ``courses``. One statement answers what a request needs
to know about a course or a lesson: its facts, who manages it, the caller's enrollment, and the
institution's zone and settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from optilearn.core import clock
from optilearn.core.access.policies import ADMINS, STAFF
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.enrollment import drip
from optilearn.enrollment.sql import Row, row, rows, woven

LIVE_COURSES: Final = frozenset({"PUBLISHED", "ARCHIVED"})
"""Courses that enrolled students have access to."""


@dataclass(frozen=True)
class Standing:
    """A course as the caller stands to it."""

    course_id: int
    title: str
    status: str
    max_enrollments: int | None
    access_days: int | None
    self_enrollment: bool
    is_meant_for_caller: bool
    """Untargeted, or targeted at the caller's class or section."""
    manages: bool
    zone: ZoneInfo
    settings: dict[str, Any]
    crm_id: str
    section_id: str
    enrollment: Enrolled | None
    is_unprepared: bool
    """Whether a prerequisite isn't completed."""

    @property
    def is_live(self) -> bool:
        """Whether students who are enrolled see the course."""
        return self.status in LIVE_COURSES


@dataclass(frozen=True)
class Enrolled:
    """The caller's own enrollment."""

    id: int
    status: str
    source: str
    enrolled_at: datetime | None
    expires_at: datetime | None
    completed_at: datetime | None
    withdrawn_by_id: int | None
    progress_pct: Decimal | None
    has_begun: bool

    @property
    def status_now(self) -> str:
        """A passed end reads as EXPIRED at once, whether the sweep has been here or not."""
        lapsed = self.expires_at is not None and self.expires_at <= clock.now()
        return "EXPIRED" if self.status == "ACTIVE" and lapsed else self.status

    @property
    def is_live(self) -> bool:
        """Whether it opens lessons: ACTIVE or COMPLETED, and its end isn't past."""
        if self.expires_at is not None and self.expires_at <= clock.now():
            return False
        return self.status in {"ACTIVE", "COMPLETED"}


@dataclass(frozen=True)
class Lesson:
    """A lesson's facts, and the caller's progress in it."""

    id: int
    course_id: int
    module_id: int
    title: str
    kind: str
    content: str
    file_id: int | None
    embed_url: str
    duration_seconds: int | None
    is_required: bool
    completion: str
    threshold: int | None
    schedule: drip.Schedule
    is_archived: bool
    has_overrides: bool


_STANDING: Final = """
    c.id AS course_id, c.title, c.status, c.max_enrollments, c.access_days, c.self_enrollment,
    (cardinality(c.target_class_ids) = 0 AND cardinality(c.target_section_ids) = 0)
        OR (p.class_id <> '' AND p.class_id = ANY (c.target_class_ids))
        OR (p.section_id <> '' AND p.section_id = ANY (c.target_section_ids)) AS is_meant,
    c.creator_id = p.id OR EXISTS (
        SELECT FROM courses_coteacher t WHERE t.institution_id = c.institution_id
           AND t.course_id = c.id AND t.person_id = p.id) AS teaches,
    EXISTS (
        SELECT FROM courses_prerequisite q WHERE q.institution_id = c.institution_id
           AND q.course_id = c.id AND NOT EXISTS (
            SELECT FROM enrollment_enrollment d WHERE d.institution_id = q.institution_id
               AND d.student_id = p.id AND d.course_id = q.requires_id
               AND (d.status = 'COMPLETED' OR d.completed_at IS NOT NULL))) AS is_unprepared,
    i.time_zone, i.settings, p.crm_id, p.section_id,
    e.id AS e_id, e.status AS e_status, e.source AS e_source, e.enrolled_at, e.expires_at,
    e.completed_at, e.withdrawn_by_id, e.progress_pct, EXISTS (
        SELECT FROM enrollment_lessonprogress g WHERE g.institution_id = e.institution_id
           AND g.enrollment_id = e.id) AS has_begun
"""
_AROUND: Final = """
    JOIN institutions_institution i ON i.id = c.institution_id
    JOIN people_person p ON p.institution_id = c.institution_id AND p.id = %(person)s
    LEFT JOIN enrollment_enrollment e ON e.institution_id = c.institution_id
         AND e.course_id = c.id AND e.student_id = p.id
"""
_LESSON: Final = """
    l.id, l.course_id, l.module_id, l.title AS l_title, l.kind, l.content, l.file_id,
    l.embed_url, l.duration_seconds, l.is_required, l.completion, l.completion_threshold,
    l.unlock_at, l.unlock_after_days, l.closes_at, l.archived_at, EXISTS (
        SELECT FROM courses_lessonoverride o WHERE o.institution_id = l.institution_id
           AND o.course_id = l.course_id AND o.lesson_id = l.id) AS has_overrides
"""
_BY_COURSE: Final = woven(
    "SELECT <standing> FROM courses_course c <around> WHERE c.id = %(course)s",
    standing=_STANDING,
    around=_AROUND,
)
_BY_LESSON: Final = woven(
    "SELECT <lesson>, <standing> FROM courses_lesson l"
    " JOIN courses_course c ON c.institution_id = l.institution_id AND c.id = l.course_id"
    " <around> WHERE l.id = %(lesson)s",
    lesson=_LESSON,
    standing=_STANDING,
    around=_AROUND,
)
_LESSON_ALONE: Final = woven(
    "SELECT <lesson> FROM courses_lesson l WHERE l.id = %s", lesson=_LESSON
)


_MANAGES: Final = """
    SELECT c.creator_id = %(person)s OR EXISTS (
        SELECT FROM courses_coteacher t WHERE t.institution_id = c.institution_id
           AND t.course_id = c.id AND t.person_id = %(person)s) AS teaches
      FROM courses_course c WHERE c.id = %(course)s
"""


def manages(principal: Principal, course_id: int) -> bool | None:
    """Whether the caller manages the course; ``None`` if there is none. One small query."""
    found = row(_MANAGES, {"person": principal.person_id, "course": course_id})
    if found is None:
        return None
    return principal.role in ADMINS or (principal.role is Role.TEACHER and bool(found["teaches"]))


def standing(principal: Principal, course_id: int) -> Standing | None:
    """The course as the caller stands to it; None if there is none. One query."""
    found = row(_BY_COURSE, {"person": principal.person_id, "course": course_id})
    return _standing(principal, found) if found else None


def lesson_standing(principal: Principal, lesson_id: int) -> tuple[Lesson, Standing] | None:
    """The lesson, and its course as the caller stands to it; None if there is none. One query."""
    found = row(_BY_LESSON, {"person": principal.person_id, "lesson": lesson_id})
    return (lesson_of(found), _standing(principal, found)) if found else None


def lesson_facts(lesson_id: int) -> Lesson | None:
    """The lesson, whoever asks."""
    found = row(_LESSON_ALONE, [lesson_id])
    return lesson_of(found) if found else None


def lesson_of(found: Row) -> Lesson:
    """The lesson of a row that has the columns of one."""
    return Lesson(
        id=found["id"],
        course_id=found["course_id"],
        module_id=found["module_id"],
        title=found["l_title"],
        kind=found["kind"],
        content=found["content"],
        file_id=found["file_id"],
        embed_url=found["embed_url"],
        duration_seconds=found["duration_seconds"],
        is_required=found["is_required"],
        completion=found["completion"],
        threshold=found["completion_threshold"],
        schedule=drip.Schedule(found["unlock_at"], found["unlock_after_days"], found["closes_at"]),
        is_archived=found["archived_at"] is not None,
        has_overrides=found["has_overrides"],
    )


def overrides(
    course_id: int, *, student_id: int, section_id: str, lesson_id: int | None = None
) -> dict[int, tuple[drip.Override, ...]]:
    """What is moved for that student, by lesson; the strongest first. One query."""
    found = rows(
        "SELECT lesson_id, unlock_at, closes_at FROM courses_lessonoverride"
        " WHERE course_id = %(course)s AND (student_id = %(student)s"
        "   OR (student_id IS NULL AND section_id <> '' AND section_id = %(section)s))"
        "   AND (%(lesson)s::bigint IS NULL OR lesson_id = %(lesson)s::bigint)"
        " ORDER BY lesson_id, student_id NULLS LAST",
        {
            "course": course_id,
            "student": student_id,
            "section": section_id,
            "lesson": lesson_id,
        },
    )
    moved: dict[int, tuple[drip.Override, ...]] = {}
    for one in found:
        override = drip.Override(one["unlock_at"], one["closes_at"])
        moved[one["lesson_id"]] = (*moved.get(one["lesson_id"], ()), override)
    return moved


def missing_prerequisites(course_id: int, student_id: int) -> list[Row]:
    """The courses that the student has to complete first: ``{id, code, title}``."""
    return rows(
        "SELECT r.id, r.code, r.title FROM courses_prerequisite q"
        " JOIN courses_course r ON r.institution_id = q.institution_id AND r.id = q.requires_id"
        " WHERE q.course_id = %(course)s AND NOT EXISTS ("
        "   SELECT FROM enrollment_enrollment d WHERE d.institution_id = q.institution_id"
        "    AND d.student_id = %(student)s AND d.course_id = q.requires_id"
        "    AND (d.status = 'COMPLETED' OR d.completed_at IS NOT NULL))"
        " ORDER BY r.title, r.id",
        {"course": course_id, "student": student_id},
    )


def _standing(principal: Principal, found: Row) -> Standing:
    teaches = principal.role is Role.TEACHER and bool(found["teaches"])
    return Standing(
        course_id=found["course_id"],
        title=found["title"],
        status=found["status"],
        max_enrollments=found["max_enrollments"],
        access_days=found["access_days"],
        self_enrollment=found["self_enrollment"],
        is_meant_for_caller=principal.role in STAFF or bool(found["is_meant"]),
        manages=principal.role in ADMINS or teaches,
        zone=ZoneInfo(found["time_zone"]),
        settings=found["settings"],
        crm_id=found["crm_id"],
        section_id=found["section_id"],
        enrollment=_enrolled(found),
        is_unprepared=found["is_unprepared"],
    )


def _enrolled(found: Row) -> Enrolled | None:
    if found["e_id"] is None:
        return None
    return Enrolled(
        id=found["e_id"],
        status=found["e_status"],
        source=found["e_source"],
        enrolled_at=found["enrolled_at"],
        expires_at=found["expires_at"],
        completed_at=found["completed_at"],
        withdrawn_by_id=found["withdrawn_by_id"],
        progress_pct=found["progress_pct"],
        has_begun=found["has_begun"],
    )


def captions(lesson_id: int) -> list[Row]:
    """The captions of a lesson's video: ``{language, label, file_id}``."""
    return rows(
        "SELECT language, label, file_id FROM courses_caption WHERE lesson_id = %s"
        " ORDER BY language",
        [lesson_id],
    )


_SHOWS: Final = """
    SELECT 1 AS found FROM courses_course c
     WHERE (c.creator_id = %(person)s OR EXISTS (
            SELECT FROM courses_coteacher t WHERE t.institution_id = c.institution_id
               AND t.course_id = c.id AND t.person_id = %(person)s))
       AND (c.cover_id = %(file)s OR EXISTS (
            SELECT FROM courses_lesson l WHERE l.institution_id = c.institution_id
               AND l.course_id = c.id AND l.file_id = %(file)s) OR EXISTS (
            SELECT FROM courses_caption k WHERE k.institution_id = c.institution_id
               AND k.course_id = c.id AND k.file_id = %(file)s))
     LIMIT 1
"""


def teaches_with_file(principal: Principal, file_id: int) -> bool:
    """Whether a course that the teacher manages uses a file, whichever course it came from."""
    if principal.role is not Role.TEACHER:
        return False
    return row(_SHOWS, {"person": principal.person_id, "file": file_id}) is not None


def lessons_with_file(file_id: int) -> list[int]:
    """The lessons that show a file, or have captions in it."""
    found = rows(
        "SELECT id FROM courses_lesson WHERE file_id = %(file)s AND archived_at IS NULL"
        " UNION SELECT lesson_id FROM courses_caption WHERE file_id = %(file)s ORDER BY 1",
        {"file": file_id},
    )
    return [one["id"] for one in found]
