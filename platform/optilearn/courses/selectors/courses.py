"""One course, its outline and its lessons; the courses that somebody teaches."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from django.db import connection

from optilearn.core.access.policies import STAFF, not_found, require
from optilearn.core.access.principal import Principal
from optilearn.core.sql import rows
from optilearn.courses.models import CoTeacher, Course, Lesson, Module, Prerequisite
from optilearn.courses.rules import taught
from optilearn.courses.selectors.access import may_manage
from optilearn.courses.selectors.listing import COLUMNS, TABLES, course_row
from optilearn.courses.selectors.visibility import is_readable, readable, visible

Row = dict[str, Any]

_MORE: Final = (
    "c.description, c.length_days, c.access_days, c.term_id, c.archived_at, c.target_class_ids,"
    " c.target_section_ids"
)
_FACETS: Final = """
WITH found AS (SELECT c.category, c.tags FROM courses_course c WHERE {condition}),
     named(kind, value) AS (SELECT 'categories', category FROM found WHERE category <> ''
                            UNION ALL SELECT 'tags', unnest(tags) FROM found)
SELECT kind, value, count(*) FROM named GROUP BY kind, value ORDER BY 3 DESC, 2
"""
_LESSON: Final = (
    "id", "module_id", "title", "kind", "position", "duration_seconds", "is_required",
    "completion", "completion_threshold", "unlock_at", "unlock_after_days", "closes_at",
)  # fmt: skip


def own_course_ids(principal: Principal) -> tuple[int, ...]:
    """Return the courses that a teacher created or co-teaches, ascending (docs/rules.md#roles)."""
    mine = Course.objects.filter(taught(principal.person_id))
    return tuple(mine.order_by("id").values_list("id", flat=True).distinct())


def courses_taught_by(person_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Return the courses of many teachers, as ``own_course_ids`` does of one. Two queries."""
    found: dict[int, set[int]] = {person_id: set() for person_id in person_ids}
    created = Course.objects.filter(creator_id__in=person_ids)
    shared = CoTeacher.objects.filter(person_id__in=person_ids)
    pairs = [
        *created.values_list("creator_id", "id"),
        *shared.values_list("person_id", "course_id"),
    ]
    for person_id, course_id in pairs:
        found[person_id].add(course_id)
    return {person_id: tuple(sorted(ids)) for person_id, ids in found.items()}


def course_detail(principal: Principal, course_id: int) -> Row:
    """Return a course whole. Raises ``AppError`` NOT_FOUND."""
    condition, parameters = readable(principal, course_id)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS}, {_MORE} FROM {TABLES} WHERE {condition}",  # noqa: S608 - all ours
            parameters,
        )
        row = cursor.fetchone()
    if row is None:
        raise not_found()
    more = row[-len(_MORE.split(",")) :]
    description, length_days, access_days, term_id, archived_at, classes, sections = more
    co_teachers = CoTeacher.objects.filter(course_id=course_id).order_by("person__name", "id")
    required = Prerequisite.objects.filter(course_id=course_id).order_by("requires__title", "id")
    return course_row(row[: -len(more)]) | {
        "description": description,
        "lengthDays": length_days,
        "accessDays": access_days,
        "termId": term_id,
        "archivedAt": archived_at,
        "targetClassIds": classes,
        "targetSectionIds": sections,
        "coTeachers": [
            {"id": key, "name": name}
            for key, name in co_teachers.values_list("person_id", "person__name")
        ],
        "prerequisites": [
            {"id": key, "code": code, "title": title}
            for key, code, title in required.values_list(
                "requires_id", "requires__code", "requires__title"
            )
        ],
        "mayManage": may_manage(principal, course_id),
    }


def course_titles(principal: Principal, course_ids: Collection[int]) -> dict[int, str]:
    """Return the titles of courses that the principal may find, by id. One query for staff."""
    condition, parameters = visible(principal)
    found = rows(
        f"SELECT c.id, c.title FROM courses_course c WHERE {condition} AND c.id = ANY(%s)",  # noqa: S608 - ours
        [*parameters, list(course_ids)],
    )
    return {one["id"]: one["title"] for one in found}


def outline(principal: Principal, course_id: int) -> Row:
    """Modules and lessons of a course that the principal may find or is in. Raises NOT_FOUND.

    Two queries beside the look-up, whatever the number of lessons.
    """
    if not is_readable(principal, course_id):
        raise not_found()
    modules = Module.objects.filter(course_id=course_id).order_by("position", "id")
    rows = list(modules.values("id", "title", "description", "position"))
    lessons: dict[int, list[Row]] = {row["id"]: [] for row in rows}
    live = Lesson.objects.filter(course_id=course_id, archived_at=None).order_by("position", "id")
    for lesson in live.values(*_LESSON):
        lessons[lesson["module_id"]].append(lesson_row(lesson))
    return {
        "courseId": course_id,
        "modules": [row | {"lessons": lessons[row["id"]]} for row in rows],
    }


def lesson_row(row: Row) -> Row:
    """Return a lesson of an outline on the wire."""
    return {
        "id": row["id"],
        "title": row["title"],
        "kind": row["kind"],
        "position": row["position"],
        "durationSeconds": row["duration_seconds"],
        "isRequired": row["is_required"],
        "completion": row["completion"],
        "completionThreshold": row["completion_threshold"],
        "unlockAt": row["unlock_at"],
        "unlockAfterDays": row["unlock_after_days"],
        "closesAt": row["closes_at"],
    }


def lesson_for_staff(principal: Principal, lesson_id: int) -> Row:
    """Return a lesson whole. Students open it through their enrollment. Raises ``AppError``."""
    require(principal, STAFF)
    more = ("course_id", "content", "file_id", "embed_url", "archived_at")
    row = Lesson.objects.filter(pk=lesson_id).values(*_LESSON, *more).first()
    if row is None:
        raise not_found()
    return lesson_row(row) | {
        "courseId": row["course_id"],
        "moduleId": row["module_id"],
        "content": row["content"],
        "fileId": row["file_id"],
        "embedUrl": row["embed_url"],
        "archivedAt": row["archived_at"],
    }


def facets(principal: Principal) -> Row:
    """Categories and tags of the courses that the principal may find, the most used first."""
    condition, parameters = visible(principal)
    with connection.cursor() as cursor:
        cursor.execute(_FACETS.format(condition=condition), parameters)
        rows = cursor.fetchall()
    return {
        name: [{"value": value, "count": count} for kind, value, count in rows if kind == name]
        for name in ("categories", "tags")
    }
