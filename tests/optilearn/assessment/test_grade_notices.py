"""Messages about grades: when students see them, once for each score, and to their parents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from optilearn.assessment.events import SubmissionsReceived, SubmissionsReturned
from optilearn.assessment.models import Grade, Submission
from optilearn.core import clock
from optilearn.core.events import publish
from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications.models import Notification
from tests.support.gradebooks import LATER, Course
from tests.support.twins import Twin


@pytest.fixture
def course(twins: tuple[Twin, Twin]) -> Iterator[Course]:
    with clock.frozen(LATER):
        yield Course(twins[0])


def sent(course: Course, key: str) -> list[dict[str, object]]:
    with tenant_context(course.twin.id):
        return list(
            Notification.objects.filter(key=key).order_by("id").values_list("data", flat=True)
        )


def scores(course: Course, key: str = "ASSESS_GRADED") -> list[object]:
    return [one["score"] for one in sent(course, key)]


def test_a_grade_is_announced_to_student_and_parents_when_it_is_given(course: Course) -> None:
    course.grade(course.sums, points=80)
    course.grade(course.sums, version=1, points=80, comment="Well done")
    course.grade(course.sums, version=2, points=75)
    assert scores(course) == ["80", "75"]
    assert scores(course, "PARENT_CHILD_GRADED") == ["80", "75"]
    assert {one["childName"] for one in sent(course, "PARENT_CHILD_GRADED")} == {"Lena"}


def test_a_grade_that_waits_for_its_release_is_announced_then_and_once(course: Course) -> None:
    essay = course.add("Essay", posts_manually=True, max_score=10)
    course.grade(essay, points=7)
    course.grade(essay, version=1, points=8)
    assert scores(course) == []
    for is_posted in (True, False, True):
        course.done("POST", f"assignments/{essay}/post-grades", isPosted=is_posted)
    assert scores(course) == ["8"]


def test_an_excuse_and_a_removed_grade_are_not_announced(course: Course) -> None:
    essay = course.add("Essay", max_score=10)
    course.grade(essay, isExcused=True)
    course.grade(essay, version=1)
    assert scores(course) == []


def test_a_changed_rule_for_late_work_announces_what_it_changed(course: Course) -> None:
    essay = course.add("Essay", due_at=LATER - timedelta(days=9), max_score=10)
    with tenant_context(course.twin.id):
        lena = course.twin.enrollments[0]
        Submission.objects.create(
            assignment_id=essay,
            enrollment=lena,
            student_id=lena.student_id,
            course_id=course.id,
            submitted_at=LATER - timedelta(days=8),
        )
    course.grade(essay, points=10)
    course.done("PATCH", f"courses/{course.id}/grading", latePercent=10)
    assert scores(course) == ["10", "9"]
    with tenant_context(course.twin.id):
        assert Grade.objects.get(assignment_id=essay).points == 9


def test_teachers_hear_of_work_and_students_of_what_is_returned(course: Course) -> None:
    essay = course.add("Essay", max_score=10)
    course.submit(essay, timedelta(0))
    with tenant_context(course.twin.id):
        work = Submission.objects.get(assignment_id=essay).pk
        for _twice in range(2):
            publish(SubmissionsReceived(essay, (work,)))
            publish(SubmissionsReturned((work,), "Two sources, please."))
    (received,) = sent(course, "TEACHER_SUBMISSION_RECEIVED")
    assert (received["assignmentTitle"], received["studentName"]) == ("Essay", "Lena")
    (returned,) = sent(course, "ASSESS_RETURNED")
    assert returned["comment"] == "Two sources, please."


def test_teachers_are_not_told_whose_work_it_is_while_marking_is_anonymous(course: Course) -> None:
    essay = course.add("Essay", max_score=10, is_anonymous=True, posts_manually=True)
    course.submit(essay, timedelta(0))
    with tenant_context(course.twin.id):
        work = Submission.objects.get(assignment_id=essay).pk
        publish(SubmissionsReceived(essay, (work,)))
        notification = Notification.objects.get(key="TEACHER_SUBMISSION_RECEIVED")
    queued = course.done("GET", f"assignments/{essay}/submissions")[0]
    assert notification.about_id is None
    assert notification.data["studentId"] is None
    assert queued["label"] == f"Submission {notification.data['studentName']}"


def test_other_points_announce_what_students_see_and_leave_the_rest_hidden(course: Course) -> None:
    seen = course.add("Seen", max_score=10)
    hidden = course.add("Hidden", max_score=10, posts_manually=True)
    for essay in (seen, hidden):
        course.submit(essay, timedelta(0))
        course.grade(essay, points=7)
        course.done("PATCH", f"assignments/{essay}", maxScore=20, onGrades="SCALE")
    assert scores(course) == ["7", "14"]
    with tenant_context(course.twin.id):
        assert Submission.objects.get(assignment_id=hidden).score is None
        assert Submission.objects.get(assignment_id=seen).score == 14
