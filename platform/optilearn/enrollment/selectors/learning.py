"""Reads for students: their courses, one course with its lessons, one lesson."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from optilearn.core import clock
from optilearn.core.access.policies import STAFF, not_found, refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.http.pages import MAX_PER_PAGE
from optilearn.core.sql import Row, compose, rows, total_of
from optilearn.courses.models import Lesson
from optilearn.courses.rules import COURSES, LESSONS, MODULES, counted, live, overridden
from optilearn.courses.selectors import access as courses
from optilearn.enrollment import drip, policies
from optilearn.enrollment.models import LessonProgress
from optilearn.enrollment.rules import Status, stated, status_at
from optilearn.enrollment.schemas.learning import LearningQuery
from optilearn.enrollment.selectors import access
from optilearn.enrollment.selectors.access import CourseAccess, LessonFacts
from optilearn.enrollment.selectors.entering import live_enrollment

STATUS_NOW: Final = status_at("e")
_FROM: Final = compose(
    """
      FROM enrollment_enrollment e <course>
     WHERE e.student_id = %(student)s AND <live>
    """,
    course=COURSES.joined("c", "e.course_id"),
    live=live("c"),
)
_DONE: Final = LessonProgress.Status.COMPLETED.value
_ORDERS: Final = {
    "-lastActivity": "e.last_activity_at DESC NULLS LAST, e.id DESC",
    "title": "lower(c.title), e.id",
    "-progress": "e.progress_pct DESC NULLS LAST, e.id DESC",
    "-enrolledAt": "e.enrolled_at DESC NULLS LAST, e.id DESC",
}
_LIST: Final = stated(
    """
    SELECT (<total>) AS total,
           e.id, e.course_id, c.code, c.title, c.category, c.cover_id, c.status AS course_status,
           <status> AS status, e.outcome, coalesce(e.progress_pct, 0) AS progress_pct,
           e.enrolled_at, e.expires_at, e.completed_at, e.last_activity_at,
           (SELECT count(*) FROM <lessons> WHERE l.institution_id = e.institution_id
               AND l.course_id = e.course_id AND <counted>) AS required,
           (SELECT count(*) FROM enrollment_lessonprogress g JOIN <lessons>
                ON l.institution_id = e.institution_id AND l.course_id = e.course_id
               AND l.id = g.lesson_id
             WHERE g.institution_id = e.institution_id AND g.enrollment_id = e.id
               AND g.status = <completed> AND <counted>) AS done
    """,
    status=STATUS_NOW,
    lessons=LESSONS.aliased("l"),
    counted=counted("l"),
)
_OUTLINE: Final = compose(
    """
    SELECT m.id AS module, m.title AS module_title, m.description, l.id, l.course_id, l.module_id,
           l.title AS l_title, l.kind, '' AS content, l.file_id, '' AS embed_url,
           l.duration_seconds, l.is_required, l.completion, l.completion_threshold, l.unlock_at,
           l.unlock_after_days, l.closes_at, l.archived_at,
           <overridden> AS has_overrides,
           g.status, g.completed_at, g.watched_pct, g.resume_seconds, g.seconds_spent,
           g.reported_at
      FROM <modules>
      LEFT JOIN <lessons> ON l.institution_id = m.institution_id AND l.module_id = m.id
           AND l.archived_at IS NULL
      LEFT JOIN enrollment_lessonprogress g ON g.institution_id = l.institution_id
           AND g.enrollment_id = %(enrollment)s AND g.lesson_id = l.id
     WHERE m.course_id = %(course)s
     ORDER BY m.position, m.id, l.position, l.id
    """,
    overridden=overridden("l"),
    modules=MODULES.aliased("m"),
    lessons=LESSONS.aliased("l"),
)
_COURSE_PROGRESS: Final = compose(
    "SELECT <status> AS status, e.progress_pct, e.completed_at FROM enrollment_enrollment e"
    "  JOIN <lessons> ON l.institution_id = e.institution_id"
    "   AND l.course_id = e.course_id WHERE l.id = %(lesson)s AND e.student_id = %(student)s",
    status=STATUS_NOW,
    lessons=LESSONS.aliased("l"),
)


def my_courses(principal: Principal, query: LearningQuery) -> tuple[list[Row], int]:
    """Return a page of the courses that the calling student takes. One query.

    Raises ``AppError`` FORBIDDEN for who is no student.
    """
    policies.as_student(principal)
    return _courses(principal.person_id, query)


def courses_of(student_id: int) -> list[Row]:
    """The same of any student, at most 100, for the product itself: no permissions. One query."""
    return _courses(student_id, LearningQuery(page=1, per_page=MAX_PER_PAGE))[0]


def _courses(student_id: int, query: LearningQuery) -> tuple[list[Row], int]:
    params: dict[str, Any] = {
        "student": student_id,
        "now": clock.now(),
        "status": query.status,
        "limit": query.per_page,
        "offset": query.offset,
    }
    where = f"{_FROM} AND {STATUS_NOW} = %(status)s" if query.status else _FROM
    total = f"SELECT count(*) AS total {where}"
    page = rows(
        compose(_LIST, total=total)
        + f"{where} ORDER BY {_ORDERS[query.order]} LIMIT %(limit)s OFFSET %(offset)s",
        params,
    )
    return [_course(one) for one in page], total_of(page, total, params, query)


def learning_course(principal: Principal, course_id: int) -> Row:
    """Return a course with its modules and lessons, each with its progress and lock.

    Two queries, whatever the number of lessons; a third one only if something is overridden.
    Managers get it as a preview without locks. Raises ``AppError``: NOT_FOUND, FORBIDDEN,
    ENROLLMENT_REQUIRED.
    """
    found = _course_to_learn(principal, course_id)
    own = found.enrollment
    outline = rows(_OUTLINE, {"course": course_id, "enrollment": own.id if own else None})
    moved: dict[int, tuple[drip.Override, ...]] = {}
    if own is not None and any(one["has_overrides"] for one in outline):
        moved = access.overrides(
            course_id, student_id=principal.person_id, section_id=found.section_id
        )
    modules: dict[int, Row] = {}
    lessons: list[Row] = []
    for one in outline:
        module = modules.setdefault(
            one["module"],
            {
                "id": one["module"],
                "title": one["module_title"],
                "description": one["description"],
                "lessons": [],
            },
        )
        if one["id"] is not None:
            lesson = access.lesson_of(one)
            lessons.append(_lesson(found, lesson, one, moved.get(lesson.id, ())))
            module["lessons"].append(lessons[-1])
    required = [lesson for lesson in lessons if lesson["isRequired"]]
    return {
        "courseId": course_id,
        "title": found.title,
        "courseStatus": found.status,
        "isPreview": own is None,
        "enrollment": _enrollment(found, required),
        "resume": _resume(lessons, outline),
        "modules": list(modules.values()),
    }


def _course_to_learn(principal: Principal, course_id: int) -> CourseAccess:
    found = access.course_access(principal, course_id)
    if found is None:
        raise not_found()
    if principal.role in STAFF:
        refuse_unless(found.manages, _("Only managers of this course can do this."))
        return found
    refuse_unless(principal.role is Role.STUDENT, _("Only students can do this."))
    policies.seen_by_student(found)
    if found.enrollment is None or found.enrollment.status_now != Status.COMPLETED:
        live_enrollment(found)
    return found


def _enrollment(found: CourseAccess, required: list[Row]) -> Row | None:
    own = found.enrollment
    if own is None:
        return None
    done = sum(lesson["status"] == _DONE for lesson in required)
    return {
        "id": own.id,
        "status": own.status_now,
        "progressPct": own.progress_pct or Decimal(0),
        "completedLessons": done,
        "requiredLessons": len(required),
        "enrolledAt": own.enrolled_at,
        "expiresAt": own.expires_at,
        "completedAt": own.completed_at,
    }


def _lesson(
    found: CourseAccess, lesson: LessonFacts, progress: Row, overrides: tuple[drip.Override, ...]
) -> Row:
    lock, open_in = policies.lock_of(found, lesson, overrides)
    return {
        "id": lesson.id,
        "title": lesson.title,
        "kind": lesson.kind,
        "durationSeconds": lesson.duration_seconds,
        "isRequired": lesson.is_required,
        "completion": lesson.completion,
        "completionThreshold": lesson.threshold,
        "status": progress["status"] or "NOT_STARTED",
        "completedAt": progress["completed_at"],
        "watchedPct": progress["watched_pct"],
        "resumeSeconds": progress["resume_seconds"] or 0,
        "lock": {
            "locked": lock.locked,
            "reason": lock.reason.value if lock.reason else None,
            "unlocksAt": lock.unlocks_at,
            "closesAt": open_in.closes_at,
        },
    }


def _resume(lessons: list[Row], outline: list[Row]) -> Row | None:
    """Return the lesson to continue with: begun last, else the first open one not completed."""
    open_ones = [
        lesson for lesson in lessons if lesson["status"] != _DONE and not lesson["lock"]["locked"]
    ]
    reported = {one["id"]: one["reported_at"] for one in outline if one["reported_at"]}
    begun = [lesson for lesson in open_ones if lesson["id"] in reported]
    if begun:
        chosen = max(begun, key=lambda lesson: reported[lesson["id"]])
    elif open_ones:
        chosen = open_ones[0]
    else:
        return None
    return {"lessonId": chosen["id"], "seconds": chosen["resumeSeconds"]}


def _course(found: Row) -> Row:
    return {
        "enrollmentId": found["id"],
        "course": {
            "id": found["course_id"],
            "code": found["code"],
            "title": found["title"],
            "category": found["category"],
            "status": found["course_status"],
            "coverFileId": found["cover_id"],
        },
        "status": found["status"],
        "outcome": found["outcome"],
        "progressPct": found["progress_pct"],
        "completedLessons": found["done"],
        "requiredLessons": found["required"],
        "enrolledAt": found["enrolled_at"],
        "expiresAt": found["expires_at"],
        "completedAt": found["completed_at"],
        "lastActivityAt": found["last_activity_at"],
    }


def open_lesson(lesson: LessonFacts, progress: Row | None) -> Row:
    """Return a lesson that its reader may see. A video's captions are one query more."""
    captions = courses.captions_of(lesson.id) if lesson.kind == Lesson.Kind.VIDEO else []
    return {
        "id": lesson.id,
        "courseId": lesson.course_id,
        "moduleId": lesson.module_id,
        "title": lesson.title,
        "kind": lesson.kind,
        "content": lesson.content,
        "fileId": lesson.file_id,
        "embedUrl": lesson.embed_url,
        "durationSeconds": lesson.duration_seconds,
        "completion": lesson.completion,
        "completionThreshold": lesson.threshold,
        "captions": [
            {"language": one["language"], "label": one["label"], "fileId": one["file_id"]}
            for one in captions
        ],
        "progress": progress_row(progress) if progress else None,
    }


def progress_row(progress: Row) -> Row:
    """Return the progress in a lesson on the wire."""
    return {
        "status": progress["status"],
        "completedAt": progress["completed_at"],
        "secondsSpent": progress["seconds_spent"],
        "watchedPct": progress["watched_pct"],
        "resumeSeconds": progress["resume_seconds"],
        "watched": progress["watched"],
    }


def course_progress(principal: Principal, lesson_id: int) -> Row:
    """Return the calling student's progress in the lesson's course."""
    found = rows(
        _COURSE_PROGRESS,
        {"lesson": lesson_id, "student": principal.person_id, "now": clock.now()},
    )[0]
    return {
        "status": found["status"],
        "progressPct": found["progress_pct"] or Decimal(0),
        "completedAt": found["completed_at"],
    }
