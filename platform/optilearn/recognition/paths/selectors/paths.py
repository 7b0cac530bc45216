"""Learning paths as their members, staff and administrators see them."""

from __future__ import annotations

from typing import Any, Final

from optilearn.core.access.policies import ADMINS, STAFF, require
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.http.pages import PageQuery
from optilearn.core.sql import Row, compose, quoted, rows, total_of
from optilearn.courses.rules import COURSES
from optilearn.enrollment.rules import ENROLLMENTS, completed_once
from optilearn.recognition.models import LearningPath
from optilearn.recognition.paths import policies
from optilearn.recognition.paths.rules import Status, StepState, percent, states_of

_OWN: Final = compose(
    "LEFT JOIN <enrollments> ON e.institution_id = s.institution_id AND e.course_id = s.course_id"
    " AND e.student_id = %(student)s",
    enrollments=ENROLLMENTS.aliased("e"),
)
STEPS: Final = compose(
    """
    SELECT s.course_id, c.code, c.title, c.status, e.id AS enrollment_id, e.progress_pct,
           coalesce(<completed>, false) AS is_completed
      FROM recognition_pathcourse s <course> <own>
     WHERE s.path_id = %(path)s
     ORDER BY s.position
    """,
    completed=completed_once("e"),
    course=COURSES.joined("c", "s.course_id"),
    own=_OWN,
)
_SHOWN: Final = compose(
    """
      FROM recognition_learningpath a
      LEFT JOIN recognition_pathmember m ON m.institution_id = a.institution_id
       AND m.path_id = a.id AND m.student_id = %(student)s AND m.left_at IS NULL
      <counted>
     WHERE %(sees_drafts)s OR (a.status <> <draft> AND (NOT %(is_student)s
           OR m.id IS NOT NULL OR a.is_open AND a.status = <published>))
    """,
    draft=quoted(Status.DRAFT),
    published=quoted(Status.PUBLISHED),
)
_COUNTED: Final = compose(
    """
    CROSS JOIN LATERAL (
         SELECT count(*) AS courses, count(*) FILTER (WHERE <completed>) AS done
           FROM recognition_pathcourse s <own>
          WHERE s.institution_id = a.institution_id AND s.path_id = a.id) n
    """,
    completed=completed_once("e"),
    own=_OWN,
)
_PAGE: Final = compose(
    """
    SELECT a.id, a.title, a.description, a.status, a.is_sequential, a.is_open,
           a.awards_certificate, m.joined_at, m.completed_at, n.courses, n.done,
           count(*) OVER () AS total
      <shown>
     ORDER BY m.id IS NULL, lower(a.title), a.id LIMIT %(limit)s OFFSET %(offset)s
    """,
    shown=compose(_SHOWN, counted=_COUNTED),
)
_COUNT: Final = f"SELECT count(*) AS total {compose(_SHOWN, counted='')}"


def learning_paths(principal: Principal, query: PageQuery) -> tuple[list[Row], int]:
    """Return a page of the paths that the principal sees, a student's own first, and their number.

    One query; two beyond the last page. Raises ``AppError`` FORBIDDEN for parents.
    """
    require(principal, STAFF | policies.STUDENTS)
    given = {
        "student": principal.person_id,
        "is_student": principal.role is Role.STUDENT,
        "sees_drafts": principal.role in ADMINS,
        "limit": query.per_page,
        "offset": query.offset,
    }
    page = rows(_PAGE, given)
    is_student = principal.role is Role.STUDENT
    shown = [_summary(one, has_progress=is_student) for one in page]
    return shown, total_of(page, _COUNT, given, query)


def learning_path(principal: Principal, path_id: int) -> dict[str, Any]:
    """Return a path with its courses, and for students how far they are.

    Three queries. Raises ``AppError`` as ``policies.visible``.
    """
    found, member = policies.visible(principal, path_id)
    steps = rows(STEPS, {"path": path_id, "student": principal.person_id})
    is_student = principal.role is Role.STUDENT
    states = states_of(steps, is_sequential=found.is_sequential)
    done = sum(state is StepState.COMPLETED for state in states)
    return _values(found) | {
        "joinedAt": member.joined_at if member else None,
        "completedAt": member.completed_at if member else None,
        "courseCount": len(steps),
        "completedCount": done if is_student else None,
        "progressPct": percent(done, len(steps)) if is_student else None,
        "courses": [
            {
                "courseId": step["course_id"],
                "code": step["code"],
                "title": step["title"],
                "state": state.value if is_student else None,
                "enrollmentId": step["enrollment_id"],
                "progressPct": step["progress_pct"],
            }
            for step, state in zip(steps, states, strict=True)
        ],
    }


def _values(path: LearningPath) -> dict[str, Any]:
    return {
        "id": path.pk,
        "title": path.title,
        "description": path.description,
        "status": path.status,
        "isSequential": path.is_sequential,
        "isOpen": path.is_open,
        "awardsCertificate": path.awards_certificate,
        "validMonths": path.valid_months,
        "templateId": path.template_id,
    }


def _summary(one: Row, *, has_progress: bool) -> dict[str, Any]:
    return {
        "id": one["id"],
        "title": one["title"],
        "description": one["description"],
        "status": one["status"],
        "isSequential": one["is_sequential"],
        "isOpen": one["is_open"],
        "awardsCertificate": one["awards_certificate"],
        "joinedAt": one["joined_at"],
        "completedAt": one["completed_at"],
        "courseCount": one["courses"],
        "completedCount": one["done"] if has_progress else None,
        "progressPct": percent(one["done"], one["courses"]) if has_progress else None,
    }
