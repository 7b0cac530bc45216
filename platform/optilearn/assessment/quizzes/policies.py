"""Permissions on quizzes and attempts."""

from __future__ import annotations

from django.utils.translation import gettext as _

from optilearn.assessment import policies
from optilearn.assessment.models import Attempt, Question, Quiz
from optilearn.core.access.policies import STAFF, not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.courses.providers import check_may_open_lesson
from optilearn.enrollment.rules import is_withdrawn
from optilearn.enrollment.selectors.access import CourseAccess


def managed_question(principal: Principal, question_id: int, *, lock: bool = False) -> Question:
    """Return a question of a course that the principal manages. Raises as ``managed``."""
    rows = Question.objects.select_for_update() if lock else Question.objects.all()
    found = rows.filter(pk=question_id, archived_at=None).first()
    if found is None:
        raise not_found()
    policies.managed(principal, found.course_id)
    return found


def managed_quiz(principal: Principal, quiz_id: int) -> Quiz:
    """Return a quiz of a course that the principal manages. Raises as ``managed``."""
    found = Quiz.objects.select_related("assignment").filter(pk=quiz_id).first()
    if found is None:
        raise not_found()
    policies.managed(principal, found.course_id)
    return found


def own_quiz(principal: Principal, lesson_id: int) -> tuple[Quiz, CourseAccess, int]:
    """Return the quiz of a lesson that the calling student may open now, and their enrollment.

    Raises ``AppError``: FORBIDDEN for others, NOT_FOUND, ENROLLMENT_REQUIRED, LESSON_LOCKED,
    FEE_OVERDUE.
    """
    quiz = Quiz.objects.select_related("assignment").filter(lesson_id=lesson_id).first()
    if quiz is None:
        raise not_found()
    found, enrollment_id = policies.own_course(principal, quiz.course_id)
    check_may_open_lesson(principal, quiz.course_id, lesson_id)
    return quiz, found, enrollment_id


def own_attempt(principal: Principal, attempt_id: int) -> Attempt:
    """Return the caller's own attempt. Raises ``AppError`` NOT_FOUND."""
    found = (
        Attempt.objects.select_related("quiz__assignment")
        .filter(pk=attempt_id, student_id=principal.person_id)
        .first()
    )
    if found is None or principal.role in STAFF:
        raise not_found()
    return found


def check_has_not_left(attempt: Attempt) -> None:
    """Check that the student of an attempt is still in its course: nobody else hands anything in.

    An attempt goes on beyond the end of the access. Raises ``AppError`` ENROLLMENT_REQUIRED.
    """
    if is_withdrawn(attempt.enrollment.status):
        raise AppError(
            ErrorCode.ENROLLMENT_REQUIRED, _("You have left this course, so nothing is saved.")
        )


def managed_attempt(principal: Principal, attempt_id: int) -> Attempt:
    """Return an attempt in a course that the principal manages. Raises as ``managed``."""
    found = Attempt.objects.select_related("quiz").filter(pk=attempt_id).first()
    if found is None:
        raise not_found()
    policies.managed(principal, found.course_id)
    return found
