"""The facts about a course or a lesson that decide what the caller may do with it.

One statement answers them all: the course, who manages it, the caller's enrollment, and the
institution's zone and settings. It stands before every request about learning, so it is SQL
(docs/benchmarks.md); the tables of others are read by the fragments that they publish.
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
from optilearn.core.sql import Row, compose, row, rows
from optilearn.courses import rules as course_rules
from optilearn.courses.selectors.access import overrides_for
from optilearn.enrollment import drip, rules
from optilearn.institutions.rules import INSTITUTIONS
from optilearn.people.rules import PEOPLE


@dataclass(frozen=True)
class CourseAccess:
    """A course, and what decides the caller's access to it."""

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
    enrollment: OwnEnrollment | None
    is_unprepared: bool
    """True if a prerequisite isn't completed."""

    @property
    def is_live(self) -> bool:
        """True if students who are enrolled see the course."""
        return course_rules.is_live(self.status)


@dataclass(frozen=True)
class OwnEnrollment:
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
        return rules.status_on(self.status, self.expires_at, clock.now())

    @property
    def is_live(self) -> bool:
        """True if it opens lessons: ACTIVE or COMPLETED, and its end isn't past."""
        return rules.opens_lessons(self.status, self.expires_at, clock.now())


@dataclass(frozen=True)
class LessonFacts:
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


def _has_completed(student: str) -> str:
    """Return SQL: the student has completed the course that the prerequisite ``q`` names."""
    return compose(
        "EXISTS (SELECT FROM enrollment_enrollment d WHERE d.institution_id = q.institution_id"
        " AND d.student_id = <student> AND d.course_id = q.requires_id AND <completed>)",
        student=student,
        completed=rules.completed_once("d"),
    )


_COURSE: Final = compose(
    """
    c.id AS course_id, c.title, c.status, c.max_enrollments, c.access_days, c.self_enrollment,
    <targeted> AS is_meant, <taught> AS teaches,
    EXISTS (
        SELECT FROM <prerequisites> WHERE q.institution_id = c.institution_id
           AND q.course_id = c.id AND NOT <completed>) AS is_unprepared,
    i.time_zone, i.settings, p.crm_id, p.section_id,
    e.id AS e_id, e.status AS e_status, e.source AS e_source, e.enrolled_at, e.expires_at,
    e.completed_at, e.withdrawn_by_id, e.progress_pct, EXISTS (
        SELECT FROM enrollment_lessonprogress g WHERE g.institution_id = e.institution_id
           AND g.enrollment_id = e.id) AS has_begun
    """,
    targeted=course_rules.targeted("p.class_id", "p.section_id"),
    taught=course_rules.taught_by("p.id"),
    prerequisites=course_rules.PREREQUISITES.aliased("q"),
    completed=_has_completed("p.id"),
)
_AROUND: Final = compose(
    """
    JOIN <institutions> ON i.id = c.institution_id
    JOIN <people> ON p.institution_id = c.institution_id AND p.id = %(person)s
    LEFT JOIN enrollment_enrollment e ON e.institution_id = c.institution_id
         AND e.course_id = c.id AND e.student_id = p.id
    """,
    institutions=INSTITUTIONS.aliased("i"),
    people=PEOPLE.aliased("p"),
)
_LESSON: Final = compose(
    """
    l.id, l.course_id, l.module_id, l.title AS l_title, l.kind, l.content, l.file_id,
    l.embed_url, l.duration_seconds, l.is_required, l.completion, l.completion_threshold,
    l.unlock_at, l.unlock_after_days, l.closes_at, l.archived_at, <overridden> AS has_overrides
    """,
    overridden=course_rules.overridden("l"),
)
_BY_COURSE: Final = compose(
    "SELECT <course> FROM <courses> <around> WHERE c.id = %(course)s",
    course=_COURSE,
    courses=course_rules.COURSES.aliased("c"),
    around=_AROUND,
)
_BY_LESSON: Final = compose(
    "SELECT <lesson>, <course> FROM <lessons> <joined> <around> WHERE l.id = %(lesson)s",
    lesson=_LESSON,
    course=_COURSE,
    lessons=course_rules.LESSONS.aliased("l"),
    joined=course_rules.COURSES.joined("c", "l.course_id"),
    around=_AROUND,
)
_LESSON_ALONE: Final = compose(
    "SELECT <lesson> FROM <lessons> WHERE l.id = %s",
    lesson=_LESSON,
    lessons=course_rules.LESSONS.aliased("l"),
)
_MISSING_PREREQUISITES: Final = compose(
    "SELECT r.id, r.code, r.title FROM <prerequisites> <required>"
    " WHERE q.course_id = %(course)s AND NOT <completed> ORDER BY r.title, r.id",
    prerequisites=course_rules.PREREQUISITES.aliased("q"),
    required=course_rules.COURSES.joined("r", "q.requires_id"),
    completed=_has_completed("%(student)s"),
)


def course_access(principal: Principal, course_id: int) -> CourseAccess | None:
    """Return the course and the caller's access to it; None if there is none. One query."""
    found = row(_BY_COURSE, {"person": principal.person_id, "course": course_id})
    return _access(principal, found) if found else None


def lesson_access(principal: Principal, lesson_id: int) -> tuple[LessonFacts, CourseAccess] | None:
    """Return the lesson and the caller's access to its course, if there is one. One query."""
    found = row(_BY_LESSON, {"person": principal.person_id, "lesson": lesson_id})
    return (lesson_of(found), _access(principal, found)) if found else None


def lesson_facts(lesson_id: int) -> LessonFacts | None:
    """Return the lesson's facts, for the product itself."""
    found = row(_LESSON_ALONE, [lesson_id])
    return lesson_of(found) if found else None


def lesson_of(found: Row) -> LessonFacts:
    """Return the lesson of a row that has the columns of ``_LESSON``."""
    return LessonFacts(
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
    """Return what is moved for that student, by lesson; the strongest first. One query."""
    found = overrides_for(
        course_id, student_id=student_id, section_id=section_id, lesson_id=lesson_id
    )
    moved: dict[int, tuple[drip.Override, ...]] = {}
    for one in found:
        override = drip.Override(one["unlock_at"], one["closes_at"])
        moved[one["lesson_id"]] = (*moved.get(one["lesson_id"], ()), override)
    return moved


def missing_prerequisites(course_id: int, student_id: int) -> list[Row]:
    """Return the courses that the student has to complete first: ``{id, code, title}``."""
    return rows(_MISSING_PREREQUISITES, {"course": course_id, "student": student_id})


def _access(principal: Principal, found: Row) -> CourseAccess:
    teaches = principal.role is Role.TEACHER and bool(found["teaches"])
    return CourseAccess(
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
        enrollment=_own_enrollment(found),
        is_unprepared=found["is_unprepared"],
    )


def _own_enrollment(found: Row) -> OwnEnrollment | None:
    if found["e_id"] is None:
        return None
    return OwnEnrollment(
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
