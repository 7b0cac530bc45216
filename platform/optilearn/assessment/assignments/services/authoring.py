"""Writes of assignments by managers of the course. Quizzes have services of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from optilearn.assessment import policies as assessment_policies
from optilearn.assessment.assignments import policies
from optilearn.assessment.assignments.services.points import change_points, rubric_points
from optilearn.assessment.gradebook.services.lateness import deduct_anew_of
from optilearn.assessment.gradebook.services.locks import lock_course
from optilearn.assessment.models import (
    Assignment,
    Grade,
    GradeGroup,
    GroupSet,
    Rubric,
    Submission,
)
from optilearn.core import audit, clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode, invalid
from optilearn.courses.models import Lesson
from optilearn.courses.services.richtext import sanitized
from optilearn.files.selectors import types_of

KIND: Final = "ASSIGNMENT"
CATEGORY: Final = "submissions"
_TIMES: Final = ("due_at", "closes_at", "opens_at")
_ACCEPTS: Final = {"TEXT": "accepts_text", "FILE": "accepts_files", "URL": "accepts_urls"}


@transaction.atomic
def add_assignment(*, principal: Principal, course_id: int, values: Mapping[str, Any]) -> int:
    """Add an assignment to a course; return its id.

    A rubric sets its points. Raises ``AppError``: FORBIDDEN, NOT_FOUND, VALIDATION_ERROR with the
    place.
    """
    assessment_policies.managed(principal, course_id)
    assignment = Assignment(course_id=course_id, kind=KIND)
    _set(assignment, values)
    if assignment.rubric_id is not None:
        assignment.max_score = rubric_points(assignment.rubric_id)
    assignment.save()
    audit.record(action="assignment.create", actor=principal, target=f"assignment:{assignment.pk}")
    return assignment.pk


@transaction.atomic
def update_assignment(
    *,
    principal: Principal,
    assignment_id: int,
    values: Mapping[str, Any],
    version: int | None,
    on_grades: str | None,
) -> None:
    """Change what ``values`` names of an assignment.

    Another due date moves lateness, and what it costs, with entries in history; other points
    scale grades or leave them, as ``on_grades`` says. Raises ``AppError``: FORBIDDEN, NOT_FOUND,
    CONFLICT for an old ``version`` (None isn't asked), or points that change under grades without
    ``on_grades``, VALIDATION_ERROR with the place.
    """
    known, _course = policies.managed_assignment(principal, assignment_id)
    lock_course(known.course_id)  # before the assignment, as those who hand in do
    assignment, _course = policies.managed_assignment(principal, assignment_id, lock=True)
    if version is not None and assignment.version != version:
        raise AppError(
            ErrorCode.CONFLICT,
            _("Somebody else has changed this assignment. Reload it and try again."),
            {"version": assignment.version},
        )
    times = [getattr(assignment, name) for name in _TIMES]
    possible = assignment.max_score
    _set(assignment, values)
    _check_points(assignment, values)
    assignment.version += 1
    assignment.save()
    if assignment.max_score != possible:
        change_points(assignment, possible, on_grades, principal)
    if assignment.max_score != possible or [getattr(assignment, name) for name in _TIMES] != times:
        deduct_anew_of(principal, assignment)
    audit.record(
        action="assignment.update",
        actor=principal,
        target=f"assignment:{assignment_id}",
        details={"fields": sorted(values)},
    )


@transaction.atomic
def delete_assignment(*, principal: Principal, assignment_id: int) -> None:
    """Delete an assignment that nobody has used.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT if there are submissions or grades.
    """
    known, _course = policies.managed_assignment(principal, assignment_id)
    lock_course(known.course_id)
    assignment, _course = policies.managed_assignment(principal, assignment_id, lock=True)
    submitted = Submission.objects.filter(assignment_id=assignment_id).exists()
    if submitted or Grade.objects.filter(assignment_id=assignment_id).exists():
        raise AppError(
            ErrorCode.CONFLICT,
            _("Students have handed in, or have grades. Archive the assignment instead."),
        )
    assignment.delete()
    audit.record(action="assignment.delete", actor=principal, target=f"assignment:{assignment_id}")


def _set(assignment: Assignment, values: Mapping[str, Any]) -> None:
    """Set the values, checked against each other and the course's records."""
    given = dict(values)
    types = given.pop("submission_types", None)
    if types is not None:
        for kind, name in _ACCEPTS.items():
            setattr(assignment, name, kind in types)
    if "instructions" in given:
        given["instructions"] = sanitized(given["instructions"])
    if "is_archived" in given:
        is_archived = given.pop("is_archived")
        assignment.archived_at = (assignment.archived_at or clock.now()) if is_archived else None
    group_set_id, is_anonymous = assignment.group_set_id, assignment.is_anonymous
    for name, value in given.items():
        setattr(assignment, name, value)
    _check_settings(assignment)
    _check_records(assignment, values)
    if assignment.pk and assignment.group_set_id != group_set_id:
        _check_unused(assignment)
    if assignment.pk and is_anonymous and not assignment.is_anonymous:
        _check_released(assignment)


def _check_settings(assignment: Assignment) -> None:
    moments = [assignment.opens_at, assignment.due_at, assignment.closes_at]
    ordered = [one for one in moments if one is not None]
    if ordered != sorted(ordered):
        raise invalid(_("The opening comes first, then the due date, then the close."), "/closesAt")
    if assignment.is_anonymous and not assignment.posts_manually:
        raise invalid(
            _("Anonymous marking needs grades that are released by hand."), "/postsManually"
        )
    if assignment.file_types is not None:
        unknown = sorted(set(assignment.file_types) - types_of(CATEGORY))
        if unknown:
            raise invalid(
                _("Files of this type can't be handed in: %(types)s.")
                % {"types": ", ".join(unknown)},
                "/fileTypes",
            )


def _check_records(assignment: Assignment, values: Mapping[str, Any]) -> None:
    """Check that what the values name is the course's. Raises ``AppError`` VALIDATION_ERROR."""
    course = assignment.course_id
    lessons = Lesson.objects.filter(kind=Lesson.Kind.ASSIGNMENT, archived_at=None, course_id=course)
    groups = GradeGroup.objects.filter(course_id=course)
    sets = GroupSet.objects.filter(course_id=course)
    rubrics = Rubric.objects.filter(archived_at=None, course_id=course)
    for name, path, found, message in (
        ("group_id", "/groupId", groups, _("The course has no such group.")),
        ("group_set_id", "/groupSetId", sets, _("The course has no such set of groups.")),
        ("rubric_id", "/rubricId", rubrics, _("The course has no such rubric.")),
        ("lesson_id", "/lessonId", lessons, _("The course has no such lesson for an assignment.")),
    ):
        key = values.get(name)
        if key is not None and not found.filter(pk=key).exists():
            raise invalid(message, path)


def _check_unused(assignment: Assignment) -> None:
    if Submission.objects.filter(assignment_id=assignment.pk).exists():
        raise AppError(
            ErrorCode.CONFLICT,
            _("Students have handed in: groups can't be changed any more."),
            [{"path": "/groupSetId"}],
        )


def _check_released(assignment: Assignment) -> None:
    """Names that markers don't see aren't shown by a setting, but by the release."""
    released = Grade.objects.filter(
        assignment_id=assignment.pk,
        enrollment_id=OuterRef("enrollment_id"),
        posted_at__isnull=False,
    )
    hidden = Submission.objects.filter(~Exists(released), assignment_id=assignment.pk)
    if hidden.exists():
        raise AppError(
            ErrorCode.CONFLICT,
            _("Students have handed in: marking stays anonymous until grades are released."),
            [{"path": "/isAnonymous"}],
        )


def _check_points(assignment: Assignment, values: Mapping[str, Any]) -> None:
    """A rubric says how many points there are; a change may not say something else."""
    if assignment.rubric_id is None:
        return
    possible = rubric_points(assignment.rubric_id)
    if "max_score" in values and values["max_score"] != possible:
        raise invalid(
            _("The rubric gives %(points)s points. Change it, or take it off.")
            % {"points": possible},
            "/maxScore",
        )
    if "rubric_id" in values:
        assignment.max_score = possible
