"""Marks of attempts: by the key, by hand, and what they make of the quiz's grade."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.assessment.gradebook.services.locks import lock_enrollment
from optilearn.assessment.models import (
    Answer,
    Attempt,
    QuestionVersion,
    Quiz,
    QuizRegrade,
)
from optilearn.assessment.quizzes import policies
from optilearn.assessment.quizzes.questions.answers import as_written, is_answer
from optilearn.assessment.quizzes.questions.content import content_of
from optilearn.assessment.quizzes.questions.marking import share_of
from optilearn.assessment.quizzes.questions.regrading import Method, regraded
from optilearn.assessment.quizzes.services.results import record_results
from optilearn.core import audit
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.sql import change, row, rows

_HUNDREDTH: Final = Decimal("0.01")
SHARE: Final = Decimal("0.0000001")
_ANSWERS: Final = """
    SELECT a.id, a.attempt_id, a.question_id, a.version_id, a.value, a."order", a.possible
      FROM assessment_answer a
     WHERE a.attempt_id = ANY (%(attempts)s::bigint[])
     ORDER BY a.attempt_id, a.number
"""
_MARK: Final = """
    UPDATE assessment_answer a SET share = m.share, points = m.points, key_version_id = m.key
      FROM unnest(%(ids)s::bigint[], %(shares)s::numeric[], %(points)s::numeric[],
                  %(keys)s::bigint[]) AS m (id, share, points, key)
     WHERE a.id = m.id
"""
_FINISH: Final = """
    UPDATE assessment_attempt t
       SET points = m.points, status = m.status, has_passed = m.has_passed
      FROM unnest(%(ids)s::bigint[], %(points)s::numeric[], %(states)s::text[],
                  %(passed)s::boolean[]) AS m (id, points, status, has_passed)
     WHERE t.id = m.id
"""
"""In SQL, as a class that submits at once is marked in one batch (docs/benchmarks.md)."""


def mark_attempts(quiz: Quiz, attempts: Sequence[Attempt]) -> None:
    """Mark locked attempts at a quiz that have ended, by the key, and record their results.

    A constant number of statements for each 500.
    """
    # Shared until the commit: a regrade waits, and finds these marks, or is found below.
    row("SELECT id FROM assessment_quiz WHERE id = %s FOR SHARE", [quiz.pk])
    answers = rows(_ANSWERS, {"attempts": [attempt.pk for attempt in attempts]})
    versions = QuestionVersion.objects.in_bulk({one["version_id"] for one in answers})
    contents = {key: content_of(version.content) for key, version in versions.items()}
    regrades = _regrades(quiz)
    known = [one.version for some in regrades.values() for one in some]
    contents |= {version.pk: content_of(version.content) for version in known}
    points: dict[int, list[Decimal | None]] = defaultdict(list)
    shares: list[Decimal | None] = []
    keys: list[int | None] = []
    for answer in answers:
        content = contents[answer["version_id"]]
        value = as_written(content, answer["value"], answer["order"])
        # What can't be read waits for a person, as an essay does.
        is_read = is_answer(content.kind, answer["value"])
        share = share_of(content, value, penalizes=quiz.penalizes_wrong) if is_read else None
        key = None
        for one in regrades[answer["question_id"]] if is_read else ():
            if one.version.number >= versions[answer["version_id"]].number:
                new, method = contents[one.version_id], Method(one.method)
                share = regraded(share, method, new, value, penalizes=quiz.penalizes_wrong)
                key = one.version_id
        shares.append(None if share is None else decimal(share, SHARE))
        mark = None if share is None else decimal(share * Fraction(answer["possible"]))
        points[answer["attempt_id"]].append(mark)
        keys.append(key)
    given = [mark for attempt_id in points for mark in points[attempt_id]]
    ids = [answer["id"] for answer in answers]
    change(_MARK, {"ids": ids, "shares": shares, "points": given, "keys": keys})
    _finish(quiz, attempts, points, None)


def _finish(
    quiz: Quiz,
    attempts: Sequence[Attempt],
    points: Mapping[int, Sequence[Decimal | None]],
    author: Principal | None,
) -> None:
    """Add up the marks of locked attempts; they are GRADED when no answer waits for a person.

    ``points`` has the marks by attempt. An attempt at nothing has neither passed nor failed.
    ``author`` graded by hand.
    """
    for attempt in attempts:
        marks = points.get(attempt.pk, ())
        total = sum((one or Decimal(0) for one in marks), Decimal(0))
        add_up(attempt, quiz, total, waits=None in marks)
    change(
        _FINISH,
        {
            "ids": [attempt.pk for attempt in attempts],
            "points": [attempt.points for attempt in attempts],
            "states": [str(attempt.status) for attempt in attempts],
            "passed": [attempt.has_passed for attempt in attempts],
        },
    )
    record_results(quiz, attempts, author)


def add_up(attempt: Attempt, quiz: Quiz, points: Decimal, *, waits: bool) -> None:
    """Set an attempt's points, its status and whether it has passed; nothing is saved."""
    attempt.status = Attempt.Status.SUBMITTED if waits else Attempt.Status.GRADED
    attempt.points = max(points, Decimal(0))
    reached = 100 * attempt.points >= quiz.passing_percent * attempt.possible
    attempt.has_passed = None if waits or not attempt.possible else reached


def _regrades(quiz: Quiz) -> Mapping[int, list[QuizRegrade]]:
    """The regrades of the quiz by question, the oldest first: they hold for late attempts too."""
    found: dict[int, list[QuizRegrade]] = defaultdict(list)
    for one in quiz.regrades.select_related("version").order_by("at", "id"):
        found[one.question_id].append(one)
    return found


def decimal(value: Fraction, places: Decimal = _HUNDREDTH) -> Decimal:
    """An exact number with so many places, half up."""
    scaled = Decimal(value.numerator) / Decimal(value.denominator)
    return scaled.quantize(places, ROUND_HALF_UP)


@transaction.atomic
def grade_answer(
    *, principal: Principal, attempt_id: int, number: int, points: Decimal, comment: str
) -> None:
    """Grade an answer of an ended attempt by hand; a mark by the key can be corrected too.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT while the attempt is being made,
    VALIDATION_ERROR for more points than possible.
    """
    lock_enrollment(policies.managed_attempt(principal, attempt_id).enrollment_id)
    attempt = Attempt.objects.select_for_update().get(pk=attempt_id)
    if attempt.status == Attempt.Status.IN_PROGRESS:
        raise AppError(ErrorCode.CONFLICT, _("The student is still working on this."))
    quiz = Quiz.objects.select_related("assignment").get(pk=attempt.quiz_id)
    if attempt.points is None:
        mark_attempts(quiz, [attempt])
    answers = list(Answer.objects.filter(attempt_id=attempt_id).order_by("number"))
    answer = next((one for one in answers if one.number == number), None)
    if answer is None:
        raise not_found()
    if points > answer.possible:
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("At most %(most)s points are possible.") % {"most": answer.possible},
            [{"path": "/points"}],
        )
    answer.points, answer.comment, answer.grader_id = points, comment, principal.caller_id
    possible = Fraction(answer.possible)
    answer.share = decimal(Fraction(points) / possible, SHARE) if possible else Decimal(0)
    answer.save()
    _finish(quiz, [attempt], {attempt_id: [one.points for one in answers]}, principal)
    audit.record(
        action="answer.grade",
        actor=principal,
        target=f"attempt:{attempt_id}",
        details={"number": number},
    )
