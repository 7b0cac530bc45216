"""Captions: managers of a course write them, staff and the course's students read them."""

from __future__ import annotations

from typing import Any, Final

from optilearn.core.access.policies import STAFF as STAFF_ROLES
from optilearn.courses.captions import services
from optilearn.courses.models import Lesson
from tests.support.permissions import ADMINS, STAFF, Rule
from tests.support.twins import Twin

VTT: Final = "WEBVTT\n\n00:01.000 --> 00:02.000\nx\n"
MANAGERS: Final = f"{ADMINS} tom"
READERS: Final = f"{STAFF} lena मीरा"
"""Staff, and who takes the course."""


def lesson(twin: Twin) -> dict[str, Any]:
    return {"lessonId": Lesson.objects.get(course=twin.courses["MATH"]).pk, "language": "hi"}


def captioned(twin: Twin) -> None:
    assert twin.principal("tom").role in STAFF_ROLES
    services.put_caption(
        principal=twin.principal("tom"),
        lesson_id=lesson(twin)["lessonId"],
        language="hi",
        caption=services.CaptionText(VTT),
    )


def text(_: Twin) -> dict[str, Any]:
    return {"text": VTT}


PATH: Final = "/api/lessons/{lessonId}/captions/{language}"
RULES: Final = [
    Rule("PUT", PATH, MANAGERS, params=lesson, body=text),
    Rule("DELETE", PATH, MANAGERS, params=lesson, setup=captioned),
    Rule("GET", PATH, READERS, params=lesson, setup=captioned),
    Rule("GET", "/api/lessons/{lessonId}/captions", READERS, params=lesson),
    Rule(
        "GET",
        "/api/lessons/{lessonId}/transcript",
        READERS,
        params=lesson,
        setup=captioned,
    ),
]
