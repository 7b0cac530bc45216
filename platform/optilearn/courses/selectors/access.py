"""Facts that decide who manages a course, and which courses and lessons use a file.

For the apps that ask; everything is one small query in SQL, as each request begins with one.
"""

from __future__ import annotations

from typing import Final

from optilearn.core.access.policies import ADMINS
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.sql import Row, compose, row, rows
from optilearn.courses.rules import taught_by

_MANAGES: Final = compose(
    "SELECT <taught> AS teaches FROM courses_course c WHERE c.id = %(course)s",
    taught=taught_by("%(person)s"),
)
_USES_FILE: Final = compose(
    """
    SELECT 1 AS found FROM courses_course c
     WHERE <taught>
       AND (c.cover_id = %(file)s OR EXISTS (
            SELECT FROM courses_lesson l WHERE l.institution_id = c.institution_id
               AND l.course_id = c.id AND l.file_id = %(file)s) OR EXISTS (
            SELECT FROM courses_caption k WHERE k.institution_id = c.institution_id
               AND k.course_id = c.id AND k.file_id = %(file)s))
     LIMIT 1
    """,
    taught=taught_by("%(person)s"),
)


def manages(principal: Principal, course_id: int) -> bool | None:
    """Return True if the principal manages the course, ``None`` if there is none."""
    found = row(_MANAGES, {"person": principal.person_id, "course": course_id})
    if found is None:
        return None
    return principal.role in ADMINS or (principal.role is Role.TEACHER and bool(found["teaches"]))


def may_manage(principal: Principal, course_id: int) -> bool:
    """Return True if the principal manages the course: administrators all, teachers their own."""
    if principal.role not in {*ADMINS, Role.TEACHER}:
        return False
    return bool(manages(principal, course_id))


def teaches_with_file(principal: Principal, file_id: int) -> bool:
    """Return True if a course that the teacher manages uses the file, wherever it came from."""
    if principal.role is not Role.TEACHER:
        return False
    return row(_USES_FILE, {"person": principal.person_id, "file": file_id}) is not None


def lessons_with_file(file_id: int) -> list[int]:
    """Return the lessons that show a file, or have captions in it."""
    found = rows(
        "SELECT id FROM courses_lesson WHERE file_id = %(file)s AND archived_at IS NULL"
        " UNION SELECT lesson_id FROM courses_caption WHERE file_id = %(file)s ORDER BY 1",
        {"file": file_id},
    )
    return [one["id"] for one in found]


def captions_of(lesson_id: int) -> list[Row]:
    """Return the captions of a lesson's video: ``{language, label, file_id}``."""
    return rows(
        "SELECT language, label, file_id FROM courses_caption WHERE lesson_id = %s"
        " ORDER BY language",
        [lesson_id],
    )


def overrides_for(
    course_id: int, *, student_id: int, section_id: str, lesson_id: int | None = None
) -> list[Row]:
    """Return what is moved for that student: ``{lesson_id, unlock_at, closes_at}``.

    By lesson; the student's own override comes before the section's. One query.
    """
    return rows(
        "SELECT lesson_id, unlock_at, closes_at FROM courses_lessonoverride"
        " WHERE course_id = %(course)s AND (student_id = %(student)s"
        "   OR (student_id IS NULL AND section_id <> '' AND section_id = %(section)s))"
        "   AND (%(lesson)s::bigint IS NULL OR lesson_id = %(lesson)s::bigint)"
        " ORDER BY lesson_id, student_id NULLS LAST",
        {"course": course_id, "student": student_id, "section": section_id, "lesson": lesson_id},
    )


def courses_of_lessons(lesson_ids: list[int]) -> dict[int, int]:
    """Return the courses of these lessons by the lessons' ids; one that isn't there is missing."""
    found = rows("SELECT id, course_id FROM courses_lesson WHERE id = ANY(%s)", [lesson_ids])
    return {one["id"]: one["course_id"] for one in found}
