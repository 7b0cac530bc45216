"""Writes of rubrics: each change of the criteria is a version, and marks stay with theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.assessment import policies as assessment_policies
from optilearn.assessment.gradebook.services.lateness import deduct_anew_of
from optilearn.assessment.gradebook.services.locks import lock_course
from optilearn.assessment.models import (
    Assignment,
    Grade,
    PeerReview,
    Rubric,
    RubricVersion,
    Submission,
    SubmissionMark,
)
from optilearn.assessment.peer_reviews.services.points import scale_reviews
from optilearn.assessment.rubrics import policies
from optilearn.assessment.rubrics.content import RubricCriterion, criteria_of, possible_of
from optilearn.assessment.rubrics.selectors import newest_version
from optilearn.core import audit, clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode


@transaction.atomic
def add_rubric(
    *, principal: Principal, course_id: int, title: str, criteria: Sequence[RubricCriterion]
) -> int:
    """Add a rubric to a course; return its id. Raises ``AppError`` FORBIDDEN, NOT_FOUND."""
    assessment_policies.managed(principal, course_id)
    created = Rubric.objects.create(course_id=course_id, title=title)
    _add_version(
        created, [one.model_dump(mode="json", by_alias=True) for one in criteria], principal
    )
    audit.record(action="rubric.create", actor=principal, target=f"rubric:{created.pk}")
    return created.pk


@transaction.atomic
def update_rubric(
    *, principal: Principal, rubric_id: int, values: Mapping[str, Any], version: int | None
) -> None:
    """Change a rubric; other criteria are a new version, and marks stay as they were.

    Assignments that have it follow its points, unless grades were given. Raises ``AppError``:
    FORBIDDEN, NOT_FOUND, CONFLICT for an old ``version`` (None isn't asked), or points that
    change under grades.
    """
    known = policies.managed_rubric(principal, rubric_id)
    lock_course(known.course_id)
    rubric = policies.managed_rubric(principal, rubric_id, lock=True)
    if version is not None and rubric.version != version:
        raise AppError(
            ErrorCode.CONFLICT,
            _("Somebody else has changed this rubric. Reload it and try again."),
            {"version": rubric.version},
        )
    if "title" in values:
        rubric.title = values["title"]
    if "is_archived" in values:
        archived_at = rubric.archived_at or clock.now()
        rubric.archived_at = archived_at if values["is_archived"] else None
    if "criteria" in values:
        _change_criteria(principal, rubric, values["criteria"])
    rubric.save()
    audit.record(
        action="rubric.update",
        actor=principal,
        target=f"rubric:{rubric_id}",
        details={"fields": sorted(values)},
    )


@transaction.atomic
def delete_rubric(*, principal: Principal, rubric_id: int) -> bool:
    """Delete a rubric; one that marks or reviews have is archived. Return True if it is gone.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT while an assignment has it.
    """
    rubric = policies.managed_rubric(principal, rubric_id, lock=True)
    if Assignment.objects.filter(rubric_id=rubric_id).exists():
        raise AppError(ErrorCode.CONFLICT, _("An assignment has this rubric. Take it off first."))
    used_by = (SubmissionMark, PeerReview)
    is_used = any(
        model.objects.filter(rubric_version__rubric_id=rubric_id).exists() for model in used_by
    )
    if is_used:
        rubric.archived_at = rubric.archived_at or clock.now()
        rubric.save()
    else:
        rubric.delete()
    audit.record(
        action="rubric.archive" if is_used else "rubric.delete",
        actor=principal,
        target=f"rubric:{rubric_id}",
    )
    return not is_used


@transaction.atomic
def copy_rubric(*, principal: Principal, rubric_id: int, course_id: int, title: str | None) -> int:
    """Copy a rubric's newest version into a course, also another one; return the copy's id.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND for either.
    """
    source = policies.managed_rubric(principal, rubric_id)
    assessment_policies.managed(principal, course_id)
    created = Rubric.objects.create(course_id=course_id, title=title or source.title)
    _add_version(created, newest_version(rubric_id).criteria, principal)
    audit.record(
        action="rubric.copy",
        actor=principal,
        target=f"rubric:{created.pk}",
        details={"source": rubric_id},
    )
    return created.pk


def _add_version(rubric: Rubric, criteria: list[Any], author: Principal) -> None:
    RubricVersion.objects.create(
        rubric=rubric,
        number=rubric.version,
        criteria=criteria,
        author_id=author.caller_id,
        created_at=clock.now(),
    )


def _change_criteria(
    principal: Principal, rubric: Rubric, criteria: Sequence[Mapping[str, Any]]
) -> None:
    before = newest_version(rubric.pk)
    changed = criteria_of(criteria)
    stored = [one.model_dump(mode="json", by_alias=True) for one in changed]
    if stored == before.criteria:
        return
    rubric.version += 1
    _add_version(rubric, stored, principal)
    possible = possible_of(changed)
    if possible != possible_of(criteria_of(before.criteria)):
        _follow(principal, rubric, possible)


def _follow(principal: Principal, rubric: Rubric, possible: Decimal) -> None:
    """Let assignments have the rubric's new points. Raises ``AppError`` CONFLICT under grades."""
    having = Assignment.objects.select_for_update(no_key=True).filter(rubric_id=rubric.pk)
    assignments = list(having.order_by("id"))
    keys = [one.pk for one in assignments]
    graded = Grade.objects.filter(assignment_id__in=keys, raw_points__isnull=False).exists()
    if graded or Submission.objects.filter(assignment_id__in=keys, score__isnull=False).exists():
        raise AppError(
            ErrorCode.CONFLICT,
            _("Grades were given with this rubric. Copy it to give other points."),
            [{"path": "/criteria"}],
        )
    if assignments and not possible:
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("This rubric gives no points: no criterion counts."),
            [{"path": "/criteria"}],
        )
    for assignment in assignments:
        scored, assignment.max_score = assignment.max_score, possible
        assignment.version += 1
        assignment.save()
        scale_reviews(assignment, scored)
        deduct_anew_of(principal, assignment)
