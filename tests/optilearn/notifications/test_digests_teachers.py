"""The week of teachers."""

from __future__ import annotations

from typing import Any

from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications.models import Digest, Notification, Preference
from optilearn.people.models import Person
from tests.optilearn.enrollment.world import enroll, make_course, make_student
from tests.optilearn.notifications.support import reach
from tests.optilearn.notifications.weekly import (
    TEACHER,
    Twins,
    at,
    cost,
    grade,
    is_written,
    said,
    scan_teachers,
    work,
)
from tests.support.twins import Twin


def test_a_teachers_week(quiet_twins: Twins) -> None:
    north, _ = quiet_twins
    reach(north, "tom")
    reach(north, "uma")
    sums = make_course(north, "SUMS")
    rows: dict[str, dict[str, Any]] = {
        "new": {"enrolled_at": at(-1)},
        "newer": {"enrolled_at": at(1)},
        "done": {"status": "COMPLETED", "completed_at": at(-2)},
        "away": {"last_activity_at": at(-15)},
        "longer": {"last_activity_at": at(-22)},
        "here": {"last_activity_at": at(-13)},
        "left": {"status": "WITHDRAWN", "enrolled_at": at(-2)},
    }
    for name, facts in rows.items():
        make_student(north, name)
        enroll(north, name, sums, **facts)
    essay = work(north, sums, "Essay")
    grade(north, essay, "here", None)
    grade(north, essay, "away", None)
    grade(north, essay, "new", at(-1))
    assert [scan_teachers(north, at(hours=h)) for h in (-1, 0, 0.25)] == [0, 1, 0]
    assert said(north, TEACHER) == {
        "tom": {
            "weekOf": "2026-11-16",
            "courses": [
                {
                    "courseId": sums.pk,
                    "courseTitle": sums.title,
                    "enrolled": 1,
                    "completed": 1,
                    "toGrade": 2,
                    "inactive": 1,
                }
            ],
        }
    }
    is_written(north, TEACHER)


def test_co_teachers_hear_of_the_course_too_and_nobody_of_drafts(quiet_twins: Twins) -> None:
    north, _ = quiet_twins
    for name in ("tom", "uma", "asha"):
        reach(north, name)
    enroll(north, "sven", north.courses["ART"], enrolled_at=at(-1))
    draft = make_course(north, "SUMS", status="DRAFT")
    enroll(north, "sven", draft, enrolled_at=at(-1))
    assert scan_teachers(north, at()) == 2
    notified = said(north, TEACHER)
    assert sorted(notified) == ["tom", "uma"]
    assert all(
        [c["courseTitle"] for c in d["courses"]] == ["Art for all"] for d in notified.values()
    )


def test_who_wants_no_teachers_digest_gets_none(quiet_twins: Twins) -> None:
    north, _ = quiet_twins
    tom = reach(north, "tom")
    enroll(north, "sven", north.courses["ART"], enrolled_at=at(-1))
    with tenant_context(north.id):
        Preference.objects.create(person=tom, key=TEACHER, email=False)
    assert scan_teachers(north, at()) == 0
    assert scan_teachers(north, at(4)) == 0


def teachers(twin: Twin, number: int, prefix: str) -> None:
    for n in range(number):
        name = f"{prefix}{n}"
        with tenant_context(twin.id):
            twin.people[name] = Person.objects.create(
                kind="USER", role="TEACHER", crm_id=name, code=name, email=f"{name}@example.org"
            )
        course = make_course(twin, f"C-{name}", creator=twin.people[name])
        enroll(twin, "sven", course, enrolled_at=at(-1))


def test_a_page_of_teachers_costs_the_same_for_many(quiet_twins: Twins) -> None:
    north, _ = quiet_twins
    teachers(north, 2, "a")
    few = cost(north, scan_teachers, at())
    with tenant_context(north.id):
        Digest.objects.all().delete()
        Notification.objects.all().delete()
    teachers(north, 20, "b")
    assert cost(north, scan_teachers, at()) == few
    assert len(said(north, TEACHER)) == 22
