"""Who grades whom, and who sees grades."""

from __future__ import annotations

from typing import Any, Final

from optilearn.assessment.models import Assignment, Grade, GradeGroup
from tests.optilearn.permissions.enrollment import TOMS, math
from tests.support.permissions import Rule
from tests.support.twins import Twin

NOT_IN_IT: Final = {"sven": 403}


def group(twin: Twin) -> None:
    GradeGroup.objects.create(course=twin.courses["MATH"], name="Homework", position=1)


def a_group(_: Twin) -> dict[str, int]:
    return {"groupId": GradeGroup.objects.earliest("id").pk}


def sums(twin: Twin) -> dict[str, int]:
    return {"assignmentId": Assignment.objects.get(course=twin.courses["MATH"]).pk}


def lenas(twin: Twin) -> dict[str, int]:
    return math(twin) | {"enrollmentId": twin.enrollments[0].pk}


def lenas_sums(twin: Twin) -> dict[str, int]:
    return sums(twin) | {"enrollmentId": twin.enrollments[0].pk}


def grade_hers(twin: Twin) -> None:
    lena = twin.enrollments[0]
    assignment = Assignment.objects.get(course=twin.courses["MATH"])
    Grade.objects.create(
        assignment=assignment,
        enrollment=lena,
        student_id=lena.student_id,
        course_id=lena.course_id,
        raw_points=5,
        points=5,
    )


def points(_: Twin) -> dict[str, Any]:
    return {"points": 8, "version": 0}


def to_lena(twin: Twin) -> dict[str, Any]:
    return {"isPosted": True, "enrollmentIds": [twin.enrollments[0].pk]}


def into_group(twin: Twin) -> dict[str, Any]:
    return {"groupId": GradeGroup.objects.get(course=twin.courses["MATH"]).pk}


def a_file(twin: Twin) -> dict[str, Any]:
    return {"csv": "code,Sums\nlena,5\n", "columns": {"Sums": sums(twin)["assignmentId"]}}


RULES: Final = [
    Rule("GET", "/api/courses/{courseId}/grading", TOMS, params=math),
    Rule(
        "PATCH",
        "/api/courses/{courseId}/grading",
        TOMS,
        params=math,
        body=lambda _: {"latePercent": 10},
    ),
    Rule(
        "POST",
        "/api/courses/{courseId}/grade-groups",
        TOMS,
        params=math,
        body=lambda _: {"name": "Homework"},
    ),
    Rule(
        "PATCH",
        "/api/grade-groups/{groupId}",
        TOMS,
        params=a_group,
        body=lambda _: {"weight": 40},
        setup=group,
    ),
    Rule("DELETE", "/api/grade-groups/{groupId}", TOMS, params=a_group, setup=group),
    Rule(
        "PATCH",
        "/api/assignments/{assignmentId}/grading",
        TOMS,
        params=sums,
        body=into_group,
        setup=group,
    ),
    Rule("GET", "/api/courses/{courseId}/gradebook", TOMS, params=math),
    Rule("GET", "/api/courses/{courseId}/gradebook/{enrollmentId}", TOMS, params=lenas),
    Rule("GET", "/api/courses/{courseId}/gradebook.csv", TOMS, params=math),
    Rule("POST", "/api/courses/{courseId}/grade-imports", TOMS, params=math, body=a_file),
    Rule("GET", "/api/courses/{courseId}/grade-changes", TOMS, params=math, setup=grade_hers),
    Rule(
        "PUT",
        "/api/assignments/{assignmentId}/grades/{enrollmentId}",
        TOMS,
        params=lenas_sums,
        body=points,
    ),
    Rule(
        "POST",
        "/api/assignments/{assignmentId}/post-grades",
        TOMS,
        params=sums,
        body=to_lena,
        setup=grade_hers,
    ),
    Rule(
        "GET",
        "/api/learning/courses/{courseId}/grades",
        "lena मीरा",
        params=math,
        denied_as=NOT_IN_IT,
    ),
]
