"""Rules about courses: each as an SQL fragment and as Python, which a test compares.

The fragments speak of rows by their aliases; people, classes and sections are SQL too
(``%(person)s``, ``p.class_id``). Other apps compose them into their statements.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db.models import Q

from optilearn.core.sql import Relation, any_of, compose, quoted
from optilearn.courses.models import Course
from optilearn.files.kinds import CATEGORIES

Status = Course.Status

COURSES: Final = Relation("courses_course")
MODULES: Final = Relation("courses_module")
LESSONS: Final = Relation("courses_lesson")
OVERRIDES: Final = Relation("courses_lessonoverride")
"""Other openings and closings, of a student or of a section."""
PREREQUISITES: Final = Relation("courses_prerequisite")

CAPTIONS_MAX_BYTES: Final = CATEGORIES["captions"].max_bytes
"""Of one file of captions, in UTF-8."""

LIVE: Final = frozenset({Status.PUBLISHED.value, Status.ARCHIVED.value})
"""The states of a course that its enrolled students may open."""


def live(course: str = "c") -> str:
    """The enrolled students of the course may open it."""
    return f"{course}.status IN {any_of(Status.PUBLISHED, Status.ARCHIVED)}"


def is_live(status: str) -> bool:
    """Return True if the enrolled students of a course of that status may open it."""
    return status in LIVE


def published(course: str = "c") -> str:
    """The course takes students."""
    return f"{course}.status = {quoted(Status.PUBLISHED)}"


def taught_by(person: str, course: str = "c") -> str:
    """The person created the course or is one of its co-teachers (docs/rules.md#roles)."""
    return compose(
        "(<c>.creator_id = <person> OR EXISTS (SELECT FROM courses_coteacher t"
        " WHERE t.institution_id = <c>.institution_id AND t.course_id = <c>.id"
        " AND t.person_id = <person>))",
        c=course,
        person=person,
    )


def is_taught_by(person_id: int, creator_id: int | None, co_teacher_ids: Collection[int]) -> bool:
    """Return True if the person created the course or is one of its co-teachers."""
    return person_id == creator_id or person_id in co_teacher_ids


def taught(person_id: int) -> Q:
    """Return the condition of ``taught_by`` for the ORM; rows may come twice."""
    return Q(creator_id=person_id) | Q(co_teachers__person_id=person_id)


def teaches_published(person: str) -> str:
    """The person teaches a PUBLISHED course; both ways go by an index of the person."""
    return compose(
        "(EXISTS (SELECT FROM courses_course c WHERE c.creator_id = <person> AND <published>)"
        " OR EXISTS (SELECT FROM courses_coteacher t JOIN courses_course c ON c.id = t.course_id"
        " WHERE t.person_id = <person> AND <published>))",
        person=person,
        published=published("c"),
    )


def targeted(class_id: str, section_id: str, course: str = "c") -> str:
    """The course is meant for a student of that class and section; without targets for all."""
    return compose(
        "(cardinality(<c>.target_class_ids) + cardinality(<c>.target_section_ids) = 0"
        " OR <class> <> '' AND <c>.target_class_ids @> ARRAY[<class>]"
        " OR <section> <> '' AND <c>.target_section_ids @> ARRAY[<section>])",
        **{"c": course, "class": class_id, "section": section_id},
    )


def is_targeted(
    class_id: str,
    section_id: str,
    target_class_ids: Collection[str],
    target_section_ids: Collection[str],
) -> bool:
    """Return True if the course is meant for a student of that class and section."""
    return (
        not (target_class_ids or target_section_ids)
        or (class_id != "" and class_id in target_class_ids)
        or (section_id != "" and section_id in target_section_ids)
    )


def discoverable(class_id: str, section_id: str, course: str = "c") -> str:
    """A student of that class and section finds the course in the catalog."""
    return f"{published(course)} AND {targeted(class_id, section_id, course)}"


def is_discoverable(status: str, *, is_targeted: bool) -> bool:
    """Return True if a student whom the course is meant for or not finds it in the catalog."""
    return status == Status.PUBLISHED and is_targeted


def counted(lesson: str = "l") -> str:
    """The lesson counts for the completion of its course."""
    return f"{lesson}.is_required AND {lesson}.archived_at IS NULL"


def is_counted(*, is_required: bool, archived_at: datetime | None) -> bool:
    """Return True if the lesson counts for the completion of its course."""
    return is_required and archived_at is None


def overridden(lesson: str = "l") -> str:
    """The lesson opens or closes at another time for somebody."""
    return compose(
        "EXISTS (SELECT FROM courses_lessonoverride o WHERE o.institution_id = <l>.institution_id"
        " AND o.course_id = <l>.course_id AND o.lesson_id = <l>.id)",
        l=lesson,
    )
