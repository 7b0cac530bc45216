"""Who makes learning paths, who takes them."""

from __future__ import annotations

from typing import Any, Final

from optilearn.recognition.models import LearningPath, PathMember
from tests.support.paths import member_of, path_with
from tests.support.permissions import ADMINS, STAFF, STUDENTS, Rule
from tests.support.twins import Twin


def a_path(twin: Twin) -> None:
    path_with(twin, "MATH")


def open_to_all(twin: Twin) -> None:
    path_with(twin, "MATH", is_open=True)


def lenas(twin: Twin) -> None:
    member_of(path_with(twin, "MATH"), twin, "lena")


def the_path(_: Twin) -> dict[str, Any]:
    return {"pathId": LearningPath.objects.latest("id").pk}


def her_membership(twin: Twin) -> dict[str, Any]:
    return the_path(twin) | {"studentId": PathMember.objects.latest("id").student_id}


def her_course(twin: Twin) -> dict[str, Any]:
    return the_path(twin) | {"courseId": twin.courses["MATH"].pk}


def courses(twin: Twin) -> dict[str, Any]:
    return {"title": "Another path", "courseIds": [twin.courses["MATH"].pk]}


def students(twin: Twin) -> dict[str, Any]:
    return {"studentIds": [twin.people["lena"].pk]}


ONE: Final = "/api/learning-paths/{pathId}"
NOT_HERS: Final = {name: 404 for name in STUDENTS.split() if name != "lena"}
RULES: Final = [
    Rule("GET", "/api/learning-paths", f"{STAFF} {STUDENTS}"),
    Rule("POST", "/api/learning-paths", ADMINS, body=courses),
    Rule("GET", ONE, f"{STAFF} lena", params=the_path, setup=lenas, denied_as=NOT_HERS),
    Rule("PATCH", ONE, ADMINS, params=the_path, body=lambda _: {"isOpen": True}, setup=a_path),
    Rule("GET", f"{ONE}/members", ADMINS, params=the_path, setup=lenas),
    Rule("POST", f"{ONE}/members", ADMINS, params=the_path, body=students, setup=a_path),
    Rule("DELETE", f"{ONE}/members/{{studentId}}", ADMINS, params=her_membership, setup=lenas),
    Rule("PUT", f"{ONE}/membership", STUDENTS, params=the_path, setup=open_to_all),
    Rule(
        "DELETE",
        f"{ONE}/membership",
        "lena",
        params=the_path,
        setup=lenas,
        denied_as=NOT_HERS,
    ),
    Rule(
        "POST",
        f"{ONE}/courses/{{courseId}}/start",
        "lena",
        params=her_course,
        setup=lenas,
        denied_as=NOT_HERS,
    ),
]
