"""Giving, changing, releasing and hiding grades."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.assessment import policies
from optilearn.assessment.gradebook.selectors.setup import late_policy, letters_of, policy_of
from optilearn.assessment.gradebook.services.history import Cause, change, record, state_of
from optilearn.assessment.gradebook.services.lateness import Newest, deduct, newest
from optilearn.assessment.gradebook.services.locks import lock_enrollment
from optilearn.assessment.gradebook.services.setting import (
    begin,
    decide,
)
from optilearn.assessment.gradebook.totals.late import rounded
from optilearn.assessment.models import (
    Assignment,
    Grade,
    GradingPolicy,
    Quiz,
    Submission,
)
from optilearn.core import audit, clock
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode, invalid
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
    newest version, or while marking is anonymous, VALIDATION_ERROR.
    """
    assignment = Assignment.objects.filter(pk=assignment_id).first()
    if assignment is None:
        raise not_found()
    policies.managed(principal, assignment.course_id)
    check_is_named(assignment, enrollment_id)
    return set_grade(
        principal=principal,
        assignment_id=assignment_id,
        enrollment_id=enrollment_id,
        given=given,
        version=version,
    )


def check_is_named(assignment: Assignment, enrollment_id: int) -> None:
    """Refuse to grade somebody by name whose work is marked without it.

    Raises ``AppError`` CONFLICT.
    """
    if not assignment.is_anonymous:
        return
    own = Grade.objects.filter(assignment=assignment, enrollment_id=enrollment_id)
    if not own.filter(posted_at__isnull=False).exists():
        raise AppError(
            ErrorCode.CONFLICT,
            _("Marking is anonymous: grade the submission, until grades are released."),
            {"reason": "ANONYMOUS"},
        )


@transaction.atomic
def set_grade(
    *, principal: Principal, assignment_id: int, enrollment_id: int, given: Given, version: int
) -> int:
    """As ``give_grade``, also where marking is anonymous: for who grades a submission."""
    assignment = Assignment.objects.filter(pk=assignment_id).first()
    if assignment is None:
        raise not_found()
    policies.managed(principal, assignment.course_id)
    enrollment = Enrollment.objects.filter(pk=enrollment_id, course_id=assignment.course_id).first()
    if enrollment is None:
        raise not_found()
    lock_enrollment(enrollment_id)
    assignment.refresh_from_db(fields=["max_score", "posts_manually"])
    grade, is_new, submitted = _locked(assignment, enrollment, version)
    policy = policy_of(assignment.course_id)
    before, comment = state_of(grade), grade.comment
    _set(grade, given, policy, is_new=is_new)
    deduct(grade, late_policy(policy), submitted)
    decide(principal, grade, before, is_new=is_new)
    has_changed = state_of(grade) != before
    if not is_new and (has_changed or grade.comment != comment):
        grade.version += 1
    grade.save()
    if has_changed or given.reason:
        says = None if is_new and before["points"] is None else before
        record([change(grade, says, Cause.MANUAL, principal, given.reason)])
    if grade.grader_id is None:
        _grade_by_attempts(grade, principal)
        _grade_by_peers(grade)
    audit.record(
        action="grade.set",
        actor=principal,
        target=f"assignment:{assignment_id}",
        details={"enrollment": enrollment_id},
    )
    return int(assignment.course_id)


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
    if is_new:
        begin(grade, submitted)
    return grade, is_new, submitted


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
        raise invalid(_("Send points, a percent, a letter or excused: one of them."), "")
    if given.percent is not None:
        return rounded(possible * given.percent / 100)
    if given.letter is not None:
        try:
            percent = letters_of(policy.letters).percent_of(given.letter)
        except KeyError:
            raise invalid(_("The course has no such letter."), "/letter") from None
        return rounded(possible * percent / 100)
    return None if given.points is None else rounded(given.points)


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
    adopt_scores(assignment, enrollment_ids)
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
    record(entries)
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


def _grade_by_peers(grade: Grade) -> None:
    """A grade that nobody has set is that of the peers' reviews, if they are in."""
    from optilearn.assessment.peer_reviews.services.grades import (  # noqa: PLC0415 - a circle
        restore_grade,
    )

    restore_grade(grade.assignment, grade.enrollment_id)


def _check_are_in(course_id: int, enrollment_ids: set[int]) -> None:
    there = Enrollment.objects.filter(pk__in=enrollment_ids, course_id=course_id).count()
    if there != len(enrollment_ids):
        raise not_found()


def adopt_scores(assignment: Assignment, enrollment_ids: Collection[int] | None = None) -> None:
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
