"""Who may find courses, and who builds them: administrators all, teachers their own."""

from __future__ import annotations

from typing import Any, Final

from optilearn.courses.models import Lesson, Module
from tests.support.permissions import ADMINS, EVERYBODY, STAFF, Rule
from tests.support.twins import Twin

TOMS: Final = f"{ADMINS} tom"
"""Who manages MATH: Tom made it."""
UNSEEN: Final = dict.fromkeys(["lena", "मीरा", "sven", "pia"], 403)


def math(twin: Twin) -> dict[str, int]:
    return {"courseId": twin.courses["MATH"].pk}


def module(twin: Twin) -> dict[str, int]:
    return {"moduleId": Module.objects.get(course=twin.courses["MATH"], position=1).pk}


def empty_module(twin: Twin) -> dict[str, int]:
    row = Module.objects.filter(course=twin.courses["MATH"], title="Empty").first()
    return {"moduleId": row.pk if row else 0}


def make_empty_module(twin: Twin) -> None:
    Module.objects.create(course=twin.courses["MATH"], title="Empty", position=2)


def lesson(twin: Twin) -> dict[str, int]:
    return {"lessonId": Lesson.objects.get(course=twin.courses["MATH"]).pk}


def unpublished(twin: Twin) -> None:
    course = twin.courses["MATH"]
    type(course).objects.filter(pk=course.pk).update(status="DRAFT", published_at=None)


def order(twin: Twin) -> dict[str, Any]:
    lessons = [lesson(twin)["lessonId"]]
    return {"modules": [{"id": module(twin)["moduleId"], "lessons": lessons}]}


RULES: Final = [
    Rule("GET", "/api/courses", EVERYBODY),
    Rule("GET", "/api/courses/facets", EVERYBODY),
    Rule(
        "POST", "/api/courses", f"{ADMINS} tom uma", body=lambda _: {"code": "NEW", "title": "New"}
    ),
    Rule("GET", "/api/courses/{courseId}", EVERYBODY, params=math),
    Rule("GET", "/api/courses/{courseId}/outline", EVERYBODY, params=math),
    Rule("PATCH", "/api/courses/{courseId}", TOMS, params=math, body=lambda _: {"title": "Sums"}),
    Rule("DELETE", "/api/courses/{courseId}", TOMS, params=math, ok=frozenset({409})),
    Rule(
        "POST",
        "/api/courses/{courseId}/status",
        TOMS,
        params=math,
        body=lambda _: {"status": "ARCHIVED"},
    ),
    Rule(
        "POST",
        "/api/courses/{courseId}/copy",
        f"{ADMINS} tom uma",
        params=math,
        body=lambda _: {"code": "M2"},
    ),
    Rule(
        "PUT",
        "/api/courses/{courseId}/co-teachers",
        TOMS,
        params=math,
        body=lambda twin: {"personIds": [twin.people["uma"].pk]},
    ),
    Rule(
        "PUT",
        "/api/courses/{courseId}/prerequisites",
        TOMS,
        params=math,
        body=lambda twin: {"courseIds": [twin.courses["ART"].pk]},
    ),
    Rule("PUT", "/api/courses/{courseId}/order", TOMS, params=math, body=order),
    Rule(
        "POST",
        "/api/courses/{courseId}/modules",
        TOMS,
        params=math,
        body=lambda _: {"title": "Two"},
    ),
    Rule("PATCH", "/api/modules/{moduleId}", TOMS, params=module, body=lambda _: {"title": "1"}),
    Rule(
        "DELETE",
        "/api/modules/{moduleId}",
        TOMS,
        params=empty_module,
        setup=make_empty_module,
    ),
    Rule(
        "POST",
        "/api/modules/{moduleId}/lessons",
        TOMS,
        params=module,
        body=lambda _: {"title": "Next", "kind": "TEXT"},
    ),
    Rule("GET", "/api/lessons/{lessonId}", STAFF, params=lesson),
    Rule("PATCH", "/api/lessons/{lessonId}", TOMS, params=lesson, body=lambda _: {"title": "1.1"}),
    Rule("DELETE", "/api/lessons/{lessonId}", TOMS, params=lesson),
]
