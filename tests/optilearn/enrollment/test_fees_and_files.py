"""The fee gate, with OptiCRM up, down and odd; and who reads the files of courses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError
from optilearn.core.tenancy.context import tenant_context
from optilearn.core.valkey import Valkey
from optilearn.courses.models import Course, Lesson
from optilearn.courses.policies import may_manage
from optilearn.demo.opticrm import Kind, OptiCrmServer
from optilearn.enrollment.models import LessonProgress
from optilearn.files.access import may_read
from optilearn.files.models import File
from optilearn.files.rows import FileRow, row_where
from optilearn.institutions.models import Institution
from tests.optilearn.enrollment.world import (
    Twins,
    ask,
    enroll,
    lessons_of,
    make_course,
    refused,
)
from tests.support.opticrm import opticrm_of
from tests.support.twins import Twin

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


@pytest.fixture
def crm(twins: Twins, server: Valkey) -> Iterator[OptiCrmServer]:
    with opticrm_of(*twins) as opened:
        opened.schools["north"].fees |= {"crm-lena": "OVERDUE", "crm-मीरा": "PARTIAL"}
        yield opened


def gate(twin: Twin, setting: Any) -> None:
    Institution.objects.filter(pk=twin.id).update(settings={"feeGate": setting})


def test_overdue_fees_shut_lessons_and_the_door(twins: Twins, crm: OptiCrmServer) -> None:
    north, _ = twins
    gate(north, {"enabled": True, "message": "कृपया शुल्क जमा करें"})
    course, other = make_course(north, "BIO", {}), make_course(north, "ZOO", max_enrollments=0)
    (lesson,) = lessons_of(north, course)
    enroll(north, "मीरा", course)
    path = f"/learning/lessons/{lesson.pk}"
    for method, shut in (
        ("POST", f"/courses/{course.pk}/enroll"),
        ("POST", f"/courses/{other.pk}/waiting-list"),
    ):
        answer = ask(north, "lena", method, shut)
        assert refused(answer) == (402, "FEE_OVERDUE")
        assert answer[1]["error"]["message"] == "कृपया शुल्क जमा करें"
    own = enroll(north, "lena", course)
    assert refused(ask(north, "lena", "GET", path)) == (402, "FEE_OVERDUE")
    with tenant_context(north.id):
        assert not LessonProgress.objects.filter(enrollment=own).exists()
    assert crm.count("feeStatus") == 3  # one call in each request
    # Partly paid passes; browsing, progress and leaving never ask.
    assert ask(north, "मीरा", "GET", path)[0] == 200
    assert crm.count("feeStatus") == 4
    for method, open_path in (
        ("GET", "/learning/courses"),
        ("GET", f"/learning/courses/{course.pk}"),
        ("GET", f"/courses/{course.pk}/ratings"),
        ("PUT", f"{path}/progress"),
        ("POST", f"{path}/complete"),
        ("GET", f"/enrollments/{own.pk}"),
    ):
        body: Any = {} if method == "PUT" else None
        assert ask(north, "lena", method, open_path, body)[0] == 200, open_path
    assert ask(north, "tom", "GET", path)[0] == 200
    assert crm.count("feeStatus") == 4


def test_the_way_back_asks_fees_as_the_door_does(twins: Twins, crm: OptiCrmServer) -> None:
    north, _ = twins
    gate(north, {"enabled": True, "message": ""})
    course = make_course(north, "BIO", {})
    for name, expected in (("lena", (402, "FEE_OVERDUE")), ("मीरा", None)):
        own = enroll(north, name, course)
        assert ask(north, name, "POST", f"/enrollments/{own.pk}/withdraw", {})[0] == 200
        answer = ask(north, name, "POST", f"/enrollments/{own.pk}/return")
        assert (refused(answer) if expected else answer[0]) == (expected or 200)
        assert crm.count("feeStatus") == (1 if expected else 2)
        # Staff bring back whom they like, and who is in already is asked nothing.
        assert ask(north, "tom", "POST", f"/enrollments/{own.pk}/return")[0] == 200
        assert ask(north, name, "POST", f"/enrollments/{own.pk}/return")[0] == 200
    assert crm.count("feeStatus") == 2


def test_what_overdue_fees_stop_in_the_middle_of_a_course(twins: Twins, crm: OptiCrmServer) -> None:
    """As docs/api.md says: what opens more; nothing of what was done, or of leaving."""
    north, _ = twins
    course = make_course(north, "BIO", {}, {"kind": "VIDEO", "duration_seconds": 100})
    lesson, video = lessons_of(north, course)
    own = enroll(north, "lena", course)
    for one in (lesson, video):
        assert ask(north, "lena", "GET", f"/learning/lessons/{one.pk}")[0] == 200
    gate(north, {"enabled": True, "message": ""})
    body = {"title": "Film", "kind": "TEXT"}
    with tenant_context(north.id):
        module = video.module_id
    assert ask(north, "tom", "POST", f"/modules/{module}/lessons", body)[0] == 201
    shut = ("captions", "transcript")
    for path in (f"/learning/lessons/{lesson.pk}", *(f"/lessons/{video.pk}/{x}" for x in shut)):
        assert refused(ask(north, "lena", "GET", path)) == (402, "FEE_OVERDUE"), path
    event = {
        "id": "0196f3a2-7c1e-7b3a-9d55-3f0c8a1e2b47",
        "kind": "VIEW",
        "courseId": course.pk,
        "occurredAt": "2026-03-20T12:00:00Z",
    }
    stays: list[tuple[str, str, Any]] = [
        ("GET", "/learning/courses", None),
        ("GET", f"/learning/courses/{course.pk}", None),
        ("GET", f"/courses/{course.pk}/outline", None),
        ("PUT", f"/learning/lessons/{video.pk}/progress", {"watched": [[0, 10]]}),
        ("POST", f"/learning/lessons/{lesson.pk}/complete", None),
        ("POST", "/activity/events", {"events": [event]}),
        ("PUT", f"/courses/{course.pk}/rating", {"stars": 5}),
        ("POST", f"/enrollments/{own.pk}/withdraw", {}),
    ]
    for method, path, sent in stays:
        assert ask(north, "lena", method, path, sent)[0] in {200, 201}, path


@pytest.mark.parametrize("setting", [None, {}, {"enabled": False}, {"enabled": "yes"}, [], "on"])
def test_without_a_gate_nobody_is_asked(twins: Twins, crm: OptiCrmServer, setting: Any) -> None:
    north, _ = twins
    gate(north, setting)
    lesson = lessons_of(north, north.courses["MATH"])[0]
    assert ask(north, "lena", "GET", f"/learning/lessons/{lesson.pk}")[0] == 200
    assert crm.count("feeStatus") == 0


@pytest.mark.parametrize("kind", [Kind.STATUS, Kind.DROP, Kind.LYING, Kind.NOT_JSON])
def test_opticrm_down_or_odd_is_open(twins: Twins, crm: OptiCrmServer, kind: Kind) -> None:
    north, _ = twins
    gate(north, {"enabled": True})
    crm.fail("feeStatus", kind)
    lesson = lessons_of(north, north.courses["MATH"])[0]
    assert ask(north, "lena", "GET", f"/learning/lessons/{lesson.pk}")[0] == 200


def test_the_usual_words(twins: Twins, crm: OptiCrmServer) -> None:
    north, _ = twins
    gate(north, {"enabled": True, "message": " "})
    lesson = lessons_of(north, north.courses["MATH"])[0]
    answer = ask(north, "lena", "GET", f"/learning/lessons/{lesson.pk}")
    assert answer[1]["error"]["message"] == "Fees are overdue. Please pay them to continue."


def file_of(course_id: int | None, lesson_id: int | None = None) -> FileRow:
    return FileRow(
        id=1,
        owner_id=None,
        course_id=course_id,
        lesson_id=lesson_id,
        category="video",
        key="k",
        name="n",
        content_type="video/mp4",
        size_bytes=1,
        status="READY",
        etag="",
        problem="",
        created_at=NOW,
        ready_at=NOW,
        is_kept=True,
    )


def reads(principal: Principal, file: FileRow) -> bool | str:
    """Yes, no, or the code of the refusal."""
    with tenant_context(principal.institution_id):
        try:
            return may_read(principal, file)
        except AppError as error:
            return error.code.value


def test_who_reads_files_of_courses(twins: Twins) -> None:
    north, south = twins
    course = make_course(north, "BIO", {}, {"unlock_at": "2090-01-01T00:00Z"})
    first, locked = lessons_of(north, course)
    enroll(north, "lena", course)
    enroll(north, "मीरा", course, status="WITHDRAWN")
    whole, one, later = (
        file_of(course.pk),
        file_of(course.pk, first.pk),
        file_of(course.pk, locked.pk),
    )
    expected: dict[str, tuple[bool | str, bool | str, bool | str]] = {
        "asha": (True, True, True),
        "tom": (True, True, True),
        "uma": (False, False, False),
        "anil": (False, False, False),
        "lena": (True, True, "LESSON_LOCKED"),
        "मीरा": ("ENROLLMENT_REQUIRED",) * 3,
        "sven": (False, "ENROLLMENT_REQUIRED", "ENROLLMENT_REQUIRED"),
        "pia": (False, False, False),
    }
    for name, answers in expected.items():
        asker = north.principal(name)
        assert tuple(reads(asker, file) for file in (whole, one, later)) == answers, name
    assert reads(south.principal("tom"), one) is False
    assert reads(south.principal("lena"), one) is False


def test_who_copied_a_course_reads_its_files_as_her_students_do(twins: Twins) -> None:
    north, _ = twins
    source = make_course(north, "BIO", {"kind": "VIDEO"})
    (lesson,) = lessons_of(north, source)
    with tenant_context(north.id):
        film = File.objects.create(
            course=source, lesson=lesson, category="video", key="film", name="film.mp4",
            content_type="video/mp4", size_bytes=9, status="READY", owner=north.people["tom"],
        )  # fmt: skip
        Lesson.objects.filter(pk=lesson.pk).update(file=film)
        row = row_where(pk=film.pk)
    assert row is not None
    assert reads(north.principal("uma"), row) is False
    made = ask(north, "uma", "POST", f"/courses/{source.pk}/copy", {"code": "BIO-2"})[1]["data"]
    assert reads(north.principal("uma"), row) is True
    with tenant_context(north.id):
        copy = Course.objects.get(pk=made["id"])
        Course.objects.filter(pk=copy.pk).update(status="PUBLISHED")
    enroll(north, "lena", copy)
    assert reads(north.principal("lena"), row) is True
    assert reads(north.principal("anil"), row) is False


def test_who_puts_files_into_a_course(twins: Twins) -> None:
    north, south = twins
    key = north.courses["MATH"].pk
    for name in ("asha", "tom", "uma", "anil", "lena", "pia"):
        with tenant_context(north.id):
            assert may_manage(north.principal(name), key) is (name in {"asha", "tom"})
    with tenant_context(south.id):
        assert not may_manage(south.principal("asha"), key)


def test_overdue_fees_shut_files_too(twins: Twins, crm: OptiCrmServer) -> None:
    north, _ = twins
    gate(north, {"enabled": True})
    course = north.courses["MATH"]
    with tenant_context(north.id):
        lesson = Lesson.objects.get(course=course)
    assert reads(north.principal("lena"), file_of(course.pk, lesson.pk)) == "FEE_OVERDUE"
    assert reads(north.principal("lena"), file_of(course.pk)) == "FEE_OVERDUE"
    assert reads(north.principal("मीरा"), file_of(course.pk)) is True
