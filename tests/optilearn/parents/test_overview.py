"""A child as its parent sees it: its own numbers, its parent's alone, of this moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.assessment.models import Assignment, Extension, Grade, Submission
from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Course
from optilearn.demo.opticrm import OptiCrmServer
from optilearn.enrollment.models import Enrollment
from optilearn.live.models import Attendance, LiveClass
from tests.support.client import call, token_of
from tests.support.opticrm import opticrm_of
from tests.support.quizzes import a_quiz
from tests.support.twins import Twin

NOW = datetime(2026, 1, 25, 12, tzinfo=UTC)


@pytest.fixture
def crm(twins: tuple[Twin, Twin]) -> Iterator[OptiCrmServer]:
    with opticrm_of(*twins) as opened:
        yield opened


@pytest.fixture
def north(twins: tuple[Twin, Twin]) -> Iterator[Twin]:
    with clock.frozen(NOW), tenant_context(twins[0].id):
        yield twins[0]


def overview(twin: Twin, child: str, who: str = "pia") -> tuple[int, Any]:
    path = f"/api/parent/children/{twin.people[child].pk}/overview"
    return call("GET", path, token=token_of(twin, who))[:2]


def seen(twin: Twin) -> Any:
    status, body = overview(twin, "lena")
    assert status == 200, body
    return body["data"]


def more_work(twin: Twin, title: str, due_at: datetime) -> Assignment:
    return Assignment.objects.create(course=twin.courses["MATH"], title=title, due_at=due_at)


def test_a_parent_sees_what_the_child_sees(north: Twin, crm: OptiCrmServer) -> None:
    found = seen(north)
    assert found["child"]["name"] == north.people["lena"].name
    assert [(one["code"], one["status"]) for one in found["courses"]] == [("MATH", "ACTIVE")]
    assert [(one["title"], one["points"]) for one in found["grades"]] == [("Sums", 71.5)]
    assert found["upcoming"] == [], "it is submitted"
    assert (found["points"], found["badges"], found["certificates"]) == (0, [], [])


def test_another_s_child_is_not_there(north: Twin, crm: OptiCrmServer) -> None:
    assert overview(north, "मीरा")[0] == 404
    assert overview(north, "tom")[0] == 404
    assert overview(north, "lena", "lena")[0] == 403


def test_custody_that_changes_counts_at_once(north: Twin, crm: OptiCrmServer) -> None:
    assert overview(north, "lena")[0] == 200
    crm.schools["north"].children["crm-pia"] = ["crm-मीरा"]
    assert (overview(north, "lena")[0], overview(north, "मीरा")[0]) == (404, 200)


def test_a_grade_that_is_not_released_is_not_seen(north: Twin, crm: OptiCrmServer) -> None:
    work = Submission.objects.get(student=north.people["lena"])
    Submission.objects.filter(pk=work.pk).update(score=None)
    grade = Grade.objects.create(
        assignment=work.assignment,
        enrollment=work.enrollment,
        student=work.student,
        course=work.course,
        raw_points=Decimal(90),
        points=Decimal(90),
        graded_at=NOW,
    )
    assert seen(north)["grades"] == []
    Grade.objects.filter(pk=grade.pk).update(posted_at=NOW)
    assert [one["points"] for one in seen(north)["grades"]] == [90.0]


def test_a_grade_without_work_is_seen_and_one_of_a_draft_is_not(
    north: Twin, crm: OptiCrmServer
) -> None:
    enrollment = Enrollment.objects.get(student=north.people["lena"])
    Grade.objects.create(
        assignment=more_work(north, "Talk", NOW), enrollment=enrollment,
        student=enrollment.student, course=enrollment.course, raw_points=Decimal(80),
        points=Decimal(80), graded_at=NOW, posted_at=NOW,
    )  # fmt: skip
    assert [one["title"] for one in seen(north)["grades"]] == ["Sums", "Talk"]
    Course.objects.filter(pk=enrollment.course_id).update(status=Course.Status.DRAFT)
    assert seen(north)["grades"] == []


def test_upcoming_work_is_the_child_s_own(north: Twin, crm: OptiCrmServer) -> None:
    late = more_work(north, "Extended", NOW - timedelta(days=2))
    Extension.objects.create(
        assignment=late,
        course=late.course,
        student=north.people["lena"],
        due_at=NOW + timedelta(days=3),
    )
    more_work(north, "Over", NOW - timedelta(days=1))
    more_work(north, "Far", NOW + timedelta(days=15))
    a_quiz(north, closesAt=(NOW + timedelta(days=1)).isoformat())
    found = [(one["kind"], one["title"]) for one in seen(north)["upcoming"]]
    assert found == [("QUIZ_CLOSES", "Test"), ("ASSIGNMENT_DUE", "Extended")]


def test_attendance_is_that_of_the_month_on_the_school_s_clock(
    north: Twin, crm: OptiCrmServer
) -> None:
    enrollment = Enrollment.objects.get(student=north.people["lena"])
    begun = {
        "PRESENT": NOW - timedelta(days=1),
        "PARTIAL": datetime(2026, 1, 1, tzinfo=UTC),
        "ABSENT": datetime(2025, 12, 31, 23, tzinfo=UTC),
    }
    for status, at in begun.items():
        held = LiveClass.objects.create(
            course=enrollment.course, title=status, starts_at=at, ends_at=at + timedelta(hours=1),
            host=north.people["tom"], room=status.lower(), status="ENDED",
        )  # fmt: skip
        Attendance.objects.create(
            live_class=held, enrollment=enrollment, student=enrollment.student,
            course=enrollment.course, status=status, measured=status, class_seconds=3600,
            held_at=at,
        )  # fmt: skip
    expected = {"classes": 2, "present": 1, "partial": 1, "absent": 0}
    assert seen(north)["attendance"] == expected


def test_the_last_ten_grades_at_a_constant_cost(north: Twin, crm: OptiCrmServer) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            seen(north)
        return len(queries)

    seen(north)
    first = asked()
    enrollment = Enrollment.objects.get(student=north.people["lena"])
    for number in range(12):
        work = more_work(north, f"Task {number}", NOW - timedelta(days=3))
        Submission.objects.create(
            assignment=work,
            enrollment=enrollment,
            student=enrollment.student,
            course=enrollment.course,
            submitted_at=NOW - timedelta(days=3),
            score=Decimal(number),
            graded_at=NOW - timedelta(hours=number),
        )
    Submission.objects.filter(assignment__title="Sums").update(graded_at=NOW - timedelta(days=9))
    grades = seen(north)["grades"]
    assert [one["title"] for one in grades] == [f"Task {number}" for number in range(10)]
    assert asked() == first
