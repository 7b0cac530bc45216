"""Students join learning paths, are added to them, and begin their courses."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.core import audit, clock
from optilearn.core.access.policies import not_found, require
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.sql import Row, rows
from optilearn.enrollment.services import enroll_from_path, hold_completions
from optilearn.people.services import lock_active_students
from optilearn.recognition.models import LearningPath, PathCourse, PathMember
from optilearn.recognition.paths import policies
from optilearn.recognition.paths.rules import Status, StepState, states_of
from optilearn.recognition.paths.selectors.paths import STEPS
from optilearn.recognition.paths.services.completing import complete


@transaction.atomic
def add_members(*, principal: Principal, path_id: int, student_ids: Sequence[int]) -> int:
    """Add students to a path, all or none; return how many weren't members.

    Who left comes back. Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT for a path that isn't
    published, VALIDATION_ERROR for who is no active student.
    """
    path = policies.managed(principal, path_id, lock=True)
    _check_is_published(path)
    wanted = sorted(set(student_ids))
    wrong = sorted(set(wanted) - lock_active_students(wanted))
    if wrong:
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("Only active students can take a path."),
            [
                {"path": "/studentIds", "code": "NOT_STUDENT", "message": str(student)}
                for student in wrong[:50]
            ],
        )
    added = _admit(path, wanted, added_by_id=principal.caller_id)
    audit.record(
        action="path.add_members",
        actor=principal,
        target=f"learning_path:{path_id}",
        details={"members": added},
    )
    return len(added)


@transaction.atomic
def join_path(*, principal: Principal, path_id: int) -> None:
    """Let the calling student take an open path; again changes nothing.

    Raises ``AppError``: FORBIDDEN for everybody but students, NOT_FOUND.
    """
    require(principal, policies.STUDENTS)
    path, member = policies.visible(principal, path_id)
    if member is None:
        _admit(path, [principal.person_id], added_by_id=None)


@transaction.atomic
def leave_path(*, principal: Principal, path_id: int) -> None:
    """Let the calling student leave a path; its courses and all work stay.

    Again changes nothing. Raises ``AppError``: FORBIDDEN for everybody but students, NOT_FOUND,
    CONFLICT for a path that was completed or that the school chose.
    """
    require(principal, policies.STUDENTS)
    member = _locked(path_id, principal.person_id)
    if member is None:
        raise not_found()
    if member.left_at is not None:
        return
    if member.added_by_id is not None:
        raise AppError(ErrorCode.CONFLICT, _("The school chose this path for you. Ask there."))
    _leave(member)


@transaction.atomic
def remove_member(*, principal: Principal, path_id: int, student_id: int) -> None:
    """Take a student off a path; enrollments and work stay. Again changes nothing.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT for who has completed it.
    """
    policies.managed(principal, path_id)
    member = _locked(path_id, student_id)
    if member is None:
        raise not_found()
    if member.left_at is not None:
        return
    _leave(member)
    audit.record(
        action="path.remove_member",
        actor=principal,
        target=f"learning_path:{path_id}",
        details={"student": student_id},
    )


def start_course(*, principal: Principal, path_id: int, course_id: int) -> int:
    """Enroll the calling student in a course of their path; return the enrollment's id.

    Targets, prerequisites and whether students enroll by themselves aren't asked, since the path
    stands for them; seats and fees are. Who is enrolled gets that enrollment. Raises ``AppError``:
    FORBIDDEN, NOT_FOUND, LESSON_LOCKED for a course that isn't unlocked, CONFLICT for a path or
    course that isn't published any more, ALREADY_ENROLLED for an enrollment that has ended,
    FEE_OVERDUE, COURSE_FULL.
    """
    require(principal, policies.STUDENTS)
    path, member = policies.visible(principal, path_id)
    if member is None:
        raise not_found()
    _check_is_published(path)
    steps = rows(STEPS, {"path": path_id, "student": principal.person_id})
    states = states_of(steps, is_sequential=path.is_sequential)
    by_course = {step["course_id"]: state for step, state in zip(steps, states, strict=True)}
    if course_id not in by_course:
        raise not_found()
    if by_course[course_id] is StepState.LOCKED:
        raise _locked_course(steps, states)
    return enroll_from_path(principal=principal, course_id=course_id)


def _admit(path: LearningPath, student_ids: Sequence[int], *, added_by_id: int | None) -> list[int]:
    """Make these students members; return the ids of memberships that are new or resumed."""
    hold_completions(PathCourse.objects.filter(path=path).values_list("course_id", flat=True))
    now = clock.now()
    PathMember.objects.bulk_create(
        (
            PathMember(
                path=path, student_id=student, joined_at=now, left_at=now, added_by_id=added_by_id
            )
            for student in student_ids
        ),
        ignore_conflicts=True,
    )
    absent = PathMember.objects.select_for_update(no_key=True).filter(
        path=path, student_id__in=student_ids, left_at__isnull=False
    )
    ids = list(absent.order_by("id").values_list("id", flat=True))
    PathMember.objects.filter(pk__in=ids).update(
        left_at=None, joined_at=now, added_by_id=added_by_id
    )
    complete(ids)
    return ids


def _locked(path_id: int, student_id: int) -> PathMember | None:
    own = PathMember.objects.filter(path_id=path_id, student_id=student_id)
    return own.select_for_update(no_key=True).first()


def _leave(member: PathMember) -> None:
    if member.completed_at is not None:
        raise AppError(ErrorCode.CONFLICT, _("This path is completed."))
    member.left_at = clock.now()
    member.save(update_fields=["left_at"])


def _locked_course(steps: Sequence[Row], states: Sequence[StepState]) -> AppError:
    """Return the refusal of a course that isn't unlocked, with the one to complete next."""
    step = next(
        step for step, state in zip(steps, states, strict=True) if state is not StepState.COMPLETED
    )
    return AppError(
        ErrorCode.LESSON_LOCKED,
        _("Complete the courses before this one first."),
        {
            "reason": "PATH",
            "next": {"id": step["course_id"], "code": step["code"], "title": step["title"]},
        },
    )


def _check_is_published(path: LearningPath) -> None:
    if path.status != Status.PUBLISHED:
        raise AppError(ErrorCode.CONFLICT, _("This path isn't published."))
