"""Attempts: started, answered."""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.assessment.gradebook.services.locks import lock_enrollment
from optilearn.assessment.models import Answer, Attempt, FocusChange, Question, Quiz
from optilearn.assessment.quizzes import policies
from optilearn.assessment.quizzes.questions.answers import check_answer, last_place, new_order
from optilearn.assessment.quizzes.questions.content import content_of
from optilearn.assessment.quizzes.selectors.quizzes import allowance_of, is_open, window_of
from optilearn.assessment.quizzes.services.drawing import Drawn, draw_paper
from optilearn.assessment.quizzes.services.submitting import end_attempts, mark_submitted
from optilearn.assessment.quizzes.timing import GRACE, Allowance
from optilearn.core import audit, clock
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.sql import Row, compose, row
from optilearn.enrollment.rules import ENROLLMENTS, withdrawn

_IN_PROGRESS: Final = Attempt.Status.IN_PROGRESS
_MAX_FOCUS_CHANGES: Final = 1_000

_SAVE: Final = compose(
    """
    WITH open AS MATERIALIZED (
        SELECT t.institution_id, t.id FROM assessment_attempt t
         WHERE t.id = %(attempt)s AND t.student_id = %(student)s AND t.status = %(in_progress)s
           AND (t.deadline_at IS NULL OR t.deadline_at > %(deadline)s)
           AND NOT EXISTS (SELECT FROM <enrollments>
                            WHERE e.institution_id = t.institution_id AND e.id = t.enrollment_id
                              AND <withdrawn>)
           FOR SHARE)
    UPDATE assessment_answer a
       SET value = %(value)s::jsonb, sequence = %(sequence)s, saved_at = %(now)s
      FROM open
     WHERE a.institution_id = open.institution_id AND a.attempt_id = open.id
       AND a.attempt_id = %(attempt)s AND a.number = %(number)s AND a.kind = %(kind)s
       AND a.sequence < %(sequence)s AND cardinality(a."order") >= %(place)s
     RETURNING a.number, a.sequence, a.saved_at, a.value
    """,
    enrollments=ENROLLMENTS.aliased("e"),
    withdrawn=withdrawn("e"),
)
"""The attempt's row is shared, so that submitting waits for answers that are being saved.

Its id is said twice, so that the answer is found by it whatever the planner thinks of the rest.
"""


def start_attempt(*, principal: Principal, lesson_id: int, access_code: str) -> int:
    """Start an attempt, or return the one that is open: its id.

    Its questions, their order and their keys are fixed now. Raises ``AppError``: as
    ``policies.own_quiz``, LESSON_LOCKED outside the quiz's times, FORBIDDEN for a wrong access
    code, ATTEMPT_LIMIT, CONFLICT if the quiz has no questions.
    """
    with transaction.atomic():
        attempt_id, overdue = _start(principal, lesson_id, access_code)
    for quiz_id in overdue:
        mark_submitted(quiz_id)
    return attempt_id


def _start(principal: Principal, lesson_id: int, access_code: str) -> tuple[int, list[int]]:
    """The attempt, and the quiz if an earlier attempt at it was overdue."""
    quiz, _course, enrollment_id = policies.own_quiz(principal, lesson_id)
    # Of two tabs that start at once the second one waits here, and finds the first one's attempt.
    lock_enrollment(enrollment_id)
    # Shared, so that students don't wait for each other; who changes the quiz waits for them, and
    # moves the deadlines of attempts that have started by then.
    row("SELECT id FROM assessment_quiz WHERE id = %s FOR SHARE", [quiz.pk])
    quiz.refresh_from_db()
    own = list(Attempt.objects.filter(quiz_id=quiz.pk, enrollment_id=enrollment_id))
    doing = [one.pk for one in own if one.status == _IN_PROGRESS]
    overdue = end_attempts(doing, only_due=True)
    if doing and not overdue:
        return doing[0], overdue
    now, allowance = clock.now(), allowance_of(principal.person_id, quiz.course_id)
    _check_may_start(quiz, now, allowance, len(own), access_code)
    drawn = draw_paper(quiz)
    if not drawn:
        raise AppError(ErrorCode.CONFLICT, _("This quiz has no questions yet."))
    attempt = Attempt.objects.create(
        quiz=quiz,
        assignment_id=quiz.assignment_id,
        enrollment_id=enrollment_id,
        student_id=principal.person_id,
        course_id=quiz.course_id,
        number=1 + max((one.number for one in own), default=0),
        started_at=now,
        deadline_at=window_of(quiz).deadline(now, allowance),
        possible=sum(one.points for one in drawn),
    )
    _write_paper(attempt, drawn)
    audit.record(action="attempt.start", actor=principal, target=f"attempt:{attempt.pk}")
    return attempt.pk, overdue


