"""A child as its parent sees it: read anew each time, in a constant number of queries."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from optilearn.assessment.gradebook.selectors.released import SeenGrade, newest_grades_of
from optilearn.calendars.selectors.entries import work_ahead
from optilearn.core import clock
from optilearn.core.access.policies import not_found, require
from optilearn.core.access.principal import Principal
from optilearn.core.sql import Row
from optilearn.crm.selectors import PARENTS, child_of
from optilearn.enrollment.selectors.learning import courses_of
from optilearn.institutions.selectors import institution_by_id
from optilearn.live.selectors.attendance import attendance_counts
from optilearn.people.directory import known_person
from optilearn.recognition.certificates.selectors import certificates_of
from optilearn.recognition.points.selectors import recognition_of

GRADES: Final = 10
AHEAD: Final = timedelta(days=14)
"""The time in which work is upcoming."""
_CERTIFICATES: Final = slice(0, 100)


def child_overview(principal: Principal, child_id: int) -> dict[str, Any]:
    """Return how a parent's child is doing: courses, grades, work ahead, recognition.

    OptiCRM is asked whose child it is; then ten queries. Raises ``AppError``: FORBIDDEN for
    others than parents, NOT_FOUND for another's child, SERVICE_UNAVAILABLE if OptiCRM doesn't
    answer.
    """
    require(principal, PARENTS)
    if known_person(child_id) is None:  # nobody here, so OptiCRM needn't be asked
        raise not_found()
    child = child_of(principal, child_id)
    now = clock.now()
    zone = ZoneInfo(institution_by_id(principal.institution_id).time_zone)
    recognition = recognition_of(child.person_id)
    return {
        "child": child.to_wire(),
        "courses": [_course(one) for one in courses_of(child.person_id)],
        "grades": [_grade(one) for one in newest_grades_of(child.person_id, GRADES)],
        "upcoming": [
            {
                "kind": one.kind.value,
                "title": one.title,
                "courseId": one.course_id,
                "courseTitle": one.course_title,
                "dueAt": one.at,
            }
            for one in work_ahead(child.person_id, now, now + AHEAD)
        ],
        "attendance": _attendance(child.person_id, now, zone),
        "points": recognition["points"],
        "currentStreak": recognition["currentStreak"],
        "longestStreak": recognition["longestStreak"],
        "badges": recognition["badges"],
        "certificates": [
            _certificate(one) for one in certificates_of(child.person_id, _CERTIFICATES)
        ],
    }


def _attendance(student_id: int, now: datetime, zone: ZoneInfo) -> dict[str, int]:
    """The live classes of this month on the school's clock."""
    month = now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    counts = attendance_counts(student_id, month, now)
    return {
        "classes": sum(counts.values()),
        "present": counts["PRESENT"],
        "partial": counts["PARTIAL"],
        "absent": counts["ABSENT"],
    }


def _course(found: Row) -> dict[str, Any]:
    course = found["course"]
    names = (
        "status",
        "progressPct",
        "completedLessons",
        "requiredLessons",
        "completedAt",
        "expiresAt",
        "lastActivityAt",
    )
    return {
        "courseId": course["id"],
        "code": course["code"],
        "title": course["title"],
        **{name: found[name] for name in names},
    }


def _grade(found: SeenGrade) -> dict[str, Any]:
    return {
        "assignmentId": found.assignment_id,
        "title": found.title,
        "courseId": found.course_id,
        "courseTitle": found.course_title,
        "points": found.points,
        "possible": found.possible,
        "gradedAt": found.at,
    }


def _certificate(found: dict[str, Any]) -> dict[str, Any]:
    names = ("id", "number", "state", "courseTitle", "issuedAt", "expiresAt", "verificationUrl")
    return {name: found[name] for name in names}
