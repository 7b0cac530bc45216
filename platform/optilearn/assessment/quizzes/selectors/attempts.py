"""Reads of attempts: a student's own, and all of a quiz for its managers."""

from __future__ import annotations

from typing import Any, Final

from optilearn.assessment.models import Attempt, FocusChange
from optilearn.assessment.quizzes import policies
from optilearn.assessment.quizzes.questions.answers import as_written, without_key
from optilearn.assessment.quizzes.questions.content import EssayContent, content_of
from optilearn.assessment.quizzes.questions.review import feedback_of, key_of
from optilearn.assessment.quizzes.schemas.attempts import AttemptsQuery
from optilearn.assessment.quizzes.selectors.quizzes import (
    allowance_of,
    are_marks_hidden,
    attempt_row,
    window_of,
)
from optilearn.assessment.quizzes.visibility import EVERYTHING, NOTHING, Seen, seen_by_student
from optilearn.core import clock
from optilearn.core.access.principal import Principal
from optilearn.core.sql import Row, rows

_IN_PROGRESS = Attempt.Status.IN_PROGRESS
_ANSWERS: Final = """
    SELECT a.number, a.kind, a.possible, a."order", a.value, a.sequence, a.saved_at, a.points,
           a.comment, v.text, v.feedback, v.content, k.content AS key
      FROM assessment_answer a
      JOIN assessment_questionversion v
        ON v.institution_id = a.institution_id AND v.id = a.version_id
      LEFT JOIN assessment_questionversion k
        ON k.institution_id = a.institution_id AND k.id = a.key_version_id
     WHERE a.attempt_id = %(attempt)s
     ORDER BY a.number
"""
"""In SQL: a class that begins or submits in the same second reads all its questions at once."""


def own_attempt(principal: Principal, attempt_id: int) -> dict[str, Any]:
    """Return the caller's attempt: to go on with, or to look at when it has ended.

    Two queries while there are no marks, else six at most. Raises ``AppError`` NOT_FOUND.
    """
    attempt = policies.own_attempt(principal, attempt_id)
    if attempt.points is None:
        return _whole(attempt, NOTHING)
    quiz = attempt.quiz
    own = Attempt.objects.filter(quiz_id=quiz.pk, enrollment_id=attempt.enrollment_id)
    allowance = allowance_of(principal.person_id, quiz.course_id)
    is_hidden = are_marks_hidden(quiz, attempt.enrollment_id)
    closes_at = window_of(quiz).closes_for(allowance)
    seen = seen_by_student(quiz, own, closes_at, is_hidden=is_hidden)
    return _whole(attempt, seen)


def attempt_for_staff(principal: Principal, attempt_id: int) -> dict[str, Any]:
    """Return an attempt with key and marks, for managers. Four queries. Raises ``AppError``."""
    attempt = policies.managed_attempt(principal, attempt_id)
    focus = FocusChange.objects.filter(attempt_id=attempt_id).order_by("at", "id")
    changes = [{"at": at, "isAway": away} for at, away in focus.values_list("at", "is_away")]
    return _whole(attempt, EVERYTHING, is_staff=True) | {"focusChanges": changes}


def attempts(
    principal: Principal, quiz_id: int, query: AttemptsQuery
) -> tuple[list[dict[str, Any]], int]:
    """Return a page of a quiz's attempts, the newest first, and their number. Four queries.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    policies.managed_quiz(principal, quiz_id)
    found = Attempt.objects.filter(quiz_id=quiz_id)
    if query.status is not None:
        found = found.filter(status=query.status)
    page = found.select_related("student").order_by("-started_at", "-id")[query.window]
    return [
        attempt_row(one, EVERYTHING)
        | {
            "enrollmentId": one.enrollment_id,
            "student": {
                "id": one.student_id,
                "code": one.student.code,
                "name": one.student.name,
            },
        }
        for one in page
    ], found.count()


def _whole(attempt: Attempt, seen: Seen, *, is_staff: bool = False) -> dict[str, Any]:
    has_ended = attempt.status != _IN_PROGRESS
    shown = seen if has_ended or is_staff else NOTHING
    return attempt_row(attempt, seen) | {
        "now": clock.now(),
        "questions": [
            _question(one, shown, is_staff=is_staff)
            for one in rows(_ANSWERS, {"attempt": attempt.pk})
        ],
    }


def _question(answer: Row, seen: Seen, *, is_staff: bool) -> dict[str, Any]:
    content = content_of(answer["content"])
    key = content if answer["key"] is None else content_of(answer["key"])
    value = as_written(content, answer["value"], answer["order"]) if seen.feedback else None
    notes = content.notes_for_graders if isinstance(content, EssayContent) else ""
    return {
        "number": answer["number"],
        "kind": answer["kind"],
        "text": answer["text"],
        "possible": answer["possible"],
        "content": without_key(content, answer["order"]),
        "value": answer["value"],
        "sequence": answer["sequence"],
        "savedAt": answer["saved_at"],
        "points": answer["points"] if seen.marks else None,
        "comment": answer["comment"] if seen.comments else "",
        "feedback": answer["feedback"] if seen.feedback else "",
        "answerFeedback": feedback_of(key, value) if seen.feedback else [],
        "key": key_of(key, answer["order"]) if seen.answers else None,
        "notesForGraders": notes if is_staff else "",
    }
