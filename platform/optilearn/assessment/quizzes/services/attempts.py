"""Attempts: started, answered, submitted by the student or by the clock."""

from __future__ import annotations

import hmac
import json
import logging
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.assessment.gradebook.services.locks import lock_enrollment
from optilearn.assessment.models import Answer, Attempt, FocusChange, Question, Quiz
from optilearn.assessment.quizzes import policies
from optilearn.assessment.quizzes.questions.answers import check_answer, new_order
from optilearn.assessment.quizzes.questions.content import content_of
from optilearn.assessment.quizzes.selectors.quizzes import allowance_of, is_open, window_of
from optilearn.assessment.quizzes.services.drawing import draw_paper
from optilearn.assessment.quizzes.services.marks import mark_attempt
from optilearn.assessment.quizzes.timing import GRACE, Allowance
from optilearn.core import audit, clock
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.sql import Row, row

_logger: Final = logging.getLogger(__name__)
_IN_PROGRESS: Final = Attempt.Status.IN_PROGRESS
_MAX_FOCUS_CHANGES: Final = 1_000

_SAVE: Final = """
    WITH open AS MATERIALIZED (
        SELECT t.institution_id, t.id FROM assessment_attempt t
         WHERE t.id = %(attempt)s AND t.student_id = %(student)s AND t.status = %(in_progress)s
           AND (t.deadline_at IS NULL OR t.deadline_at > %(deadline)s)
           FOR SHARE)
    UPDATE assessment_answer a
       SET value = %(value)s::jsonb, sequence = %(sequence)s, saved_at = %(now)s
      FROM open
     WHERE a.institution_id = open.institution_id AND a.attempt_id = open.id
       AND a.number = %(number)s AND a.kind = %(kind)s AND a.sequence < %(sequence)s
     RETURNING a.number, a.sequence, a.saved_at, a.value
"""
"""The attempt's row is shared, so that submitting waits for answers that are being saved."""


@transaction.atomic
def start_attempt(*, principal: Principal, lesson_id: int, access_code: str) -> int:
    """Start an attempt, or return the one that is open: its id.

    Its questions, their order and their keys are fixed now. Raises ``AppError``: as
    ``policies.own_quiz``, LESSON_LOCKED outside the quiz's times, FORBIDDEN for a wrong access
    code, ATTEMPT_LIMIT, CONFLICT if the quiz has no questions.
    """
    quiz, _course, enrollment_id = policies.own_quiz(principal, lesson_id)
    # Of two tabs that start at once the second one waits here, and finds the first one's attempt.
    lock_enrollment(enrollment_id)
    # Shared, so that students don't wait for each other; who changes the quiz waits for them, and
    # moves the deadlines of attempts that have started by then.
    row("SELECT id FROM assessment_quiz WHERE id = %s FOR SHARE", [quiz.pk])
    quiz.refresh_from_db()
    own = list(Attempt.objects.filter(quiz_id=quiz.pk, enrollment_id=enrollment_id))
    for attempt in own:
        if attempt.status == _IN_PROGRESS and not _end(attempt.pk, Attempt.Ended.TIME):
            return attempt.pk
    now, allowance = clock.now(), allowance_of(principal.person_id, quiz.course_id)
    _check_may_start(quiz, now, allowance, len(own), access_code)
    drawn = draw_paper(quiz)
    if not drawn:
        raise AppError(ErrorCode.CONFLICT, _("This quiz has no questions yet."))
    attempt = Attempt.objects.create(
        quiz=quiz,
        enrollment_id=enrollment_id,
        student_id=principal.person_id,
        course_id=quiz.course_id,
        number=1 + max((one.number for one in own), default=0),
        started_at=now,
        deadline_at=window_of(quiz).deadline(now, allowance),
        possible=sum(one.points for one in drawn),
    )
    Answer.objects.bulk_create(
        Answer(
            attempt=attempt,
            student_id=principal.person_id,
            number=number,
            version=one.version,
            kind=one.kind,
            possible=one.points,
            order=new_order(content_of(one.version.content), shuffles=quiz.shuffle_options),
        )
        for number, one in enumerate(drawn, start=1)
    )
    audit.record(action="attempt.start", actor=principal, target=f"attempt:{attempt.pk}")
    return attempt.pk


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
    ``details {reason: "ENDED"}`` when time is up or the attempt was submitted.
    """
    check_answer(kind, value)
    if kind == Question.Kind.ESSAY and value:
        _check_length(principal, attempt_id, number, value)
    now = clock.now()
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
        },
    )
    return saved | {"is_saved": True} if saved else _unsaved(principal, attempt_id, number, kind)


def _unsaved(principal: Principal, attempt_id: int, number: int, kind: str) -> Row:
    """Say why an answer wasn't saved: an older one, which is no error, or raise."""
    attempt = policies.own_attempt(principal, attempt_id)
    is_late = attempt.deadline_at is not None and attempt.deadline_at + GRACE <= clock.now()
    if attempt.status != _IN_PROGRESS or is_late:
        raise AppError(ErrorCode.CONFLICT, _("This attempt has ended."), {"reason": "ENDED"})
    answer = Answer.objects.filter(attempt_id=attempt_id, number=number).first()
    if answer is None:
        raise not_found()
    if answer.kind != kind:
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("This isn't an answer to a question of this type."),
            [{"path": "/kind", "kind": answer.kind}],
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
def submit_attempt(*, principal: Principal, attempt_id: int) -> None:
    """Submit the caller's attempt and mark it; doing it again changes nothing.

    Raises ``AppError`` NOT_FOUND.
    """
    policies.own_attempt(principal, attempt_id)
    if _end(attempt_id, Attempt.Ended.STUDENT):
        audit.record(action="attempt.submit", actor=principal, target=f"attempt:{attempt_id}")


def submit_due_attempts() -> int:
    """Submit the attempts of the institution in force whose time is up; return their number.

    One transaction each, so a worker that is killed loses none and repeats none. Idempotent.
    """
    due = Attempt.objects.filter(status=_IN_PROGRESS, deadline_at__lte=clock.now() - GRACE)
    ended = 0
    for attempt_id in list(due.order_by("deadline_at", "id").values_list("id", flat=True)):
        try:
            with transaction.atomic():
                ended += _end(attempt_id, Attempt.Ended.TIME)
        except Exception:  # one attempt that fails mustn't hold up all others
            _logger.exception("attempt %s can't be submitted", attempt_id)
    return ended


def _end(attempt_id: int, ended: Attempt.Ended) -> bool:
    """End an open attempt and mark it; return False if it has ended already, or isn't due.

    The deadline is read under the lock: somebody may have given more time meanwhile.
    """
    enrollment_id = Attempt.objects.values_list("enrollment_id", flat=True).get(pk=attempt_id)
    lock_enrollment(enrollment_id)
    attempt = Attempt.objects.select_for_update().get(pk=attempt_id)
    now = clock.now()
    is_late = attempt.deadline_at is not None and attempt.deadline_at + GRACE <= now
    if attempt.status != _IN_PROGRESS or (ended == Attempt.Ended.TIME and not is_late):
        return False
    attempt.ended = Attempt.Ended.TIME if is_late else ended
    attempt.submitted_at = attempt.deadline_at if is_late else now
    mark_attempt(attempt)
    return True


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
