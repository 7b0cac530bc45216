"""The end of attempts: submitted by the student or by the clock, then marked.

An attempt ends in a transaction of its own, so it counts as submitted whatever happens to its
marking. Marking takes all attempts of the quiz that wait for it: when a class submits in the same
second, one request marks for the others, which are answered at once, and a batch costs little
more than one attempt (docs/adr/0031-a-class-that-submits-is-marked-together.md). What is left
unmarked, by a process that was killed, the worker marks.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from optilearn.assessment.gradebook.services.locks import lock_enrollments
from optilearn.assessment.models import Attempt, Quiz
from optilearn.assessment.quizzes import policies
from optilearn.assessment.quizzes.services.marks import mark_attempts
from optilearn.assessment.quizzes.timing import GRACE
from optilearn.core import audit, clock
from optilearn.core.access.policies import STAFF
from optilearn.core.access.principal import Principal
from optilearn.core.sql import compose, quoted, row, rows
from optilearn.enrollment.rules import ENROLLMENTS, withdrawn

_logger: Final = logging.getLogger(__name__)
_Status: Final = Attempt.Status
_Ended: Final = Attempt.Ended
_BATCH: Final = 100
"""Attempts that are marked in one transaction; so long may another write of theirs wait."""
_AT_ONCE: Final = 500

_END: Final = compose(
    """
    UPDATE assessment_attempt t
       SET status = <submitted>,
           ended = CASE WHEN t.deadline_at <= %(due)s THEN <time> ELSE <student> END,
           submitted_at = CASE WHEN t.deadline_at <= %(due)s THEN t.deadline_at ELSE %(now)s END
     WHERE t.id = ANY (%(ids)s::bigint[]) AND t.status = <in_progress>
       AND (t.deadline_at <= %(due)s OR NOT %(only_due)s)
       AND (%(student)s::bigint IS NULL OR t.student_id = %(student)s AND NOT EXISTS (
            SELECT FROM <enrollments>
             WHERE e.institution_id = t.institution_id AND e.id = t.enrollment_id
               AND <withdrawn>))
     RETURNING t.quiz_id
    """,
    enrollments=ENROLLMENTS.aliased("e"),
    withdrawn=withdrawn("e"),
    submitted=quoted(_Status.SUBMITTED),
    in_progress=quoted(_Status.IN_PROGRESS),
    time=quoted(_Ended.TIME),
    student=quoted(_Ended.STUDENT),
)
"""The deadline is read under the row's lock: somebody may have given more time meanwhile."""
_TAKE_TURN: Final = """
    SELECT pg_try_advisory_xact_lock(
        hashtextextended('optilearn.quiz.marking', %s)) AS is_ours
"""


def end_attempts(
    attempt_ids: Collection[int], *, only_due: bool, student_id: int | None = None
) -> list[int]:
    """End attempts that are being made; return the quiz of each that was.

    Only those whose time is up, if ``only_due``; only those of a student who hasn't left the
    course, if there is one. They are still to be marked. One statement, which waits for answers
    that are being saved.
    """
    if not attempt_ids:
        return []
    now = clock.now()
    given = {"ids": sorted(attempt_ids), "due": now - GRACE, "now": now, "only_due": only_due}
    return [one["quiz_id"] for one in rows(_END, given | {"student": student_id})]


def submit_attempt(*, principal: Principal, attempt_id: int) -> None:
    """Submit the caller's attempt and mark it; doing it again changes nothing.

    It has no marks yet when this returns if another request is marking attempts at the quiz.
    Raises ``AppError``: NOT_FOUND, ENROLLMENT_REQUIRED for who has left the course.
    """
    with transaction.atomic():
        own = [] if principal.role in STAFF else [attempt_id]
        ended = end_attempts(own, only_due=False, student_id=principal.person_id)
        if ended:
            target = f"attempt:{attempt_id}"
            audit.record(action="attempt.submit", actor=principal, target=target)
    if not ended:
        attempt = policies.own_attempt(principal, attempt_id)
        if attempt.status == _Status.IN_PROGRESS:
            policies.check_has_not_left(attempt)
    for quiz_id in ended:
        mark_submitted(quiz_id)


def end_attempts_of(student_id: int) -> None:
    """End and mark all attempts of a student, as long as their words are there.

    In the caller's transaction, which waits for whoever is marking one of them.
    """
    own = Attempt.objects.filter(student_id=student_id)
    doing = own.filter(status=_Status.IN_PROGRESS).values_list("id", flat=True)
    end_attempts(list(doing), only_due=False)
    unmarked = own.filter(status=_Status.SUBMITTED, points=None)
    lock_enrollments(set(unmarked.values_list("enrollment_id", flat=True)))
    waiting: dict[int, list[Attempt]] = {}
    for attempt in unmarked.select_for_update(of=("self",)).order_by("id"):
        waiting.setdefault(attempt.quiz_id, []).append(attempt)
    for quiz in Quiz.objects.select_related("assignment").filter(pk__in=waiting).order_by("id"):
        mark_attempts(quiz, waiting[quiz.pk])


def submit_due_attempts() -> int:
    """Submit the attempts of the institution in force whose time is up; return their number.

    Marks what is left unmarked too. A worker that is killed loses none and repeats none.
    """
    due = Attempt.objects.filter(status=_Status.IN_PROGRESS, deadline_at__lte=clock.now() - GRACE)
    ended = 0
    while keys := list(due.order_by("deadline_at", "id").values_list("id", flat=True)[:_AT_ONCE]):
        ended += len(end_attempts(keys, only_due=True))
    for quiz_id in _unmarked().order_by().values_list("quiz_id", flat=True).distinct():
        mark_submitted(quiz_id)
    return ended


def mark_submitted(quiz_id: int) -> None:
    """Mark the attempts at a quiz that have ended, unless another process is at it.

    That one marks them all: it looks for more after its turn has ended, and whoever finds the
    turn taken has committed before. Attempts that can't be marked are logged, and hold up no
    other. Called outside of transactions, so that each batch is visible at once.
    """
    failed: set[int] = set()
    size = _BATCH
    while keys := list(
        _unmarked()
        .filter(quiz_id=quiz_id)
        .exclude(pk__in=failed)
        .order_by("id")
        .values_list("id", flat=True)[:size]
    ):
        try:
            if not _mark(quiz_id, keys):
                return
        except Exception:  # each is tried alone then, and the one that fails is logged
            if len(keys) == 1:
                failed.add(keys[0])
                _logger.exception("attempt %s can't be marked", keys[0])
            size = 1


def _unmarked() -> QuerySet[Attempt]:
    return Attempt.objects.filter(status=_Status.SUBMITTED, points=None)


@transaction.atomic
def _mark(quiz_id: int, attempt_ids: Collection[int]) -> bool:
    """Mark these attempts; return False if it is another's turn."""
    turn = row(_TAKE_TURN, [quiz_id])
    if turn is None or not turn["is_ours"]:
        return False
    waiting = _unmarked().filter(pk__in=attempt_ids)
    lock_enrollments(set(waiting.values_list("enrollment_id", flat=True)))
    quiz = Quiz.objects.select_related("assignment").get(pk=quiz_id)
    attempts = list(waiting.select_for_update(of=("self",)).order_by("id"))
    if attempts:
        mark_attempts(quiz, attempts)
    return True
