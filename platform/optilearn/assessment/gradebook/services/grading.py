"""The grading of a course: its policy, its groups, and how assignments count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from optilearn.assessment import policies
from optilearn.assessment.gradebook.services.lateness import deduct_anew
from optilearn.assessment.models import Assignment, GradeGroup, GradingPolicy
from optilearn.core import audit
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode

_OF_LATENESS = frozenset({"late_percent", "late_interval", "late_lowest_percent"})


@transaction.atomic
def update_policy(*, principal: Principal, course_id: int, values: Mapping[str, Any]) -> None:
    """Change what ``values`` names of a course's policy.

    A changed rule for late work changes the grades that it was applied to, each with an entry in
    its history. Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    policies.managed(principal, course_id)
    GradingPolicy.objects.get_or_create(course_id=course_id)
    policy = GradingPolicy.objects.select_for_update().get(course_id=course_id)
    for name, value in values.items():
        setattr(policy, name, value)
    policy.save()
    if _OF_LATENESS & values.keys():
        deduct_anew(principal, policy)
    audit.record(
        action="grading.update",
        actor=principal,
        target=f"course:{course_id}",
        details={"fields": sorted(values)},
    )


@transaction.atomic
def add_group(*, principal: Principal, course_id: int, values: Mapping[str, Any]) -> int:
    """Add a group at the end; return its id. Raises ``AppError`` FORBIDDEN, NOT_FOUND."""
    policies.managed(principal, course_id)
    last = GradeGroup.objects.filter(course_id=course_id).aggregate(last=Max("position"))["last"]
    group = GradeGroup.objects.create(course_id=course_id, position=(last or 0) + 1, **values)
    audit.record(action="grade_group.create", actor=principal, target=f"grade-group:{group.pk}")
    return group.pk


@transaction.atomic
def update_group(*, principal: Principal, group_id: int, values: Mapping[str, Any]) -> int:
    """Change a group; return the id of its course. Raises ``AppError`` FORBIDDEN, NOT_FOUND."""
    group = _group(principal, group_id)
    for name, value in values.items():
        setattr(group, name, value)
    group.save()
    audit.record(action="grade_group.update", actor=principal, target=f"grade-group:{group_id}")
    return int(group.course_id)


@transaction.atomic
def delete_group(*, principal: Principal, group_id: int) -> None:
    """Delete a group; its assignments have none then. Raises ``AppError`` FORBIDDEN, NOT_FOUND."""
    group = _group(principal, group_id)
    Assignment.objects.filter(group_id=group_id).update(group=None)
    group.delete()
    audit.record(action="grade_group.delete", actor=principal, target=f"grade-group:{group_id}")


def _group(principal: Principal, group_id: int) -> GradeGroup:
    group = GradeGroup.objects.select_for_update().filter(pk=group_id).first()
    if group is None:
        raise not_found()
    policies.managed(principal, group.course_id)
    return group


@transaction.atomic
def update_item(*, principal: Principal, assignment_id: int, values: Mapping[str, Any]) -> int:
    """Change how an assignment counts; return the id of its course.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND, VALIDATION_ERROR for another course's group, or
    grades of anonymous work that would be released at once.
    """
    assignment = Assignment.objects.select_for_update().filter(pk=assignment_id).first()
    if assignment is None:
        raise not_found()
    policies.managed(principal, assignment.course_id)
    group_id = values.get("group_id")
    groups = GradeGroup.objects.filter(course_id=assignment.course_id)
    if group_id is not None and not groups.filter(pk=group_id).exists():
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("The course has no such group."),
            [{"path": "/groupId"}],
        )
    for name, value in values.items():
        setattr(assignment, name, value)
    if assignment.is_anonymous and not assignment.posts_manually:
        raise AppError(
            ErrorCode.VALIDATION_ERROR,
            _("Anonymous marking needs grades that are released by hand."),
            [{"path": "/postsManually"}],
        )
    assignment.save()
    audit.record(
        action="assignment.grading",
        actor=principal,
        target=f"assignment:{assignment_id}",
        details={"fields": sorted(values)},
    )
    return int(assignment.course_id)
