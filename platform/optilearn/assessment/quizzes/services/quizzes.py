"""Writes of quizzes: settings and questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.assessment import policies
from optilearn.assessment.gradebook.services.locks import lock_enrollments
from optilearn.assessment.models import (
    Assignment,
    Attempt,
    Question,
    QuestionCategory,
    Quiz,
    QuizSlot,
)
from optilearn.assessment.quizzes.services.deadlines import move_deadlines
from optilearn.assessment.quizzes.services.results import grade_attempts
from optilearn.core import audit
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.courses.models import Lesson

KIND: Final = "QUIZ"


@transaction.atomic
def put_quiz(
    *, principal: Principal, lesson_id: int, values: Mapping[str, Any], version: int
) -> None:
    """Make the quiz of a lesson, or change it; its slots are replaced.

    Attempts that have begun keep their questions; their deadlines follow the new times.
    ``version`` is of the quiz that was read, 0 for a new one. Raises ``AppError``: FORBIDDEN,
    NOT_FOUND, CONFLICT, VALIDATION_ERROR with the place.
    """
    lesson = Lesson.objects.select_for_update().filter(pk=lesson_id, archived_at=None).first()
    if lesson is None:
        raise not_found()
    policies.managed(principal, lesson.course_id)
    if lesson.kind != Lesson.Kind.QUIZ:
        raise AppError(ErrorCode.CONFLICT, _("This lesson isn't a quiz."))
    quiz = Quiz.objects.select_related("assignment").filter(lesson_id=lesson_id).first()
    if (quiz.version if quiz else 0) != version:
        raise AppError(
            ErrorCode.CONFLICT,
            _("Somebody else has changed this quiz. Reload it and try again."),
            {"version": quiz.version if quiz else 0},
        )
    given = dict(values)
    slots, points = given.pop("slots"), given.pop("points")
    _check_slots(lesson.course_id, slots)
    before = _scored(quiz) if quiz else None
    assignment = quiz.assignment if quiz else Assignment(course_id=lesson.course_id, kind=KIND)
    assignment.lesson_id, assignment.title = lesson_id, lesson.title
    assignment.max_score, assignment.pass_mark = points, given["passing_percent"]
    assignment.due_at = given["closes_at"]
    assignment.save()
    quiz = quiz or Quiz(course_id=lesson.course_id, lesson_id=lesson_id, version=0)
    quiz.assignment = assignment
    for name, value in given.items():
        setattr(quiz, name, value)
    quiz.version += 1
    quiz.save()
    QuizSlot.objects.filter(quiz_id=quiz.pk).delete()
    QuizSlot.objects.bulk_create(
        QuizSlot(quiz=quiz, course_id=lesson.course_id, position=number, **slot)
        for number, slot in enumerate(slots, start=1)
    )
    move_deadlines(quiz)
    if before is not None and _scored(quiz) != before:
        _grade_anew(principal, quiz)
    audit.record(action="quiz.set", actor=principal, target=f"quiz:{quiz.pk}")


def _scored(quiz: Quiz) -> tuple[object, ...]:
    """The settings that make grades of attempts."""
    return quiz.scoring, quiz.assignment.max_score


def _grade_anew(principal: Principal, quiz: Quiz) -> None:
    """Write the grades anew that the attempts make by changed settings."""
    ended = Attempt.objects.filter(quiz_id=quiz.pk).exclude(status=Attempt.Status.IN_PROGRESS)
    enrollment_ids = set(ended.values_list("enrollment_id", flat=True))
    lock_enrollments(enrollment_ids)
    grade_attempts(quiz, enrollment_ids, principal)


def _check_slots(course_id: int, slots: Sequence[Mapping[str, Any]]) -> None:
    wanted = [slot["question_id"] for slot in slots if slot["question_id"] is not None]
    there = set(
        Question.objects.filter(pk__in=wanted, course_id=course_id, archived_at=None).values_list(
            "id", flat=True
        )
    )
    categories = set(
        QuestionCategory.objects.filter(course_id=course_id).values_list("id", flat=True)
    )
    for number, slot in enumerate(slots):
        place = f"/slots/{number}"
        if slot["question_id"] is not None and slot["question_id"] not in there:
            raise AppError(
                ErrorCode.VALIDATION_ERROR,
                _("The course has no such question."),
                [{"path": f"{place}/questionId"}],
            )
        if slot["category_id"] is not None and slot["category_id"] not in categories:
            raise AppError(
                ErrorCode.VALIDATION_ERROR,
                _("The course has no such category."),
                [{"path": f"{place}/categoryId"}],
            )
    if len(wanted) != len(set(wanted)):
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("A question can be in a quiz once."),
            [{"path": "/slots"}],
        )
