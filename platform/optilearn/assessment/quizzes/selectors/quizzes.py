"""Reads of quizzes: for managers, and for the student who takes one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import F, Q

from optilearn.assessment import policies as assessment_policies
from optilearn.assessment.models import (
    Accommodation,
    Attempt,
    Grade,
    GradeChange,
    Quiz,
    QuizSlot,
)
from optilearn.assessment.quizzes import policies
from optilearn.assessment.quizzes.timing import Allowance, Window
from optilearn.assessment.quizzes.visibility import Seen, seen_by_student
from optilearn.core import clock
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal


def window_of(quiz: Quiz) -> Window:
    """Return the time limit and opening of a quiz."""
    return Window(quiz.time_limit_seconds, quiz.opens_at, quiz.closes_at)


def allowance_of(student_id: int, course_id: int) -> Allowance:
    """Return a student's accommodation in a course: the larger of the course's and the general.

    One query.
    """
    return allowances_of([student_id], course_id)[student_id]


def allowances_of(student_ids: Collection[int], course_id: int) -> dict[int, Allowance]:
    """Return the accommodations of students in a course, as ``allowance_of``. One query."""
    allowances = dict.fromkeys(student_ids, Allowance())
    found = Accommodation.objects.filter(student_id__in=allowances).filter(
        Q(course_id=course_id) | Q(course_id=None)
    )
    for student_id, factor, extra in found.values_list(
        "student_id", "time_factor", "extra_attempts"
    ):
        known = allowances[student_id]
        allowances[student_id] = Allowance(
            max(known.time_factor, factor), max(known.extra_attempts, extra)
        )
    return allowances


def quiz_for_staff(principal: Principal, lesson_id: int) -> dict[str, Any]:
    """Return the quiz of a lesson with its slots, for managers. Three queries.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    quiz = Quiz.objects.select_related("assignment").filter(lesson_id=lesson_id).first()
    if quiz is None:
        raise not_found()
    assessment_policies.managed(principal, quiz.course_id)
    slots = QuizSlot.objects.filter(quiz_id=quiz.pk).order_by("position", "id")
    return {
        "id": quiz.pk,
        "lessonId": lesson_id,
        "courseId": quiz.course_id,
        "assignmentId": quiz.assignment_id,
        "points": quiz.assignment.max_score,
        "passingPercent": quiz.passing_percent,
        "timeLimitSeconds": quiz.time_limit_seconds,
        "maxAttempts": quiz.max_attempts,
        "shuffleQuestions": quiz.shuffle_questions,
        "shuffleOptions": quiz.shuffle_options,
        "showAnswers": quiz.show_answers,
        "showMarks": quiz.show_marks,
        "showFeedback": quiz.show_feedback,
        "scoring": quiz.scoring,
        "penalizesWrong": quiz.penalizes_wrong,
        "opensAt": quiz.opens_at,
        "closesAt": quiz.closes_at,
        "accessCode": quiz.access_code,
        "version": quiz.version,
        "slots": list(
            slots.values(
                "tags", "draw", "points", questionId=F("question_id"), categoryId=F("category_id")
            )
        ),
    }


def own_quiz(principal: Principal, lesson_id: int) -> dict[str, Any]:
    """Return a quiz as its student sees it before an attempt, with all attempts so far.

    Six queries. Raises as ``policies.own_quiz``.
    """
    quiz, _course, enrollment_id = policies.own_quiz(principal, lesson_id)
    allowance, window = allowance_of(principal.person_id, quiz.course_id), window_of(quiz)
    own = Attempt.objects.filter(quiz_id=quiz.pk, enrollment_id=enrollment_id)
    attempts = list(own.order_by("number"))
    allowed = None if quiz.max_attempts is None else quiz.max_attempts + allowance.extra_attempts
    limit = window.limit(allowance)
    closes_at = window.closes_for(allowance)
    is_hidden = are_marks_hidden(quiz, enrollment_id)
    seen = seen_by_student(quiz, attempts, closes_at, is_hidden=is_hidden)
    return {
        "lessonId": lesson_id,
        "possible": quiz.assignment.max_score,
        "passingPercent": quiz.passing_percent,
        "timeLimitSeconds": None if limit is None else int(limit.total_seconds()),
        "maxAttempts": allowed,
        "needsAccessCode": bool(quiz.access_code),
        "opensAt": quiz.opens_at,
        "closesAt": closes_at,
        "isOpen": is_open(window, allowance, clock.now()),
        "scoring": quiz.scoring,
        "accommodation": {
            "timeFactor": allowance.time_factor,
            "extraAttempts": allowance.extra_attempts,
        },
        "attempts": [attempt_row(one, seen) for one in attempts],
    }


def are_marks_hidden(quiz: Quiz, enrollment_id: int) -> bool:
    """Return True if the student's grade waits to be released, or was hidden again. Two queries."""
    grade = Grade.objects.filter(
        assignment_id=quiz.assignment_id, enrollment_id=enrollment_id
    ).first()
    if grade is None or (grade.posted_at is None and quiz.assignment.posts_manually):
        return bool(quiz.assignment.posts_manually)
    is_waiting = grade.posted_at is None
    return is_waiting and grade.changes.filter(cause=GradeChange.Cause.HIDDEN).exists()


def is_open(window: Window, allowance: Allowance, now: datetime) -> bool:
    """Return True if the student may start an attempt now."""
    closes_at = window.closes_for(allowance)
    has_opened = window.opens_at is None or window.opens_at <= now
    return has_opened and (closes_at is None or now < closes_at)


def attempt_row(attempt: Attempt, seen: Seen) -> dict[str, Any]:
    """Return an attempt in a list, with the marks that may be seen."""
    marks = seen.marks and attempt.status != Attempt.Status.IN_PROGRESS
    return {
        "id": attempt.pk,
        "number": attempt.number,
        "status": attempt.status,
        "isBeingMarked": attempt.is_being_marked,
        "startedAt": attempt.started_at,
        "deadlineAt": attempt.deadline_at,
        "submittedAt": attempt.submitted_at,
        "ended": attempt.ended,
        "points": attempt.points if marks else None,
        "possible": attempt.possible,
        "hasPassed": attempt.has_passed if marks else None,
    }


def accommodations(principal: Principal, course_id: int) -> list[dict[str, Any]]:
    """Return the accommodations of a course's students, for managers. Two queries.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    assessment_policies.managed(principal, course_id)
    found = Accommodation.objects.filter(course_id=course_id).order_by("student__name", "id")
    return [
        {
            "student": {
                "id": one["student_id"],
                "code": one["student__code"],
                "name": one["student__name"],
            },
            "timeFactor": one["time_factor"],
            "extraAttempts": one["extra_attempts"],
            "reason": one["reason"],
        }
        for one in found.values(
            "student_id",
            "student__code",
            "student__name",
            "time_factor",
            "extra_attempts",
            "reason",
        )
    ]
