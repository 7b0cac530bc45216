"""A copied course has what the old one is graded by, and nobody's work."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.assessment.copying.services import copy_assessment
from optilearn.assessment.models import (
    Accommodation,
    Assignment,
    Attempt,
    Extension,
    Grade,
    GradeGroup,
    GradingPolicy,
    GroupMember,
    GroupSet,
    PeerReviewSettings,
    Question,
    QuestionCategory,
    QuestionVersion,
    Quiz,
    QuizSlot,
    Rubric,
    RubricVersion,
    StudentGroup,
    Submission,
)
from optilearn.core import events
from optilearn.courses.events import CourseCopied
from optilearn.courses.models import Course, Lesson
from tests.support.assignments import Classroom, a_rubric, an_assignment, handed_in
from tests.support.quizzes import CAPITAL, SUM, a_question, a_quiz
from tests.support.twins import Twin

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
STATEMENTS = 28
MODELS = (
    Assignment, GradeGroup, GradingPolicy, GroupSet, PeerReviewSettings, Question,
    QuestionCategory, Quiz, QuizSlot, Rubric, StudentGroup,
)  # fmt: skip


@pytest.fixture
def room(twins: tuple[Twin, Twin]) -> Classroom:
    room = Classroom(twins[0], START)
    with room.inside():
        Course.objects.filter(pk=room.course).update(starts_on=date(2026, 1, 12))
    return room


def furnish(room: Classroom) -> Quiz:
    """A course with everything that is copied, and everything that isn't."""
    path = f"courses/{room.course}"
    room.done("tom", "PATCH", f"{path}/grading", latePercent=10, isWeighted=True)
    with room.inside():
        group = GradeGroup.objects.create(course_id=room.course, name="गृहकार्य", position=1)
        outer = QuestionCategory.objects.create(course_id=room.course, name="Numbers")
        inner = QuestionCategory.objects.create(course_id=room.course, name="Sums", parent=outer)
        rubric = a_rubric(room.twin)
    member = room.twin.enrollments[0].pk
    sets = room.done(
        "tom", "POST", f"{path}/group-sets",
        name="Projects", groups=[{"name": "Red", "enrollmentIds": [member]}],
    )  # fmt: skip
    with room.inside():
        work = an_assignment(
            room.twin,
            title="Essay",
            rubricId=rubric,
            groupId=group.pk,
            submissionTypes=["TEXT"],
            opensAt="2026-03-02T09:00:00Z",
            dueAt="2026-03-20T17:30:00Z",
            closesAt="2026-03-27T17:30:00Z",
        )
        project = an_assignment(room.twin, title="Project", groupSetId=sets[0]["id"])
        Assignment.objects.filter(pk=project.pk).update(archived_at=START)
        drawn = a_question(room.twin, SUM | {"name": "Drawn", "categoryId": inner.pk})
        quiz = a_quiz(room.twin, opensAt="2026-03-01T08:00:00Z", closesAt="2026-03-20T17:30:00Z")
        QuizSlot.objects.create(
            quiz=quiz, course_id=room.course, position=3, category=inner, draw=1
        )
        Extension.objects.create(assignment=work, course_id=room.course, section_id="s")
        Accommodation.objects.create(
            student=room.twin.people["lena"], course_id=room.course, time_factor=2
        )
    room.done("tom", "PATCH", f"questions/{drawn}", text="<p>2 + 2?</p>")
    room.done(
        "tom", "PATCH", f"assignments/{work.pk}/peer-review-settings",
        peerReviewCount=2, peerReviewDueAt="2026-03-29T17:30:00Z",
    )  # fmt: skip
    room.now = datetime(2026, 3, 3, 9, tzinfo=UTC)
    with room.inside():
        handed_in(room.twin, work)
    room.done("lena", "POST", f"learning/lessons/{quiz.lesson_id}/quiz/attempts", accessCode="")
    return quiz


def copy(room: Classroom, who: str = "tom", starts_on: str = "2026-02-09") -> int:
    body = {"code": "AGAIN", "startsOn": starts_on}
    made = room.done(who, "POST", f"courses/{room.course}/copy", **body)
    return int(made["id"])


def test_a_copy_has_everything_but_work(room: Classroom) -> None:
    furnish(room)
    key = copy(room)
    with room.inside():
        for model in MODELS:
            # The archived project stays behind; so would nothing else.
            behind = 1 if model is Assignment else 0
            rows: Any = model.objects
            old, new = (rows.filter(course_id=one).count() for one in (room.course, key))
            assert new == old - behind > 0, model
        for owned in (Attempt, Submission, Grade, Extension, Accommodation, GroupMember):
            assert not owned.objects.filter(course_id=key).exists(), owned
        policy = GradingPolicy.objects.get(course_id=key)
        assert (policy.late_percent, policy.is_weighted) == (10, True)
        essay = Assignment.objects.get(course_id=key, title="Essay")
        # Four weeks later, at the same time of day: the clocks change on 29 March.
        assert essay.opens_at == datetime(2026, 3, 30, 8, tzinfo=UTC)
        assert essay.due_at == datetime(2026, 4, 17, 16, 30, tzinfo=UTC)
        assert essay.closes_at == datetime(2026, 4, 24, 16, 30, tzinfo=UTC)
        assert essay.group is not None
        assert (essay.group.course_id, essay.group.name) == (key, "गृहकार्य")
        assert essay.rubric is not None
        assert essay.rubric.course_id == key
        assert RubricVersion.objects.get(rubric=essay.rubric).number == 1
        review = PeerReviewSettings.objects.get(course_id=key)
        assert (review.assignment_id, review.review_count) == (essay.pk, 2)
        assert review.due_at == datetime(2026, 4, 26, 17, 30, tzinfo=UTC)
        inner = QuestionCategory.objects.get(course_id=key, name="Sums")
        assert inner.parent is not None
        assert (inner.parent.course_id, inner.parent.name) == (key, "Numbers")
        drawn = QuestionVersion.objects.get(question__course_id=key, question__name="Drawn")
        assert (drawn.text, drawn.number, drawn.question.version) == ("<p>2 + 2?</p>", 1, 1)
        assert drawn.question.category_id == inner.pk


