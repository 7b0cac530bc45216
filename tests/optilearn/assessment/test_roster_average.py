"""The average score in rosters: released grades, else the newest submission's score."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from optilearn.assessment.models import Assignment, Submission
from optilearn.core.tenancy.context import tenant_context
from optilearn.enrollment.schemas.enrollments import RosterQuery
from optilearn.enrollment.selectors.roster import enrollment_detail, roster
from tests.optilearn.enrollment.world import count_queries
from tests.support.gradebooks import Course
from tests.support.twins import Twin


@pytest.fixture
def course(twins: tuple[Twin, Twin]) -> Course:
    course = Course(twins[0])
    with tenant_context(course.twin.id):
        Assignment.objects.filter(pk=course.sums).update(counts=False)
    return course


def averages(course: Course) -> list[float | None]:
    """Of Lena and मीरा."""
    rows = course.done("GET", f"courses/{course.id}/enrollments")
    found = {row["id"]: row["averageScorePct"] for row in rows}
    return [found[course.lena], found[course.meera]]


def scored(course: Course, assignment: int, score: Any, late: int = 0) -> None:
    course.submit(assignment, timedelta(days=late))
    with tenant_context(course.twin.id):
        newest = Submission.objects.latest("id")
        newest.score = score
        newest.save()


def test_each_assignment_counts_alike(course: Course) -> None:
    assert averages(course) == [None, None]
    course.grade(course.add("Short", max_score=3), points=1)
    assert averages(course) == [33.33, None]
    long = course.add("Long", max_score=200, weight=9)
    scored(course, long, 20)
    scored(course, long, 200, late=1)
    assert averages(course) == [66.67, None]
    scored(course, long, None, late=2)  # handed in again, and not marked yet
    assert averages(course) == [33.33, None]


def test_a_grade_stands_before_a_score_and_counts_when_it_is_released(course: Course) -> None:
    essay = course.add("Essay", max_score=10, posts_manually=True)
    scored(course, essay, 9)
    assert averages(course) == [90.0, None]
    course.grade(essay, points=4)
    assert averages(course) == [None, None]
    course.done("POST", f"assignments/{essay}/post-grades", isPosted=True)
    assert averages(course) == [40.0, None]


@pytest.mark.parametrize("left_out", ["is_extra_credit", "archived", "counts"])
def test_what_is_no_part_of_the_total_is_left_out(course: Course, left_out: str) -> None:
    course.grade(course.add("First", max_score=10), points=8)
    course.grade(course.add("Excused", max_score=10), isExcused=True)
    other = course.add("Other", max_score=10)
    course.grade(other, points=2)
    assert averages(course) == [50.0, None]
    values: dict[str, Any] = {
        "is_extra_credit": {"is_extra_credit": True},
        "archived": {"archived_at": "2026-03-01T00:00Z"},
        "counts": {"counts": False},
    }[left_out]
    with tenant_context(course.twin.id):
        Assignment.objects.filter(pk=other).update(**values)
    assert averages(course) == [80.0, None]


def test_one_enrollment_has_it_too_and_nobody_elses(course: Course) -> None:
    essay = course.add("Essay", max_score=10)
    course.grade(essay, points=7)
    for who in ("tom", "lena"):
        status, detail = course.ask(who, "GET", f"enrollments/{course.lena}")
        assert (status, detail["averageScorePct"]) == (200, 70.0)
    read = partial(roster, course_id=course.id, query=RosterQuery())
    assert count_queries(course.twin, "tom", read) == 2
    one = partial(enrollment_detail, enrollment_id=course.lena)
    assert count_queries(course.twin, "tom", one) == 2
