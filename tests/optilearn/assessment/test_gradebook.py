"""Gradebooks over HTTP: rules, grades, lateness, release, history, and what students see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.assessment.models import Submission
from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from tests.support.gradebooks import DUE, LATER, Course
from tests.support.twins import Twin


@pytest.fixture
def course(twins: tuple[Twin, Twin]) -> Iterator[Course]:
    with clock.frozen(LATER):
        yield Course(twins[0])


def mark_of(answer: Any, assignment: int) -> Any:
    return next(one for one in answer["marks"] if one["assignmentId"] == assignment)


def test_scores_of_submissions_count_until_somebody_grades(course: Course) -> None:
    rows = course.done("GET", f"courses/{course.id}/gradebook")
    assert [(one["student"]["code"], one["current"]["percent"]) for one in rows] == [
        ("lena", 71.5),
        ("मीरा", 38.0),
    ]
    graded = course.grade(course.sums, points=80)
    assert (graded["current"]["percent"], mark_of(graded, course.sums)["version"]) == (80.0, 1)
    with tenant_context(course.twin.id):
        submission = Submission.objects.get(enrollment_id=course.lena)
    assert (submission.score, submission.status) == (Decimal("80.00"), "GRADED")


def test_late_work_loses_what_the_course_says(course: Course) -> None:
    course.done("PATCH", f"courses/{course.id}/grading", latePercent=10, lateInterval="DAY")
    essay = course.add("Essay", due_at=DUE, max_score=10)
    course.submit(essay, timedelta(days=1.3))
    graded = course.grade(essay, points=10)
    mark = mark_of(graded, essay)
    assert (mark["rawPoints"], mark["deducted"], mark["points"]) == (10.0, 2.0, 8.0)
    steps = graded["explanation"]["current"]
    assert [step["text"] for step in steps if step["code"] == "LATE"] == [
        "Essay was late: 10 less 2 is 8 of 10."
    ]
    course.done("PATCH", f"courses/{course.id}/grading", latePercent=5, lateLowestPercent=95)
    mark = mark_of(course.done("GET", f"courses/{course.id}/gradebook/{course.lena}"), essay)
    assert (mark["points"], mark["version"]) == (9.5, 2)
    changes = course.done("GET", f"courses/{course.id}/grade-changes?assignmentId={essay}")
    assert [(one["cause"], one["after"]["points"]) for one in changes] == [
        ("POLICY", "9.50"),
        ("MANUAL", "8.00"),
    ]
    by_hand = course.grade(essay, version=2, points=10, lateSeconds=0)
    assert mark_of(by_hand, essay)["points"] == 10.0


def test_what_was_not_handed_in_has_the_mark_for_missing_work(course: Course) -> None:
    course.done("PATCH", f"courses/{course.id}/grading", missingPercent=20)
    essay = course.add("Essay", due_at=DUE, max_score=50)
    open_one = course.add("Later", due_at=LATER + timedelta(days=1), max_score=50)
    sheet = course.done("GET", f"courses/{course.id}/gradebook/{course.lena}")
    assert (mark_of(sheet, essay)["points"], mark_of(sheet, essay)["isMissing"]) == (10.0, True)
    assert mark_of(sheet, open_one)["points"] is None
    excused = course.grade(essay, isExcused=True, reason="Ill")
    assert mark_of(excused, essay)["isMissing"] is False
    assert excused["current"]["percent"] == 71.5


def test_groups_weigh_and_drop_and_the_total_is_explained(course: Course) -> None:
    course.done("PATCH", f"courses/{course.id}/grading", isWeighted=True)
    setup = course.done(
        "POST", f"courses/{course.id}/grade-groups", name="Homework", weight=40, dropLowest=1
    )
    group = setup["groups"][0]["id"]
    for title, possible, points in (("A", 150, 90), ("B", 10, 5), ("C", 25, 20)):
        item = course.add(title, max_score=possible)
        course.done("PATCH", f"assignments/{item}/grading", groupId=group)
        answer = course.grade(item, points=points)
    assert (answer["current"]["percent"], answer["current"]["letter"]) == (71.43, "C-")
    texts = [step["text"] for step in answer["explanation"]["final"]]
    assert texts == [
        "A is dropped as one of the lowest in Homework.",
        "Homework: 25 of 35 is 71.43 %, weight 40 %.",
        "No group has no weight: 71.5 % don't count.",
        "The weights used are 40 %: the total is scaled up to 100 %.",
        "The total is 71.43 %: C-.",
    ]
    course.done("DELETE", f"grade-groups/{group}")
    assert course.done("GET", f"courses/{course.id}/grading")["groups"] == []


def test_a_grade_is_a_percent_or_a_letter_too(course: Course) -> None:
    essay = course.add("Essay", max_score=50)
    assert mark_of(course.grade(essay, percent=33.33), essay)["points"] == 16.67
    assert mark_of(course.grade(essay, version=1, letter="C"), essay)["points"] == 38.0
    removed = course.grade(essay, version=2)
    assert (mark_of(removed, essay)["points"], mark_of(removed, essay)["version"]) == (None, 3)
    path = f"assignments/{essay}/grades/{course.lena}"
    for bad in ({"letter": "Z"}, {"points": 1, "percent": 1}, {"points": -1}, {"points": 1e308}):
        status, error = course.ask("tom", "PUT", path, version=3, **bad)
        assert (status, error["code"]) == (400, "VALIDATION_ERROR"), bad


def test_the_second_of_two_who_grade_at_once_is_told(course: Course) -> None:
    essay = course.add("Essay", max_score=50)
    course.grade(essay, points=10)
    path = f"assignments/{essay}/grades/{course.lena}"
    status, error = course.ask("tom", "PUT", path, version=0, points=20)
    assert (status, error["code"], error["details"]["version"]) == (409, "CONFLICT", 1)
    assert error["details"]["grade"]["points"] == "10.00"
    again = course.grade(essay, version=1, points=10)
    assert mark_of(again, essay)["version"] == 1  # nothing changed


def test_students_see_grades_when_they_are_released(course: Course) -> None:
    essay = course.add("Essay", max_score=50, posts_manually=True)
    course.grade(essay, points=10, comment="Look at the sources.")
    hidden = mark_of(course.lenas(), essay)
    assert (hidden["points"], hidden["comment"], hidden["version"]) == (None, "", 0)
    assert course.lenas()["current"]["percent"] == 71.5
    path = f"assignments/{essay}/post-grades"
    assert course.done("POST", path, isPosted=True) == {"changed": 1}
    assert course.done("POST", path, isPosted=True) == {"changed": 0}
    seen = mark_of(course.lenas(), essay)
    assert (seen["points"], seen["comment"]) == (10.0, "Look at the sources.")
    assert course.done("POST", path, isPosted=False) == {"changed": 1}
    assert mark_of(course.lenas(), essay)["points"] is None


def test_a_grading_period_has_the_work_that_is_due_in_its_term(course: Course) -> None:
    course.add("Summer", due_at=DUE + timedelta(days=120), max_score=50)
    with tenant_context(course.twin.id):
        term = course.twin.courses["MATH"].term_id
    rows = course.done("GET", f"courses/{course.id}/gradebook?termId={term}")
    assert [len(one["marks"]) for one in rows] == [1, 1]
    assert rows[0]["final"]["percent"] == 71.5


@pytest.mark.parametrize(
    "letters",
    [
        [],
        [{"letter": "A", "from": 50}],
        [{"letter": "A", "from": 50}, {"letter": "A", "from": 0}],
        [{"letter": "A", "from": 50}, {"letter": "B", "from": 60}, {"letter": "C", "from": 0}],
    ],
)
def test_a_scheme_of_letters_has_to_fall_to_zero(course: Course, letters: Any) -> None:
    path = f"courses/{course.id}/grading"
    assert course.ask("tom", "PATCH", path, letters=letters)[0] == 400
    good = [{"letter": "Pass", "from": 40}, {"letter": "Fail", "from": 0}]
    assert course.done("PATCH", path, letters=good)["letters"] == good


def test_a_page_takes_three_statements_at_any_size(course: Course) -> None:
    def queries(path: str, name: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert course.ask(name, "GET", path)[0] == 200
        return sum("assessment_" in one["sql"] or "enrollment_" in one["sql"] for one in seen)

    page = f"courses/{course.id}/gradebook"
    before = queries(page, "tom")
    for number in range(20):
        course.add(f"Essay {number}", max_score=50)
    assert queries(page, "tom") == before == 3
    assert queries(f"learning/courses/{course.id}/grades", "lena") == 3


def test_reports_have_no_score_that_was_not_released(course: Course) -> None:
    essay = course.add("Essay", posts_manually=True, max_score=10)
    course.submit(essay, timedelta(0))
    course.grade(essay, points=7)

    def stored() -> tuple[Decimal | None, bool, str]:
        with tenant_context(course.twin.id):
            work = Submission.objects.get(assignment_id=essay)
            return work.score, work.graded_at is not None, work.status

    assert stored() == (None, False, "GRADED")
    course.done("POST", f"assignments/{essay}/post-grades", isPosted=True)
    assert stored() == (Decimal(7), True, "GRADED")
    course.grade(essay, version=2, points=8)
    assert stored() == (Decimal(8), True, "GRADED")
    course.done("POST", f"assignments/{essay}/post-grades", isPosted=False)
    assert stored() == (None, False, "GRADED")