def test_a_student_takes_the_copied_quiz(room: Classroom) -> None:
    furnish(room)
    key = copy(room)
    with room.inside():
        quiz = Quiz.objects.get(course_id=key)
        assert quiz.closes_at == datetime(2026, 4, 17, 16, 30, tzinfo=UTC)
    room.now = datetime(2026, 3, 30, 9, tzinfo=UTC)
    for status in ("REVIEW", "PUBLISHED"):
        room.done("tom", "POST", f"courses/{key}/status", status=status)
    lena = room.twin.people["lena"].pk
    room.done("tom", "POST", f"courses/{key}/enrollments", studentIds=[lena])
    attempt = room.done(
        "lena", "POST", f"learning/lessons/{quiz.lesson_id}/quiz/attempts", accessCode=""
    )
    right = {"Sum": "2", "Drawn": "2", "Capital": "1"}
    by_text = {"1 + 1": right["Sum"], "2 + 2": right["Drawn"], "capital": right["Capital"]}
    for question in attempt["questions"]:
        value = next(one for text, one in by_text.items() if text in question["text"])
        path = f"learning/attempts/{attempt['id']}/answers/{question['number']}"
        room.done("lena", "PUT", path, kind=question["kind"], value=value, sequence=1)
    ended = room.done("lena", "POST", f"learning/attempts/{attempt['id']}/submit")
    assert (ended["status"], ended["points"], ended["hasPassed"]) == ("GRADED", 7.0, True)
    with room.inside():
        grade = Grade.objects.get(course_id=key)
        assert (grade.assignment_id, grade.points) == (quiz.assignment_id, Decimal("100.00"))
        frozen = QuestionVersion.objects.filter(question__course_id=key)
        taken = Attempt.objects.get(course_id=key).answers.values_list("version_id", flat=True)
        assert set(taken) == set(frozen.values_list("id", flat=True))


def test_quizzes_of_archived_lessons_stay_behind(room: Classroom) -> None:
    quiz = furnish(room)
    with room.inside():
        Lesson.objects.filter(pk=quiz.lesson_id).update(archived_at=START)
        Question.objects.filter(course_id=room.course, name="Capital").update(archived_at=START)
    key = copy(room)
    with room.inside():
        assert not Quiz.objects.filter(course_id=key).exists()
        assert not QuizSlot.objects.filter(course_id=key).exists()
        titles = set(Assignment.objects.filter(course_id=key).values_list("title", flat=True))
        assert titles == {"Sums", "Essay"}
        names = set(Question.objects.filter(course_id=key).values_list("name", flat=True))
        assert {"Sum", "Drawn"} <= names


def test_who_does_not_manage_the_course_gets_no_keys(room: Classroom) -> None:
    furnish(room)
    key = copy(room, "uma")
    with room.inside():
        assert Lesson.objects.filter(course_id=key).exists()
        for model in MODELS:
            rows: Any = model.objects
            assert not rows.filter(course_id=key).exists(), model


def test_an_empty_course_is_copied_without_dates(room: Classroom) -> None:
    with room.inside():
        Assignment.objects.filter(course_id=room.course).update(archived_at=START)
        course = Course.objects.get(pk=room.course)
        course.starts_on = None
        course.save()
    made = room.done("tom", "POST", f"courses/{room.course}/copy", code="NONE")
    with room.inside():
        assert not Assignment.objects.filter(course_id=made["id"]).exists()


def test_the_statements_are_the_same_at_any_number(
    room: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnish(room)
    heard: list[CourseCopied] = []
    monkeypatch.setattr(events, "_handlers", {CourseCopied: [heard.append]})
    path = f"courses/{room.course}/copy"
    for code in ("ONE", "MANY"):
        room.done("tom", "POST", path, code=code)
        with room.inside(), CaptureQueriesContext(connection) as asked:
            copy_assessment(heard[-1])
        assert len(asked) == STATEMENTS
        with room.inside():
            parent = QuestionCategory.objects.get(course_id=room.course, name="Sums")
            for number in range(12):
                a_question(room.twin, CAPITAL | {"categoryId": parent.pk})
                an_assignment(room.twin, title=f"More {number}", rubricId=a_rubric(room.twin))
                parent = QuestionCategory.objects.create(
                    course_id=room.course, name=str(number), parent=parent
                )
    with room.inside():
        deepest = QuestionCategory.objects.get(course_id=heard[-1].copy_id, name="11")
        assert deepest.parent is not None
        assert (deepest.parent.name, deepest.parent.course_id) == ("10", heard[-1].copy_id)
