"""Hosts hold live classes, students of the course are in them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from optilearn.core import clock
from optilearn.courses.models import Lesson
from optilearn.files.models import File
from optilearn.live.models import Attendance, LiveClass, Recording
from tests.optilearn.permissions.enrollment import TOMS
from tests.support.permissions import STUDENTS, Rule
from tests.support.twins import Twin

IN_MATH: Final = f"{TOMS} lena मीरा"
NO_SERVER: Final = frozenset({503})
"""The video server isn't set up beside the table: who may enter is told so."""


def a_class(twin: Twin) -> None:
    """A class of MATH that begins now."""
    now = clock.now()
    LiveClass.objects.create(
        course=twin.courses["MATH"],
        title="Fractions",
        starts_at=now,
        ends_at=now + timedelta(hours=1),
        host=twin.people["tom"],
        room=f"room-{twin.id}",
    )


def begun(twin: Twin) -> None:
    a_class(twin)
    LiveClass.objects.update(status=LiveClass.Status.LIVE, started_at=clock.now())


def ended(twin: Twin) -> None:
    a_class(twin)
    LiveClass.objects.update(status=LiveClass.Status.ENDED, ended_at=clock.now())
    own = twin.enrollments[0]
    Attendance.objects.create(
        live_class=LiveClass.objects.latest("id"),
        enrollment=own,
        student_id=own.student_id,
        course_id=own.course_id,
        status=Attendance.Status.ABSENT,
        measured=Attendance.Status.ABSENT,
        held_at=clock.now(),
        class_seconds=3600,
    )


def recorded(twin: Twin) -> None:
    """A class with a recording to watch."""
    ended(twin)
    film = File.objects.create(
        category="recordings",
        key=f"lms/{twin.id}/recordings/film.mp4",
        name="film.mp4",
        content_type="video/mp4",
        size_bytes=1,
        status=File.Status.READY,
        is_kept=True,
    )
    Recording.objects.create(
        live_class=LiveClass.objects.latest("id"),
        session_id=f"{twin.id}-film",
        started_by=twin.people["tom"],
        status=Recording.Status.READY,
        file=film,
        finished_at=clock.now(),
    )


def the_recording(_: Twin) -> dict[str, int]:
    return {"recordingId": Recording.objects.latest("id").pk}


def the_lesson(twin: Twin) -> dict[str, int]:
    return {"lessonId": Lesson.objects.get(course=twin.courses["MATH"]).pk}


def the_course(twin: Twin) -> dict[str, int]:
    return {"courseId": twin.courses["MATH"].pk}


def the_class(_: Twin) -> dict[str, int]:
    return {"liveClassId": LiveClass.objects.latest("id").pk}


def her_attendance(twin: Twin) -> dict[str, int]:
    return the_class(twin) | {"enrollmentId": twin.enrollments[0].pk}


def a_plan(twin: Twin) -> dict[str, Any]:
    start = clock.now() + timedelta(days=1)
    return {
        "title": "Fractions",
        "startsAt": start.isoformat(),
        "minutes": 45,
        "hostId": twin.people["tom"].pk,
    }


def a_change(twin: Twin) -> dict[str, Any]:
    return {"title": "Powers", "hostId": twin.people["tom"].pk}


def a_report(_: Twin) -> dict[str, Any]:
    return {"eventId": str(UUID(int=1)), "connectionId": str(UUID(int=2)), "kind": "JOIN"}


CLASSES: Final = "/api/courses/{courseId}/live-classes"
CLASS: Final = "/api/live-classes/{liveClassId}"
RULES: Final = [
    Rule("GET", CLASSES, IN_MATH, params=the_course, setup=a_class),
    Rule("POST", CLASSES, TOMS, params=the_course, body=a_plan),
    Rule("GET", CLASS, IN_MATH, params=the_class, setup=a_class),
    Rule("PATCH", CLASS, TOMS, params=the_class, body=a_change, setup=a_class),
    Rule("POST", f"{CLASS}/cancel", TOMS, params=the_class, body=lambda _: {}, setup=a_class),
    Rule("POST", f"{CLASS}/start", TOMS, params=the_class, setup=a_class),
    Rule("POST", f"{CLASS}/end", TOMS, params=the_class, setup=begun),
    Rule("POST", f"{CLASS}/join", IN_MATH, params=the_class, setup=a_class, ok=NO_SERVER),
    Rule("POST", f"{CLASS}/presence", IN_MATH, params=the_class, body=a_report, setup=a_class),
    Rule("GET", f"{CLASS}/presence", TOMS, params=the_class, setup=begun),
    Rule("GET", f"{CLASS}/attendance", TOMS, params=the_class, setup=ended),
    Rule(
        "PUT",
        CLASS + "/attendance/{enrollmentId}",
        TOMS,
        params=her_attendance,
        body=lambda _: {"status": "PRESENT", "reason": "Network"},
        setup=ended,
    ),
    Rule("GET", "/api/me/attendance", STUDENTS),
    # Nobody has set up Jibris beside the table: who may record is told so.
    Rule("POST", f"{CLASS}/recording", TOMS, params=the_class, setup=begun, ok=NO_SERVER),
    Rule("DELETE", f"{CLASS}/recording", TOMS, params=the_class, setup=begun),
    Rule("GET", f"{CLASS}/recordings", IN_MATH, params=the_class, setup=recorded),
    Rule("GET", "/api/lessons/{lessonId}/recordings", IN_MATH, params=the_lesson, setup=recorded),
    Rule("GET", "/api/recordings/{recordingId}/url", IN_MATH, params=the_recording, setup=recorded),
    Rule("DELETE", "/api/recordings/{recordingId}", TOMS, params=the_recording, setup=recorded),
]
