"""Handing in, grading and changing at the same time: one submission, no old sum, no deadlock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytest_django.plugin import DjangoDbBlocker

from optilearn.assessment.assignments import services
from optilearn.assessment.assignments.services.extensions import NewTimes
from optilearn.assessment.marking.services import MarkGiven, mark_submission
from optilearn.assessment.models import Assignment, Grade, Submission
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.tenancy.context import tenant_context
from tests.support.assignments import an_assignment, handed_in
from tests.support.at_once import at_once, committed_twins
from tests.support.twins import Twin

pytestmark = pytest.mark.slow
ROUNDS = 5
SOON = datetime.now(UTC) + timedelta(days=30)


@pytest.fixture(scope="module")
def twin(django_db_blocker: DjangoDbBlocker) -> Iterator[Twin]:
    with committed_twins("assignments", django_db_blocker) as twins:
        yield twins[0]


def new(twin: Twin, **settings: Any) -> Assignment:
    with tenant_context(twin.id):
        return an_assignment(twin, **settings)


def sending(twin: Twin, essay: Assignment, request_id: str, who: str = "lena") -> Callable[[], int]:
    return lambda: services.submit_work(
        principal=twin.principal(who),
        assignment_id=essay.pk,
        work=services.Work(request_id, text="<p>Mine.</p>"),
    )


def changing(twin: Twin, essay: Assignment, **values: Any) -> Callable[[], None]:
    return lambda: services.update_assignment(
        principal=twin.principal("tom"),
        assignment_id=essay.pk,
        values=values,
        version=1,
        on_grades="SCALE",
    )


def marking(twin: Twin, work: int, points: int, who: str = "tom") -> Callable[[], None]:
    return lambda: mark_submission(
        principal=twin.principal(who), submission_id=work, given=MarkGiven(points=Decimal(points))
    )


def test_a_request_sent_twice_at_once_is_one_submission(twin: Twin) -> None:
    essay = new(twin, maxAttempts=1)
    answers = at_once(twin, [sending(twin, essay, "same")] * 4)
    assert len(set(answers)) == 1, answers
    assert isinstance(answers[0], int)


def test_of_different_requests_at_once_the_limit_holds(twin: Twin) -> None:
    essay = new(twin, maxAttempts=2)
    answers = at_once(twin, [sending(twin, essay, f"r{n}") for n in range(4)])
    refused = [one for one in answers if isinstance(one, AppError)]
    assert [one.code for one in refused] == [ErrorCode.ATTEMPT_LIMIT] * 2, answers
    with tenant_context(twin.id):
        assert Submission.objects.filter(assignment=essay).count() == 2


def test_a_due_date_that_moves_while_students_hand_in_is_the_same_for_all(twin: Twin) -> None:
    for _ in range(ROUNDS):
        past = datetime.now(UTC) - timedelta(days=1)
        essay = new(twin, dueAt=past.isoformat())
        answers = at_once(
            twin,
            [
                sending(twin, essay, "a"),
                changing(twin, essay, due_at=SOON),
                sending(twin, essay, "b", "मीरा"),
            ],
        )
        assert not [one for one in answers if isinstance(one, Exception)], answers
        with tenant_context(twin.id):
            late = Submission.objects.filter(assignment=essay).values_list("is_late", flat=True)
            assert list(late) == [False, False]


def test_points_that_change_while_somebody_grades_leave_no_old_grade(twin: Twin) -> None:
    for _ in range(ROUNDS):
        essay = new(twin)
        with tenant_context(twin.id):
            works = [handed_in(twin, essay, who).pk for who in ("lena", "मीरा")]
            marking(twin, works[0], 5)()
        answers = at_once(
            twin, [marking(twin, works[1], 5), changing(twin, essay, max_score=Decimal(20))]
        )
        assert not [one for one in answers if isinstance(one, Exception)], answers
        with tenant_context(twin.id):
            scores = dict(
                Submission.objects.filter(assignment=essay).values_list("student__code", "score")
            )
            grades = dict(
                Grade.objects.filter(assignment=essay).values_list("student__code", "points")
            )
        assert scores == grades
        assert grades["lena"] == 10


def test_of_two_who_mark_at_once_one_has_to_look_again(twin: Twin) -> None:
    for _ in range(ROUNDS):
        essay = new(twin)
        with tenant_context(twin.id):
            work = handed_in(twin, essay)
        answers = at_once(twin, [marking(twin, work.pk, 5), marking(twin, work.pk, 7, "asha")])
        refused = [one for one in answers if isinstance(one, AppError)]
        assert [one.code for one in refused] == [ErrorCode.CONFLICT], answers


def test_extensions_and_marks_of_many_at_once_wait_in_no_circle(twin: Twin) -> None:
    for _ in range(ROUNDS):
        essay = new(twin, dueAt=SOON.isoformat())
        with tenant_context(twin.id):
            works = [handed_in(twin, essay, who).pk for who in ("lena", "मीरा")]
        jobs: list[Callable[[], Any]] = [
            lambda who=who, essay=essay: services.put_extension(  # type: ignore[misc]
                principal=twin.principal("tom"),
                assignment_id=essay.pk,
                given=NewTimes(twin.people[who].pk, "", days=2),
            )
            for who in ("lena", "मीरा")
        ]
        answers = at_once(twin, [*jobs, *(marking(twin, key, 6) for key in works)])
        assert not [one for one in answers if isinstance(one, Exception)], answers
