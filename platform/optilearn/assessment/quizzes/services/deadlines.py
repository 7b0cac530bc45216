"""Deadlines of attempts that are being made follow the quiz and the student's accommodation."""

from __future__ import annotations

from django.db.models import QuerySet

from optilearn.assessment.models import Attempt, Quiz
from optilearn.assessment.quizzes.selectors.quizzes import allowance_of, window_of


def move_deadlines(quiz: Quiz) -> None:
    """Compute the deadlines of a quiz's open attempts anew."""
    _move(Attempt.objects.filter(quiz_id=quiz.pk))


def move_deadlines_of(student_id: int, course_id: int) -> None:
    """Compute the deadlines of a student's open attempts in a course anew."""
    _move(Attempt.objects.filter(student_id=student_id, course_id=course_id))


def _move(attempts: QuerySet[Attempt]) -> None:
    found = attempts.select_related("quiz").select_for_update(of=("self",))
    for attempt in found.filter(status=Attempt.Status.IN_PROGRESS).order_by("id"):
        allowance = allowance_of(attempt.student_id, attempt.course_id)
        attempt.deadline_at = window_of(attempt.quiz).deadline(attempt.started_at, allowance)
        attempt.save()