def _write_paper(attempt: Attempt, drawn: Sequence[Drawn]) -> None:
    shuffles = attempt.quiz.shuffle_options
    Answer.objects.bulk_create(
        Answer(
            attempt=attempt,
            student_id=attempt.student_id,
            course_id=attempt.course_id,
            question_id=one.version.question_id,
            number=number,
            version=one.version,
            kind=one.kind,
            possible=one.points,
            order=new_order(content_of(one.version.content), shuffles=shuffles),
        )
        for number, one in enumerate(drawn, start=1)
    )


def _check_may_start(
    quiz: Quiz, now: datetime, allowance: Allowance, count: int, access_code: str
) -> None:
    window = window_of(quiz)
    if not is_open(window, allowance, now):
        is_early = quiz.opens_at is not None and now < quiz.opens_at
        message = _("This quiz isn't open yet.") if is_early else _("This quiz has closed.")
        details = {"reason": "NOT_YET" if is_early else "CLOSED", "unlocksAt": quiz.opens_at}
        raise AppError(ErrorCode.LESSON_LOCKED, message, details)
    if quiz.max_attempts is not None and count >= quiz.max_attempts + allowance.extra_attempts:
        raise AppError(
            ErrorCode.ATTEMPT_LIMIT, _("You have used all attempts."), {"attempts": count}
        )
    if quiz.access_code and not hmac.compare_digest(
        quiz.access_code.encode(), access_code.strip().encode()
    ):
        raise AppError(
            ErrorCode.FORBIDDEN, _("This access code isn't right."), {"reason": "ACCESS_CODE"}
        )


def save_answer(
    *, principal: Principal, attempt_id: int, number: int, kind: str, value: Any, sequence: int
) -> Row:
    """Save an answer of the caller's open attempt.

    Returns ``{number, sequence, saved_at, value, is_saved}``, as the server has them now. One
    statement, two for an essay. ``sequence`` grows with each change: what arrives again or late
    changes nothing. ``kind`` is the question's, which says
    the shape of ``value``. Raises ``AppError``: NOT_FOUND, VALIDATION_ERROR, CONFLICT with
    ``details {reason: "ENDED"}`` when time is up or the attempt was submitted, ENROLLMENT_REQUIRED
    for who has left the course.
    """
    check_answer(kind, value)
    if kind == Question.Kind.ESSAY and value:
        _check_length(principal, attempt_id, number, value)
    now, place = clock.now(), last_place(kind, value)
    saved = row(
        _SAVE,
        {
            "attempt": attempt_id,
            "student": principal.person_id,
            "in_progress": _IN_PROGRESS.value,
            "deadline": now - GRACE,
            "number": number,
            "kind": kind,
            "value": None if value is None else json.dumps(value),
            "sequence": sequence,
            "now": now,
            "place": place,
        },
    )
    if saved is not None:
        return saved | {"is_saved": True}
    return _unsaved(principal, attempt_id, number, kind=kind, place=place)


def _unsaved(principal: Principal, attempt_id: int, number: int, *, kind: str, place: int) -> Row:
    """Say why an answer wasn't saved: an older one, which is no error, or raise."""
    attempt = policies.own_attempt(principal, attempt_id)
    is_late = attempt.deadline_at is not None and attempt.deadline_at + GRACE <= clock.now()
    if attempt.status != _IN_PROGRESS or is_late:
        raise AppError(ErrorCode.CONFLICT, _("This attempt has ended."), {"reason": "ENDED"})
    policies.check_has_not_left(attempt)
    answer = Answer.objects.filter(attempt_id=attempt_id, number=number).first()
    if answer is None:
        raise not_found()
    if answer.kind != kind:
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("This isn't an answer to a question of this type."),
            [{"path": "/kind", "kind": answer.kind}],
        )
    if place > len(answer.order):
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("There is no place %(place)d here: the last one is %(last)d.")
            % {"place": place, "last": len(answer.order)},
            [{"path": "/value", "code": "NO_SUCH_PLACE"}],
        )
    return {
        "number": number,
        "sequence": answer.sequence,
        "saved_at": answer.saved_at,
        "value": answer.value,
        "is_saved": False,
    }


def _check_length(principal: Principal, attempt_id: int, number: int, value: str) -> None:
    own = Answer.objects.filter(
        attempt_id=attempt_id, number=number, student_id=principal.person_id, kind="ESSAY"
    )
    content = own.values_list("version__content", flat=True).first()
    if content is not None and len(value) > content["maxCharacters"]:
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("Use at most %(most)d characters.") % {"most": content["maxCharacters"]},
            [{"path": "/value"}],
        )


@transaction.atomic
def note_focus(*, principal: Principal, attempt_id: int, is_away: bool) -> None:
    """Note that the student left the window of an open attempt, or came back.

    Raises ``AppError`` NOT_FOUND. Notes after the end, or beyond a thousand, are left out.
    """
    attempt = policies.own_attempt(principal, attempt_id)
    noted = FocusChange.objects.filter(attempt_id=attempt_id)
    if attempt.status == _IN_PROGRESS and noted.count() < _MAX_FOCUS_CHANGES:
        FocusChange.objects.create(
            attempt=attempt, student_id=attempt.student_id, at=clock.now(), is_away=is_away
        )
