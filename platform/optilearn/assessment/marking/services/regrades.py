"""Requests to grade again: a thread between the student and the course's managers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.assessment.assignments.policies import own_assignment
from optilearn.assessment.gradebook.services.grades import Given, set_grade
from optilearn.assessment.gradebook.services.locks import lock_enrollment
from optilearn.assessment.marking import policies
from optilearn.assessment.models import Assignment, Grade, RegradeMessage, RegradeRequest
from optilearn.core import audit, clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode

_Status = RegradeRequest.Status


@dataclass(frozen=True)
class Decision:
    """The answer to a request: words, and points if it is accepted."""

    is_accepted: bool
    text: str
    points: Decimal | None = None
    version: int = 0
    """Of the grade that was read."""


@transaction.atomic
def request_regrade(*, principal: Principal, assignment_id: int, reason: str) -> int:
    """Ask to grade the caller's work again; return the id of the request.

    Within the assignment's days after the release. Raises ``AppError``: as ``own_assignment``,
    CONFLICT before the release, after those days, or while a request is open.
    """
    assignment, _course, enrollment_id = own_assignment(principal, assignment_id)
    lock_enrollment(enrollment_id)
    grade = Grade.objects.filter(
        assignment_id=assignment_id, enrollment_id=enrollment_id, posted_at__isnull=False
    ).first()
    if grade is None or grade.posted_at is None or grade.points is None:
        raise _conflict(_("There is no grade yet that could be given again."), "NO_GRADE")
    if clock.now() >= grade.posted_at + timedelta(days=assignment.regrade_days):
        raise _conflict(_("The time in which a regrade can be requested is over."), "TOO_LATE")
    if RegradeRequest.objects.filter(grade=grade, status=_Status.OPEN).exists():
        raise _conflict(_("You have requested a regrade already. Write into it."), "OPEN")
    created = RegradeRequest.objects.create(
        grade=grade,
        student_id=principal.person_id,
        course_id=assignment.course_id,
        points_before=grade.points,
        opened_at=clock.now(),
    )
    _write(created, principal, reason)
    audit.record(action="regrade.request", actor=principal, target=f"regrade-request:{created.pk}")
    return created.pk


@transaction.atomic
def write_message(*, principal: Principal, request_id: int, text: str, as_student: bool) -> None:
    """Write into the thread of an open request, as its student or as a manager of the course.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT for one that was answered.
    """
    found = (policies.own_request if as_student else policies.managed_request)(
        principal, request_id
    )
    _check_is_open(found)
    _write(found, principal, text)
    audit.record(action="regrade.message", actor=principal, target=f"regrade-request:{request_id}")


@transaction.atomic
def answer_request(*, principal: Principal, request_id: int, decision: Decision) -> None:
    """Accept a request with a new grade, or decline it with words.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT for one that was answered or an old version
    of the grade, VALIDATION_ERROR for an accepted one without points.
    """
    known = policies.managed_request(principal, request_id)
    lock_enrollment(known.grade.enrollment_id)
    found = policies.managed_request(principal, request_id, lock=True)
    _check_is_open(found)
    found.status = _Status.ACCEPTED if decision.is_accepted else _Status.DECLINED
    found.closed_at = clock.now()
    if decision.is_accepted:
        found.points_after = _grade_again(principal, found.grade, decision)
    found.save()
    _write(found, principal, decision.text)
    audit.record(
        action="regrade.accept" if decision.is_accepted else "regrade.decline",
        actor=principal,
        target=f"regrade-request:{request_id}",
    )


def _grade_again(principal: Principal, grade: Grade, decision: Decision) -> Decimal | None:
    assignment: Assignment = grade.assignment
    if decision.points is None or decision.points > assignment.max_score:
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("Give at most %(points)s points.") % {"points": assignment.max_score},
            [{"path": "/points"}],
        )
    set_grade(
        principal=principal,
        assignment_id=grade.assignment_id,
        enrollment_id=grade.enrollment_id,
        given=Given(
            points=decision.points,
            late_seconds=grade.late_seconds,
            comment=grade.comment,
            reason=decision.text[:500],
        ),
        version=decision.version,
    )
    grade.refresh_from_db(fields=["points"])
    return grade.points


def _check_is_open(found: RegradeRequest) -> None:
    if found.status != _Status.OPEN:
        raise _conflict(_("This request was answered already."), "ANSWERED")


def _write(found: RegradeRequest, author: Principal, text: str) -> None:
    RegradeMessage.objects.create(
        request=found,
        student_id=found.student_id,
        author_id=author.caller_id,
        text=text,
        created_at=clock.now(),
    )


def _conflict(message: str, reason: str) -> AppError:
    return AppError(ErrorCode.CONFLICT, message, {"reason": reason})
