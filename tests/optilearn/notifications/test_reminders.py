"""What is told because time has passed: due work, ends of access."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.assessment.models import Assignment, Submission
from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Course
from optilearn.enrollment.models import Enrollment
from optilearn.notifications.models import Delivery, Notification
from optilearn.notifications.producers import reminders
from optilearn.notifications.services import send_each
from tests.optilearn.enrollment.world import enroll, lessons_of, make_course, make_student
from tests.optilearn.notifications.support import NOON, later
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
DUE = "LESSON_ASSIGNMENT_DUE_REMINDER"
OVERDUE = "LESSON_ASSIGNMENT_OVERDUE"
EXPIRING = "ENROLL_ACCESS_EXPIRING"


def assign(twin: Twin, course: Course, due_at: datetime | None, **facts: Any) -> Assignment:
    with tenant_context(twin.id):
        return Assignment.objects.create(
            course=course, title=facts.pop("title", "Essay"), due_at=due_at, **facts
        )


def hand_in(twin: Twin, work: Assignment, enrollment: Enrollment) -> None:
    with tenant_context(twin.id):
        Submission.objects.create(
            assignment=work,
            enrollment=enrollment,
            student_id=enrollment.student_id,
            course_id=enrollment.course_id,
            submitted_at=NOON,
        )


def notified(twin: Twin, key: str) -> list[str]:
    """Who was told, one name for each message."""
    with tenant_context(twin.id):
        found = Delivery.objects.filter(key=key, channel="IN_APP").order_by("id")
        return list(found.values_list("person__code", flat=True))


def scan(twin: Twin, moment: datetime, what: Any) -> int:
    with tenant_context(twin.id), clock.frozen(moment):
        return int(what())


def test_students_who_have_not_submitted_are_reminded_once(twins: Twins) -> None:
    north, south = twins
    course = make_course(north, "SUMS")
    done = enroll(north, "lena", course)
    enroll(north, "sven", course)
    work = assign(north, course, later(hours=23))
    assign(north, course, later(hours=25), title="Far")
    assign(north, course, None, title="Without a date")
    hand_in(north, work, done)
    assert scan(north, NOON, reminders.remind_due) == 1
    assert notified(north, DUE) == ["sven"]
    assert scan(north, later(hours=1), reminders.remind_due) == 2  # the far one, of both
    assert scan(north, later(hours=1), reminders.remind_due) == 0
    assert scan(south, NOON, reminders.remind_due) == 0
    with tenant_context(north.id):
        row = Notification.objects.filter(key=DUE).order_by("id")[0]
        assert row.data["dueAt"] == "2026-11-24T11:00:00Z"
        assert row.data["assignmentId"] == work.pk


def test_a_date_that_is_moved_is_sent_again_and_moved_back_is_not(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "SUMS")
    enroll(north, "sven", course)
    work = assign(north, course, later(hours=10))
    for hours, new in ((10, 1), (12, 1), (10, 0), (12, 0)):
        with tenant_context(north.id):
            Assignment.objects.filter(pk=work.pk).update(due_at=later(hours=hours))
        assert scan(north, NOON, reminders.remind_due) == new


@pytest.mark.parametrize(
    ("person", "enrollment", "course"),
    [
        ({"status": "INACTIVE"}, {}, {}),
        ({}, {"status": "WITHDRAWN"}, {}),
        ({}, {"status": "COMPLETED"}, {}),
        ({}, {"expires_at": later(days=-1)}, {}),
        ({}, {"enrolled_at": later(hours=30)}, {}),
        ({}, {}, {"status": "DRAFT"}),
    ],
)
def test_who_is_not_reminded(
    twins: Twins, person: dict[str, Any], enrollment: dict[str, Any], course: dict[str, Any]
) -> None:
    north, _ = twins
    made = make_course(north, "SUMS", **course)
    make_student(north, "one", **person)
    enroll(north, "one", made, **enrollment)
    assign(north, made, later(hours=10))
    assign(north, made, later(hours=-10))
    assert scan(north, NOON, reminders.remind_due) == 0
    assert scan(north, NOON, reminders.remind_overdue) == 0


def test_work_of_an_archived_lesson_is_nobodys(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "SUMS", {"archived_at": NOON})
    enroll(north, "sven", course)
    assign(north, course, later(hours=10), lesson=lessons_of(north, course)[0])
    assert scan(north, NOON, reminders.remind_due) == 0


def test_what_was_due_in_the_last_day_is_overdue_once(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "SUMS")
    enroll(north, "sven", course)
    assign(north, course, NOON)
    assign(north, course, later(hours=-25), title="Long ago")
    assert scan(north, later(seconds=-1), reminders.remind_overdue) == 0
    assert scan(north, NOON, reminders.remind_overdue) == 1
    assert scan(north, later(hours=1), reminders.remind_overdue) == 0
    assert notified(north, OVERDUE) == ["sven"]


def test_the_school_says_how_long_before(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "SUMS")
    enroll(north, "sven", course)
    assign(north, course, later(hours=70))
    north.institution.settings = {"notifications": {"dueHours": 72}}
    north.institution.save()
    assert scan(north, NOON, reminders.remind_due) == 1


def test_a_killed_scan_goes_on_where_it_was(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    north, _ = twins
    course = make_course(north, "SUMS")
    names = [f"s{number}" for number in range(7)]
    for name in names:
        make_student(north, name)
        enroll(north, name, course)
    assign(north, course, later(hours=10))
    monkeypatch.setattr(reminders, "CHUNK", 3)
    calls: list[dict[str, Any]] = []

    def dying(**given: Any) -> int:
        if len(calls) == 2:
            raise KeyboardInterrupt
        calls.append(given)
        return send_each(**given)

    monkeypatch.setattr(reminders, "send_each", dying)
    with pytest.raises(KeyboardInterrupt):
        scan(north, NOON, reminders.remind_due)
    assert len(notified(north, DUE)) == 6
    monkeypatch.setattr(reminders, "send_each", send_each)
    assert scan(north, NOON, reminders.remind_due) == 1
    assert sorted(notified(north, DUE)) == names


def test_a_chunk_costs_the_same_for_many(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "SUMS")

    def cost(*names: str) -> int:
        for name in names:
            make_student(north, name)
            enroll(north, name, course)
        with tenant_context(north.id), CaptureQueriesContext(connection) as asked:
            assert scan(north, NOON, reminders.remind_due) == len(names)
        return len(asked.captured_queries)

    assign(north, course, later(hours=10))
    assert cost("one") == cost(*(f"s{number}" for number in range(40)))


def test_an_end_that_is_near_is_reminded_once_and_a_new_one_again(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "SUMS")
    soon = enroll(north, "sven", course, expires_at=later(days=6))
    enroll(north, "lena", course, expires_at=later(days=8))
    enroll(north, "मीरा", course, expires_at=later(hours=-1))
    assert scan(north, NOON, reminders.remind_expiring) == 1
    assert scan(north, later(hours=1), reminders.remind_expiring) == 0
    assert notified(north, EXPIRING) == ["sven"]
    with tenant_context(north.id):
        assert Notification.objects.get().data["expiresAt"] == "2026-11-29T12:00:00Z"
        Enrollment.objects.filter(pk=soon.pk).update(expires_at=NOON + timedelta(days=5))
    assert scan(north, NOON, reminders.remind_expiring) == 1
