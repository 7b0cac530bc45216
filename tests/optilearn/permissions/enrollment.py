"""Who enrols whom, who sees whose progress, and who learns."""

from __future__ import annotations

from typing import Any, Final

from optilearn.courses.models import Course, Lesson, LessonOverride
from optilearn.enrollment.models import CourseRating, WaitingEntry
from optilearn.people.models import Person
from tests.support.permissions import ADMINS, EVERYBODY, STUDENTS, Rule
from tests.support.twins import Twin

TOMS: Final = f"{ADMINS} tom"
"""Who manages MATH: Tom made it. Lena and Meera are enrolled in it, Sven isn't."""
LENAS: Final = f"{TOMS} lena"
"""Who has to do with Lena's enrollment; for other contacts it isn't there."""
HIDDEN: Final = dict.fromkeys(["मीरा", "sven", "pia"], 404)


def math(twin: Twin) -> dict[str, int]:
    return {"courseId": twin.courses["MATH"].pk}


def art(twin: Twin) -> dict[str, int]:
    return {"courseId": twin.courses["ART"].pk}


def lesson(twin: Twin) -> dict[str, int]:
    return {"lessonId": Lesson.objects.get(course=twin.courses["MATH"]).pk}


def lenas(twin: Twin) -> dict[str, int]:
    return {"enrollmentId": twin.enrollments[0].pk}


def svens(twin: Twin) -> dict[str, Any]:
    return {"studentIds": [twin.people["sven"].pk]}


def full(twin: Twin) -> None:
    Course.objects.filter(code="ART").update(max_enrollments=0)


def waiting(twin: Twin) -> None:
    for rank, name in enumerate(("lena", "मीरा", "sven"), start=1):
        WaitingEntry.objects.create(
            course=twin.courses["MATH"], student=twin.people[name], rank=rank
        )


def first_waiting(twin: Twin) -> dict[str, int]:
    return math(twin) | {"entryId": WaitingEntry.objects.order_by("rank")[0].pk}


def everyone_waiting(_: Twin) -> dict[str, list[int]]:
    return {"entryIds": list(WaitingEntry.objects.values_list("id", flat=True))}


def rated(twin: Twin) -> None:
    for name in ("lena", "मीरा"):
        CourseRating.objects.create(course=twin.courses["MATH"], student=twin.people[name], stars=3)


def moved(twin: Twin) -> None:
    course = twin.courses["MATH"]
    LessonOverride.objects.create(
        course=course,
        lesson=Lesson.objects.get(course=course),
        section_id="8A",
        unlock_at="2026-05-01T00:00Z",
    )


def another_section(twin: Twin) -> dict[str, str]:
    Person.objects.filter(pk=twin.people["sven"].pk).update(section_id="8B")
    return {"sectionId": "8B", "unlockAt": "2026-05-01T00:00:00Z"}


ENROLLED: Final = f"{TOMS} lena मीरा"
LIST: Final = "/api/courses/{courseId}/waiting-list"
OVERRIDES: Final = "/api/lessons/{lessonId}/overrides"

RULES: Final = [
    Rule("POST", "/api/courses/{courseId}/enroll", STUDENTS, params=art),
    Rule("GET", "/api/courses/{courseId}/enrollments", TOMS, params=math),
    Rule("POST", "/api/courses/{courseId}/enrollments", TOMS, params=math, body=svens),
    Rule(
        "POST",
        "/api/courses/{courseId}/enrollments/bulk",
        TOMS,
        params=math,
        body=lambda _: {"text": "sven", "apply": True},
    ),
    Rule("GET", "/api/enrollments/{enrollmentId}", LENAS, params=lenas, denied_as=HIDDEN),
    Rule(
        "PATCH",
        "/api/enrollments/{enrollmentId}",
        TOMS,
        params=lenas,
        body=lambda _: {"outcome": "PASS"},
        denied_as=HIDDEN,
    ),
    Rule(
        "POST",
        "/api/enrollments/{enrollmentId}/withdraw",
        LENAS,
        params=lenas,
        body=lambda _: {},
        denied_as=HIDDEN,
    ),
    Rule("POST", "/api/enrollments/{enrollmentId}/return", LENAS, params=lenas, denied_as=HIDDEN),
    Rule("POST", LIST, STUDENTS, params=art, setup=full, ok=frozenset({201})),
    Rule("GET", LIST, TOMS, params=math, setup=waiting),
    Rule("GET", f"{LIST}/me", STUDENTS, params=math, setup=waiting),
    Rule("DELETE", f"{LIST}/me", STUDENTS, params=math, setup=waiting),
    Rule("PUT", f"{LIST}/order", TOMS, params=math, setup=waiting, body=everyone_waiting),
    Rule("DELETE", f"{LIST}/{{entryId}}", TOMS, params=first_waiting, setup=waiting),
    Rule("GET", "/api/learning/courses", STUDENTS),
    Rule("GET", "/api/learning/courses/{courseId}", ENROLLED, params=math),
    Rule("GET", "/api/learning/lessons/{lessonId}", ENROLLED, params=lesson),
    Rule(
        "PUT",
        "/api/learning/lessons/{lessonId}/progress",
        "lena मीरा",
        params=lesson,
        body=lambda _: {"seconds": 10},
    ),
    Rule("POST", "/api/learning/lessons/{lessonId}/complete", "lena मीरा", params=lesson),
    Rule("GET", "/api/courses/{courseId}/ratings", EVERYBODY, params=math, setup=rated),
    Rule(
        "PUT",
        "/api/courses/{courseId}/rating",
        "lena मीरा",
        params=math,
        body=lambda _: {"stars": 5},
    ),
    Rule(
        "DELETE",
        "/api/courses/{courseId}/rating",
        "lena मीरा",
        params=math,
        setup=rated,
        denied_as={"sven": 404},
    ),
    Rule("GET", OVERRIDES, TOMS, params=lesson),
    Rule("PUT", OVERRIDES, TOMS, params=lesson, body=another_section),
    Rule("DELETE", OVERRIDES, TOMS, params=lesson, setup=moved, query="sectionId=8A"),
]
