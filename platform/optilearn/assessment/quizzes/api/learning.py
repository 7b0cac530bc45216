"""Quizzes over HTTP, for the students who take them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from optilearn.assessment.quizzes import selectors, services
from optilearn.assessment.quizzes.schemas.attempts import (
    AnswerIn,
    AttemptIn,
    AttemptOut,
    FocusIn,
    SavedAnswer,
)
from optilearn.assessment.quizzes.schemas.quizzes import (
    OwnQuiz,
)
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Done, Envelope, answer, refusals

router = Router(tags=["Quizzes"], by_alias=True)
READ = refusals(400, 403, 404)
WRITE = refusals(400, 403, 404, 409)


@router.get(
    "/learning/lessons/{int:lessonId}/quiz",
    response={200: Envelope[OwnQuiz], **READ, **refusals(402)},
    operation_id="getOwnQuiz",
)
def own_quiz(request: HttpRequest, lessonId: int) -> HttpResponse:
    """A quiz as its student sees it, with all attempts so far and what is allowed."""
    return answer(selectors.own_quiz(principal_of(request), lessonId))


@router.post(
    "/learning/lessons/{int:lessonId}/quiz/attempts",
    response={201: Envelope[AttemptOut], **WRITE, **refusals(402)},
    operation_id="startAttempt",
)
def start_attempt(request: HttpRequest, lessonId: int, wanted: AttemptIn) -> HttpResponse:
    """Start an attempt, or go on with the open one.

    409 `ATTEMPT_LIMIT`; 403 `LESSON_LOCKED` outside the quiz's times, 403 `FORBIDDEN` with
    `details {reason: "ACCESS_CODE"}`.
    """
    principal = principal_of(request)
    key = services.start_attempt(
        principal=principal, lesson_id=lessonId, access_code=wanted.access_code
    )
    return answer(selectors.own_attempt(principal, key), status=201)


@router.get(
    "/learning/attempts/{int:attemptId}",
    response={200: Envelope[AttemptOut], **READ},
    operation_id="getOwnAttempt",
)
def own_attempt(request: HttpRequest, attemptId: int) -> HttpResponse:
    """The caller's attempt: to go on with, or to look at when it has ended."""
    return answer(selectors.own_attempt(principal_of(request), attemptId))


@router.put(
    "/learning/attempts/{int:attemptId}/answers/{int:number}",
    response={200: Envelope[SavedAnswer], **WRITE},
    operation_id="saveAnswer",
)
def save_answer(request: HttpRequest, attemptId: int, number: int, given: AnswerIn) -> HttpResponse:
    """Save an answer; safe to repeat, in any order. Only the last submission of each counts.

    409 with `details {reason: "ENDED"}` a minute after the deadline, or when it was submitted.
    """
    saved = services.save_answer(
        principal=principal_of(request),
        attempt_id=attemptId,
        number=number,
        kind=given.kind,
        value=given.value,
        sequence=given.sequence,
    )
    return answer(
        {
            "number": saved["number"],
            "sequence": saved["sequence"],
            "savedAt": saved["saved_at"],
            "value": saved["value"],
            "isSaved": saved["is_saved"],
        }
    )


@router.post(
    "/learning/attempts/{int:attemptId}/submit",
    response={200: Envelope[AttemptOut], **READ},
    operation_id="submitAttempt",
)
def submit_attempt(request: HttpRequest, attemptId: int) -> HttpResponse:
    """Submit an attempt; doing it again changes nothing."""
    principal = principal_of(request)
    services.submit_attempt(principal=principal, attempt_id=attemptId)
    return answer(selectors.own_attempt(principal, attemptId))


@router.post(
    "/learning/attempts/{int:attemptId}/focus",
    response={200: Envelope[Done], **READ},
    operation_id="noteFocus",
)
def note_focus(request: HttpRequest, attemptId: int, focus: FocusIn) -> HttpResponse:
    """Note that the student left the window of the attempt, or came back."""
    services.note_focus(
        principal=principal_of(request), attempt_id=attemptId, is_away=focus.is_away
    )
    return answer({"done": True})
