"""Deadlines of attempts that are being made follow the quiz and the student's accommodation."""

from __future__ import annotations

from django.db.models import QuerySet

from optilearn.assessment.models import Attempt, Quiz
from optilearn.assessment.quizzes.selectors.quizzes import allowances_of, window_of
from optilearn.core import clock


def move_deadlines(quiz: Quiz) -> None:
    """Compute the deadlines of a quiz's open attempts anew. Three queries at any number."""
    _move(quiz.course_id, Attempt.objects.filter(quiz_id=quiz.pk))


def move_deadlines_of(student_id: int, course_id: int) -> None:
    """Compute the deadlines of a student's open attempts in a course anew. Three queries."""
    _move(course_id, Attempt.objects.filter(student_id=student_id, course_id=course_id))


def _move(course_id: int, attempts: QuerySet[Attempt]) -> None:
    found = attempts.select_related("quiz").select_for_update(of=("self",))
    open_ones = list(found.filter(status=Attempt.Status.IN_PROGRESS).order_by("id"))
    allowances = allowances_of({attempt.student_id for attempt in open_ones}, course_id)
    for attempt in open_ones:
        window = window_of(attempt.quiz)
        deadline = window.deadline(attempt.started_at, allowances[attempt.student_id])
        # Less time than has passed ends an attempt now, not in the past.
        attempt.deadline_at = deadline if deadline is None else max(deadline, clock.now())
    Attempt.objects.bulk_update(open_ones, ["deadline_at"], batch_size=500)
