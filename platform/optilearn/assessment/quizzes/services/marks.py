"""Marks of attempts: by the key, by hand, and what they make of the quiz's grade."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.assessment.gradebook.services.locks import lock_enrollment
from optilearn.assessment.models import Answer, Attempt
from optilearn.assessment.quizzes import policies
from optilearn.assessment.quizzes.questions.answers import as_written
from optilearn.assessment.quizzes.questions.content import content_of
from optilearn.assessment.quizzes.questions.marking import share_of
from optilearn.assessment.quizzes.services.results import record_result
from optilearn.core import audit
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.sql import change

_HUNDREDTH: Final = Decimal("0.01")
_SHARE: Final = Decimal("0.0000001")
_MARK: Final = """
    UPDATE assessment_answer a SET share = m.share, points = m.points
      FROM unnest(%(numbers)s::int[], %(shares)s::numeric[], %(points)s::numeric[])
           AS m (number, share, points)
     WHERE a.attempt_id = %(attempt)s AND a.number = m.number
"""


def mark_attempt(attempt: Attempt) -> None:
    """Mark the answers of a locked attempt that has ended, by the key, and record the result."""
    penalizes = attempt.quiz.penalizes_wrong
    answers = list(
        Answer.objects.select_related("version").filter(attempt_id=attempt.pk).order_by("number")
    )
    for answer in answers:
        content = content_of(answer.version.content)
        value = as_written(content, answer.value, answer.order)
        share = share_of(content, value, penalizes=penalizes)
        answer.share = None if share is None else decimal(share, _SHARE)
        answer.points = None if share is None else decimal(share * Fraction(answer.possible))
    change(
        _MARK,
        {
            "attempt": attempt.pk,
            "numbers": [answer.number for answer in answers],
            "shares": [answer.share for answer in answers],
            "points": [answer.points for answer in answers],
        },
    )
    finish_marking(attempt, [answer.points for answer in answers])


def finish_marking(
    attempt: Attempt, points: list[Decimal | None], author: Principal | None = None
) -> None:
    """Add up a locked attempt's marks; it is GRADED when no answer waits for a person.

    An attempt at nothing has neither passed nor failed. ``author`` graded by hand.
    """
    waits = any(one is None for one in points)
    attempt.status = Attempt.Status.SUBMITTED if waits else Attempt.Status.GRADED
    attempt.points = max(sum((one or Decimal(0) for one in points), Decimal(0)), Decimal(0))
    reached = 100 * attempt.points >= attempt.quiz.passing_percent * attempt.possible
    attempt.has_passed = None if waits or not attempt.possible else reached
    attempt.save()
    record_result(attempt, author)


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
    answer.share = decimal(Fraction(points) / possible, _SHARE) if possible else Decimal(0)
    answer.save()
    finish_marking(attempt, [one.points for one in answers], principal)
    audit.record(
        action="answer.grade",
        actor=principal,
        target=f"attempt:{attempt_id}",
        details={"number": number},
    )
