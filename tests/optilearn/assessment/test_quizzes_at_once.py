"""Attempts and grades written at the same time: no answer lost, no old sum, no circle of locks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from pytest_django.plugin import DjangoDbBlocker

from optilearn.assessment.gradebook.services import give_grade
from optilearn.assessment.gradebook.services.grades import Given
from optilearn.assessment.models import Answer, Attempt, Grade, GradeChange, Quiz, Submission
from optilearn.assessment.quizzes import services
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.tenancy.context import tenant_context
from tests.support.at_once import at_once, committed_twins
from tests.support.quizzes import ESSAY, SUM, a_quiz
from tests.support.twins import Twin

pytestmark = pytest.mark.slow
ROUNDS = 6


@pytest.fixture(scope="module")
def twin(django_db_blocker: DjangoDbBlocker) -> Iterator[Twin]:
    with committed_twins("quizzes", django_db_blocker) as twins:
        yield twins[0]


def begun(twin: Twin, quiz: Quiz) -> int:
    return services.start_attempt(
        principal=twin.principal("lena"), lesson_id=quiz.lesson_id, access_code=""
    )


def saving(twin: Twin, attempt: int, sequence: int) -> Callable[[], object]:
    return lambda: services.save_answer(
        principal=twin.principal("lena"),
        attempt_id=attempt,
        number=1,
        kind="NUMERIC",
        value="2",
        sequence=sequence,
    )


def submitting(twin: Twin, attempt: int) -> Callable[[], object]:
    return lambda: services.submit_attempt(principal=twin.principal("lena"), attempt_id=attempt)


def grading(twin: Twin, attempt: int, points: int) -> Callable[[], object]:
    return lambda: services.grade_answer(
        principal=twin.principal("tom"),
        attempt_id=attempt,
        number=1,
        points=Decimal(points),
        comment="",
    )


def essays(twin: Twin, count: int) -> tuple[Quiz, list[int]]:
    """A quiz of an essay with attempts that wait for a grader."""
    lena, attempts = twin.principal("lena"), []
    with tenant_context(twin.id):
        quiz = a_quiz(twin, ESSAY)
        for _ in range(count):
            attempt = begun(twin, quiz)
            services.save_answer(
                principal=lena,
                attempt_id=attempt,
                number=1,
                kind="ESSAY",
                value="Because.",
                sequence=1,
            )
            submitting(twin, attempt)()
            attempts.append(attempt)
    return quiz, attempts


def test_tabs_that_start_at_once_have_one_attempt(twin: Twin) -> None:
    with tenant_context(twin.id):
        quiz = a_quiz(twin, SUM, max_attempts=1)
    assert len(set(at_once(twin, [lambda: begun(twin, quiz)] * 4))) == 1


def test_an_answer_saved_beside_the_submission_is_marked_or_refused(twin: Twin) -> None:
    for _ in range(ROUNDS):
        with tenant_context(twin.id):
            attempt = begun(twin, a_quiz(twin, SUM))
        jobs = [saving(twin, attempt, 1), *[submitting(twin, attempt)] * 2]
        found = at_once(twin, jobs)
        is_saved = isinstance(found[0], dict)
        with tenant_context(twin.id):
            assert Answer.objects.get(attempt_id=attempt).points == (3 if is_saved else 0)
            assert Attempt.objects.get(pk=attempt).status == "GRADED"
            assert Submission.objects.filter(attempt_id=attempt).count() == 1


def test_two_graders_at_once_leave_the_best(twin: Twin) -> None:
    for _ in range(ROUNDS):
        quiz, (first, second) = essays(twin, 2)
        found = at_once(twin, [grading(twin, first, 4), grading(twin, second, 1)])
        assert found == [None, None]
        with tenant_context(twin.id):
            grade = Grade.objects.get(assignment_id=quiz.assignment_id)
            assert grade.points == 100
            assert GradeChange.objects.filter(grade=grade).count() in {1, 2}


def test_an_essay_and_the_grade_at_once_wait_in_no_circle(twin: Twin) -> None:
    for _ in range(ROUNDS):
        quiz, (attempt,) = essays(twin, 1)

        def by_hand(quiz: Quiz = quiz) -> object:
            return give_grade(
                principal=twin.principal("tom"),
                assignment_id=quiz.assignment_id,
                enrollment_id=twin.enrollments[0].pk,
                given=Given(points=Decimal(55)),
                version=0,
            )

        for found in at_once(twin, [grading(twin, attempt, 4), by_hand]):
            assert not isinstance(found, Exception) or (
                isinstance(found, AppError) and found.code is ErrorCode.CONFLICT
            )
