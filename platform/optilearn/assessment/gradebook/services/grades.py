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
from optilearn.assessment.gradebook.services.locks import lock_enrollment
from optilearn.assessment.gradebook.totals.late import rounded
from optilearn.assessment.models import (
    Assignment,
    Grade,
    GradeChange,
    GradingPolicy,
    Quiz,
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
    lock_enrollment(enrollment_id)
    grade, is_new, submitted = _locked(assignment, enrollment, version)
    policy = _policy(assignment.course_id)
    before, comment = state_of(grade), grade.comment
    _set(grade, given, policy, is_new=is_new)
    deduct(grade, late_policy(policy), submitted)
    _decide(principal, grade, before, is_new=is_new)
    has_changed = state_of(grade) != before
    if not is_new and (has_changed or grade.comment != comment):
        grade.version += 1
    grade.save()
    if has_changed or given.reason:
        says = None if is_new and before["points"] is None else before
        change(grade, says, Cause.MANUAL, principal, given.reason).save()
    if has_changed and submitted is not None and not submitted.is_attempt:
        _score_submission(grade, submitted)
    if grade.grader_id is None:
        _grade_by_attempts(grade, principal)
    audit.record(
        action="grade.set",
        actor=principal,
        target=f"assignment:{assignment_id}",
        details={"enrollment": enrollment_id},
    )
    return int(assignment.course_id)


def _decide(principal: Principal, grade: Grade, before: dict[str, Any], *, is_new: bool) -> None:
    """Note who graded, and when students see it: a grade without points is nobody's.

    A grade that was hidden stays hidden when it changes.
    """
    is_graded = grade.points is not None or grade.is_excused
    was_graded = before["points"] is not None or before["isExcused"]
    if state_of(grade) != before or not is_graded:
        grade.grader_id = principal.caller_id if is_graded else None
        grade.graded_at = clock.now() if is_graded else None
    may_post = grade.posted_at is None and not grade.assignment.posts_manually
    if may_post and is_graded and (is_new or not was_graded):
        grade.posted_at = clock.now()


def _locked(
    assignment: Assignment, enrollment: Enrollment, version: int
) -> tuple[Grade, bool, Newest | None]:
    """Return the grade, its row locked, whether it is new, and the newest submission.

    A new one begins with the score that an imported submission has.
    """
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
    submitted = newest([grade]).get((assignment.pk, enrollment.pk))
    if is_new and submitted is not None and not submitted.is_attempt:
        grade.raw_points = grade.points = submitted.score
        grade.graded_at = submitted.graded_at
    return grade, is_new, submitted


def _policy(course_id: int) -> GradingPolicy:
    found = GradingPolicy.objects.filter(course_id=course_id).first()
    return found or GradingPolicy(course_id=course_id)


def _set(grade: Grade, given: Given, policy: GradingPolicy, *, is_new: bool) -> None:
    """Set what is given; nothing given removes a grade, and leaves a new one as it began."""
    points = _points(given, grade.assignment.max_score, policy)
    if points is not None or given.is_excused or not is_new:
        grade.raw_points = points
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


def _score_submission(grade: Grade, submitted: Newest) -> None:
    """The newest submission has the score that counts, which reports average."""
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

    ``enrollment_ids`` names some; None means all. Doing it again changes nothing. Six statements
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
    _adopt(assignment, enrollment_ids)
    if enrollment_ids is not None:
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


def _grade_by_attempts(grade: Grade, author: Principal) -> None:
    """A quiz's grade that nobody has set is that of the attempts, if there are any."""
    from optilearn.assessment.quizzes.services.results import (  # noqa: PLC0415 - a circle
        grade_attempts,
    )

    quiz = Quiz.objects.select_related("assignment").filter(assignment=grade.assignment).first()
    if quiz is not None:
        grade_attempts(quiz, [grade.enrollment_id], author)


def _check_are_in(course_id: int, enrollment_ids: set[int]) -> None:
    there = Enrollment.objects.filter(pk__in=enrollment_ids, course_id=course_id).count()
    if there != len(enrollment_ids):
        raise not_found()


def _adopt(assignment: Assignment, enrollment_ids: Collection[int] | None) -> None:
    """Make grades of scores that imported submissions have, so that they can be hidden too."""
    scored = Submission.objects.filter(
        assignment_id=assignment.pk, score__isnull=False, attempt=None
    ).exclude(enrollment__in=Grade.objects.filter(assignment=assignment).values("enrollment"))
    if enrollment_ids is not None:
        scored = scored.filter(enrollment_id__in=list(enrollment_ids))
    latest = {one.enrollment_id: one for one in scored.order_by("submitted_at", "id")}
    Grade.objects.bulk_create(
        [
            Grade(
                assignment=assignment,
                enrollment_id=key,
                student_id=one.student_id,
                course_id=one.course_id,
                raw_points=one.score,
                points=one.score,
                graded_at=one.graded_at,
                posted_at=None if assignment.posts_manually else one.graded_at or clock.now(),
            )
            for key, one in latest.items()
        ],
        batch_size=500,
        ignore_conflicts=True,
    )
