"""Giving, changing, releasing and hiding grades."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.assessment import policies
from optilearn.assessment.gradebook.selectors.setup import late_policy, letters_of
from optilearn.assessment.gradebook.services.history import Cause, change, state_of
from optilearn.assessment.gradebook.services.lateness import Newest, deduct, newest
from optilearn.assessment.gradebook.totals.late import rounded
from optilearn.assessment.models import (
    Assignment,
    Grade,
    GradeChange,
    GradingPolicy,
    Submission,
)
from optilearn.core import audit, clock
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.enrollment.models import Enrollment


@dataclass(frozen=True)
class Given:
    """A grade as somebody gives it: at most one of points, percent, letter, excused."""

    points: Decimal | None = None
    percent: Decimal | None = None
    letter: str | None = None
    is_excused: bool = False
    late_seconds: int | None = None
    comment: str = ""
    reason: str = ""


@transaction.atomic
def give_grade(
    *, principal: Principal, assignment_id: int, enrollment_id: int, given: Given, version: int
) -> int:
    """Give, change or remove a student's grade; return the id of the course.

    The course's rule for late work is applied to the points; the newest submission has the score
    that is left. ``version`` is of the grade that the caller read (0: none), so of two who grade
    at once the second is told. Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT with the
    newest version, VALIDATION_ERROR.
    """
    assignment = Assignment.objects.filter(pk=assignment_id).first()
    if assignment is None:
        raise not_found()
    policies.managed(principal, assignment.course_id)
    enrollment = Enrollment.objects.filter(pk=enrollment_id, course_id=assignment.course_id).first()
    if enrollment is None:
        raise not_found()
    grade, before = _locked(assignment, enrollment, version)
    policy = _policy(assignment.course_id)
    _set(grade, given, policy)
    submitted = newest([grade]).get((assignment_id, enrollment_id))
    deduct(grade, late_policy(policy), submitted)
    now = clock.now()
    grade.grader_id, grade.graded_at = principal.caller_id, now
    if grade.posted_at is None and not assignment.posts_manually:
        grade.posted_at = now
    if before is not None and state_of(grade) != before:
        grade.version += 1
    grade.save()
    _score_submission(grade, submitted)
    if state_of(grade) != before:
        change(grade, before, Cause.MANUAL, principal, given.reason).save()
    audit.record(
        action="grade.set",
        actor=principal,
        target=f"assignment:{assignment_id}",
        details={"enrollment": enrollment_id},
    )
    return int(assignment.course_id)


def _locked(
    assignment: Assignment, enrollment: Enrollment, version: int
) -> tuple[Grade, dict[str, Any] | None]:
    """Return the grade, its row locked, and what it says; a new one says None."""
    grade, is_new = Grade.objects.get_or_create(
        assignment=assignment,
        enrollment=enrollment,
        defaults={"student_id": enrollment.student_id, "course_id": assignment.course_id},
    )
    grade = Grade.objects.select_for_update().get(pk=grade.pk)
    grade.assignment = assignment
    if (0 if is_new else grade.version) != version:
        raise AppError(
            ErrorCode.CONFLICT,
            _("Somebody else has changed this grade. Look at it and try again."),
            {"version": grade.version, "grade": state_of(grade)},
        )
    return grade, None if is_new else state_of(grade)


def _policy(course_id: int) -> GradingPolicy:
    found = GradingPolicy.objects.filter(course_id=course_id).first()
    return found or GradingPolicy(course_id=course_id)


def _set(grade: Grade, given: Given, policy: GradingPolicy) -> None:
    grade.raw_points = _points(given, grade.assignment.max_score, policy)
    grade.is_excused = given.is_excused
    grade.late_seconds = given.late_seconds
    grade.comment = given.comment


def _points(given: Given, possible: Decimal, policy: GradingPolicy) -> Decimal | None:
    ways = [given.points, given.percent, given.letter, given.is_excused or None]
    if sum(way is not None for way in ways) > 1:
        raise _invalid(_("Send points, a percent, a letter or excused: one of them."), "")
    if given.percent is not None:
        return rounded(possible * given.percent / 100)
    if given.letter is not None:
        try:
            percent = letters_of(policy.letters).percent_of(given.letter)
        except KeyError:
            raise _invalid(_("The course has no such letter."), "/letter") from None
        return rounded(possible * percent / 100)
    return None if given.points is None else rounded(given.points)


def _invalid(message: str, path: str) -> AppError:
    return AppError(ErrorCode.VALIDATION_ERROR, message, [{"path": path}])


def _score_submission(grade: Grade, submitted: Newest | None) -> None:
    """The newest submission has the score that counts, which reports average."""
    if submitted is None:
        return
    graded = grade.points is not None
    Submission.objects.filter(pk=submitted.id).update(
        score=grade.points,
        status=Submission.Status.GRADED if graded else Submission.Status.SUBMITTED,
        graded_at=grade.graded_at if graded else None,
    )


@transaction.atomic
def post_grades(
    *,
    principal: Principal,
    assignment_id: int,
    is_posted: bool,
    enrollment_ids: Collection[int] | None,
) -> int:
    """Release the grades of an assignment to students, or hide them; return how many changed.

    ``enrollment_ids`` names some; None means all. Doing it again changes nothing. Four statements
    at any size. Raises ``AppError``: FORBIDDEN, NOT_FOUND, also for enrollments of other courses.
    """
    assignment = Assignment.objects.filter(pk=assignment_id).first()
    if assignment is None:
        raise not_found()
    policies.managed(principal, assignment.course_id)
    found = Grade.objects.select_for_update().filter(
        assignment_id=assignment_id, posted_at__isnull=is_posted
    )
    if enrollment_ids is not None:
        _check_are_in(assignment.course_id, set(enrollment_ids))
        found = found.filter(enrollment_id__in=list(enrollment_ids))
    now, grades, entries = clock.now(), list(found.order_by("id")), []
    for grade in grades:
        before = state_of(grade)
        grade.posted_at = now if is_posted else None
        grade.version += 1
        cause = Cause.POSTED if is_posted else Cause.HIDDEN
        entries.append(change(grade, before, cause, principal))
    Grade.objects.bulk_update(grades, ["posted_at", "version"], batch_size=500)
    GradeChange.objects.bulk_create(entries, batch_size=500)
    audit.record(
        action="grades.post" if is_posted else "grades.hide",
        actor=principal,
        target=f"assignment:{assignment_id}",
        details={"grades": len(grades)},
    )
    return len(grades)


def _check_are_in(course_id: int, enrollment_ids: set[int]) -> None:
    there = Enrollment.objects.filter(pk__in=enrollment_ids, course_id=course_id).count()
    if there != len(enrollment_ids):
        raise not_found()
