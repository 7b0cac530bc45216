"""Who is in a course: figures, filters, orders, and the cost of it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest

from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Course
from optilearn.enrollment.models import Enrollment, LessonProgress
from optilearn.people.models import Person
from tests.optilearn.enrollment.world import (
    Twins,
    ask,
    count_queries,
    enroll,
    lessons_of,
    make_course,
    make_student,
)

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


def full_course(twins: Twins) -> Course:
    north, _ = twins
    course = make_course(north, "BIO", {}, {}, {"is_required": False}, {"archived_at": NOW})
    make_student(
        north, "50%_off", name="50% Off", class_id="8", section_id="8A", class_name="Eight"
    )
    make_student(north, "back\\slash", name="राधा", class_id="8", section_id="8B")
    enroll(north, "50%_off", course, progress_pct=50, last_activity_at=NOW)
    enroll(north, "back\\slash", course, status="COMPLETED", progress_pct=100, outcome="PASS")
    enroll(north, "lena", course, enrolled_at=None)
    enroll(north, "मीरा", course, expires_at="2026-01-31T00:00Z")
    with tenant_context(north.id):
        own = Enrollment.objects.get(course=course, student__code="50%_off")
        for lesson in lessons_of(north, course):
            if lesson.position != 2:
                LessonProgress.objects.create(
                    enrollment=own,
                    student_id=own.student_id,
                    course=course,
                    lesson=lesson,
                    status="COMPLETED",
                )
    return course


def test_figures(twins: Twins) -> None:
    north, _ = twins
    course = full_course(twins)
    body = ask(north, "tom", "GET", f"/courses/{course.pk}/enrollments")[1]
    assert body["meta"]["total"] == 4
    row = body["data"][0]
    assert row["student"] | {"id": 0} == {
        "id": 0,
        "code": "50%_off",
        "name": "50% Off",
        "className": "Eight",
        "sectionName": "",
    }
    # Of the required lessons that are still there, one is done.
    assert (row["completedLessons"], row["requiredLessons"], row["progressPct"]) == (1, 2, 50)
    assert row["lastActivityAt"] == "2026-03-20T12:00:00Z"
    statuses = {one["student"]["code"]: one["status"] for one in body["data"]}
    assert statuses == {
        "50%_off": "ACTIVE",
        "back\\slash": "COMPLETED",
        "lena": "ACTIVE",
        "मीरा": "EXPIRED",
    }
    detail = ask(north, "tom", "GET", f"/enrollments/{row['id']}")[1]["data"]
    assert detail | row == detail


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=50%25", ["50%_off"]),
        ("q=_", ["50%_off"]),
        ("q=%5C", ["back\\slash"]),
        ("q=%25", ["50%_off"]),
        ("q=%E0%A4%B0%E0%A4%BE%E0%A4%A7", ["back\\slash"]),
        ("q=LENA", ["lena"]),
        ("q=+", ["50%_off", "back\\slash", "lena", "मीरा"]),
        ("q=nobody", []),
        ("q=%27%3B--", []),
        ("status=EXPIRED", ["मीरा"]),
        ("status=ACTIVE", ["50%_off", "lena"]),
        ("status=COMPLETED", ["back\\slash"]),
        ("status=ENDED", []),
        ("classId=8", ["50%_off", "back\\slash"]),
        ("classId=8&sectionId=8B", ["back\\slash"]),
        ("classId=8&status=ACTIVE&q=off", ["50%_off"]),
    ],
)
def test_filters(twins: Twins, query: str, expected: list[str]) -> None:
    course = full_course(twins)
    body = ask(twins[0], "tom", "GET", f"/courses/{course.pk}/enrollments?{query}")[1]
    assert sorted(one["student"]["code"] for one in body["data"]) == sorted(expected)
    assert body["meta"]["total"] == len(expected)


@pytest.mark.parametrize("order", ["name", "progress", "lastActivity", "enrolledAt"])
def test_orders_and_pages(twins: Twins, order: str) -> None:
    course = full_course(twins)
    path = f"/courses/{course.pk}/enrollments"

    def ids(order: str, page: int, size: int) -> list[int]:
        query = f"order={order}&page={page}&perPage={size}"
        return [one["id"] for one in ask(twins[0], "tom", "GET", f"{path}?{query}")[1]["data"]]

    whole = ids(order, 1, 100)
    assert len(set(whole)) == 4
    assert ids(f"-{order}", 1, 100) == whole[::-1]
    assert ids(order, 1, 3) + ids(order, 2, 3) == whole
    assert ids(order, 9, 3) == []


@pytest.mark.parametrize(
    "query", ["perPage=101", "page=0", "order=id", "status=ALL", "x=1", "q=%00"]
)
def test_queries_that_make_no_sense(twins: Twins, query: str) -> None:
    path = f"/courses/{twins[0].courses['MATH'].pk}/enrollments?{query}"
    assert ask(twins[0], "tom", "GET", path)[0] == 400


@pytest.mark.parametrize(
    ("name", "expected"), [("asha", 200), ("tom", 200), ("uma", 403), ("anil", 403), ("lena", 403)]
)
def test_who_sees_it(twins: Twins, name: str, expected: int) -> None:
    north, south = twins
    assert (
        ask(north, name, "GET", f"/courses/{north.courses['MATH'].pk}/enrollments")[0] == expected
    )
    there = ask(north, name, "GET", f"/courses/{south.courses['MATH'].pk}/enrollments")[0]
    assert there == (403 if expected == 403 and name == "lena" else 404)


def test_as_many_queries_for_one_as_for_a_hundred(twins: Twins) -> None:
    from optilearn.enrollment.schemas.enrollments import RosterQuery
    from optilearn.enrollment.selectors.roster import enrollment_detail, roster

    north, _ = twins
    course = make_course(north, "BIO", {}, {})
    with tenant_context(north.id):
        people = Person.objects.bulk_create(
            Person(kind="STUDENT", role="STUDENT", crm_id=f"c{n}", code=f"b{n}", name=f"B {n}")
            for n in range(100)
        )
        made = Enrollment.objects.bulk_create(
            Enrollment(student=person, course=course) for person in people
        )
    for size in (1, 100):
        query = RosterQuery.model_validate({"perPage": size})
        read = partial(roster, course_id=course.pk, query=query)
        assert count_queries(north, "tom", read) == 2
        with tenant_context(north.id):
            page, total = read(north.principal("tom"))
        assert (len(page), total) == (size, 100)
    key = made[0].pk
    assert count_queries(north, "tom", partial(enrollment_detail, enrollment_id=key)) == 2
