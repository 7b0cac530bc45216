"""Attempts and grades written at the same time: no answer lost, no old sum, no circle of locks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

import pytest
from pytest_django.plugin import DjangoDbBlocker

from optilearn.assessment.gradebook.services import give_grade, post_grades
from optilearn.assessment.gradebook.services.grades import Given
from optilearn.assessment.models import Answer, Attempt, Grade, GradeChange, Quiz, Submission
from optilearn.assessment.quizzes import services
from optilearn.assessment.quizzes.schemas.bank import QuestionIn
from optilearn.assessment.quizzes.schemas.quizzes import QuizIn
from optilearn.assessment.quizzes.services import marks
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.tenancy.context import tenant_context
from tests.support.at_once import at_once, committed_twins
from tests.support.quizzes import ESSAY, SUM, a_quiz, newest_question
from tests.support.twins import Twin

pytestmark = pytest.mark.slow
ROUNDS = 6


@pytest.fixture(scope="module")
def twin(django_db_blocker: DjangoDbBlocker) -> Iterator[Twin]:
    with committed_twins("quizzes", django_db_blocker) as twins:
        yield twins[0]


def begun(twin: Twin, quiz: Quiz, who: str = "lena") -> int:
    return services.start_attempt(
        principal=twin.principal(who), lesson_id=quiz.lesson_id, access_code=""
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


def submitting(twin: Twin, attempt: int, who: str = "lena") -> Callable[[], object]:
    return lambda: services.submit_attempt(principal=twin.principal(who), attempt_id=attempt)


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
        is_saved = any(isinstance(one, dict) for one in found)
        with tenant_context(twin.id):
            assert Answer.objects.get(attempt_id=attempt).points == (3 if is_saved else 0)
            assert Attempt.objects.get(pk=attempt).status == "GRADED"
            assert Submission.objects.filter(attempt_id=attempt).count() == 1


def test_who_submits_while_others_are_marked_is_marked_by_the_same_request(
    twin: Twin, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenant_context(twin.id):
        quiz = a_quiz(twin, SUM)
        first, second = begun(twin, quiz), begun(twin, quiz, "मीरा")
    is_marking, may_go_on, batches = threading.Event(), threading.Event(), []
    mark_attempts = services.submitting.mark_attempts

    def slowly(quiz: Quiz, attempts: Sequence[Attempt]) -> None:
        batches.append([one.pk for one in attempts])
        is_marking.set()
        assert may_go_on.wait(30)
        mark_attempts(quiz, attempts)

    def meanwhile() -> bool:
        assert is_marking.wait(30)
        submitting(twin, second, "मीरा")()
        found = Attempt.objects.get(pk=second)
        may_go_on.set()
        return found.is_being_marked

    monkeypatch.setattr(services.submitting, "mark_attempts", slowly)
    assert sorted(map(str, at_once(twin, [submitting(twin, first), meanwhile]))) == ["None", "True"]
    assert batches == [[first], [second]]
    with tenant_context(twin.id):
        found = Attempt.objects.filter(quiz=quiz).values_list("status", "points")
        assert list(found) == [("GRADED", 0)] * 2
        assert Grade.objects.filter(assignment_id=quiz.assignment_id).count() == 2


def test_a_key_that_changes_while_a_class_is_marked_holds_for_all(
    twin: Twin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who regrades waits for those who are being marked, and is asked to look again."""
    tom = twin.principal("tom")
    with tenant_context(twin.id):
        quiz, question = a_quiz(twin, SUM), newest_question()
        first, second = begun(twin, quiz), begun(twin, quiz, "मीरा")
        saving(twin, first, 1)()
        submitting(twin, first)()
        content = {"kind": "NUMERIC", "answers": [{"value": "3"}]}
        read = QuestionIn.model_validate(SUM | {"content": content})
        values = {"content": read.content}
        services.update_question(principal=tom, question_id=question, values=values)
    are_read, may_go_on = threading.Event(), threading.Event()
    regrades_of = marks._regrades

    def slowly(quiz: Quiz) -> object:
        found = regrades_of(quiz)
        are_read.set()
        assert may_go_on.wait(30)
        return found

    def regrading() -> object:
        given = {"principal": tom, "quiz_id": quiz.pk, "question_id": question}
        given["method"] = services.Method.NEW_KEY
        assert are_read.wait(30)
        token = services.regrade(**given, apply_token=None)["token"]
        threading.Timer(0.3, may_go_on.set).start()
        with pytest.raises(AppError, match="Answers were marked"):
            services.regrade(**given, apply_token=token)
        token = services.regrade(**given, apply_token=None)["token"]
        services.regrade(**given, apply_token=token)
        return None

    monkeypatch.setattr(marks, "_regrades", slowly)
    assert at_once(twin, [submitting(twin, second, "मीरा"), regrading]) == [None, None]
    with tenant_context(twin.id):
        keys = Answer.objects.filter(attempt__quiz=quiz).values_list(
            "key_version__number", flat=True
        )
        assert list(keys) == [2, 2]


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


def test_settings_and_attempts_at_once_wait_in_no_circle(twin: Twin) -> None:
    for _ in range(ROUNDS):
        with tenant_context(twin.id):
            quiz = a_quiz(twin, SUM)
            submitting(twin, begun(twin, quiz))()

        def changing(quiz: Quiz = quiz) -> object:
            wanted = QuizIn.model_validate({"version": 1, "slots": [], "points": 50})
            return services.put_quiz(
                principal=twin.principal("tom"),
                lesson_id=quiz.lesson_id,
                values=wanted.model_dump(exclude={"version"}),
                version=1,
            )

        starting = [lambda quiz=quiz: begun(twin, quiz)] * 2  # type: ignore[misc]
        for found in at_once(twin, [changing, *starting]):
            assert not isinstance(found, Exception) or isinstance(found, AppError), found


def test_a_release_and_an_essays_mark_at_once_wait_in_no_circle(twin: Twin) -> None:
    for _ in range(ROUNDS):
        quiz, (attempt,) = essays(twin, 1)
        with tenant_context(twin.id):
            grading(twin, attempt, 2)()
        jobs: list[Callable[[], object]] = [
            lambda quiz=quiz, posted=posted: post_grades(  # type: ignore[misc]
                principal=twin.principal("tom"),
                assignment_id=quiz.assignment_id,
                is_posted=posted,
                enrollment_ids=None,
            )
            for posted in (False, True)
        ]
        found = at_once(twin, [*jobs, *(grading(twin, attempt, points) for points in (3, 4))])
        assert not [one for one in found if isinstance(one, Exception)], found
