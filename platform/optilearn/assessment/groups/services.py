"""Writes of groups of students, by managers of the course."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.assessment import policies
from optilearn.assessment.models import Assignment, GroupMember, GroupSet, StudentGroup
from optilearn.core import audit
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.enrollment.models import Enrollment


@dataclass(frozen=True)
class NewGroup:
    """A group: its name, and the enrollments of its members."""

    name: str
    enrollment_ids: tuple[int, ...]


@transaction.atomic
def add_group_set(
    *, principal: Principal, course_id: int, name: str, groups: Sequence[NewGroup]
) -> int:
    """Divide a course's students into groups; return the id of the set.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND also for enrollments of other courses,
    VALIDATION_ERROR for a student in two groups.
    """
    policies.managed(principal, course_id)
    created = GroupSet.objects.create(course_id=course_id, name=name)
    _fill(created, groups)
    audit.record(action="group_set.create", actor=principal, target=f"group-set:{created.pk}")
    return created.pk


@transaction.atomic
def update_group_set(
    *, principal: Principal, group_set_id: int, name: str, groups: Sequence[NewGroup]
) -> int:
    """Replace a set's name and groups; return the id of its course.

    What was handed in stays as it was. Raises as ``add_group_set``.
    """
    found = _locked(principal, group_set_id)
    found.name = name
    found.save()
    StudentGroup.objects.filter(group_set_id=group_set_id).delete()
    _fill(found, groups)
    audit.record(action="group_set.update", actor=principal, target=f"group-set:{group_set_id}")
    return int(found.course_id)


@transaction.atomic
def delete_group_set(*, principal: Principal, group_set_id: int) -> None:
    """Delete a set that no assignment has. Raises ``AppError`` FORBIDDEN, NOT_FOUND, CONFLICT."""
    found = _locked(principal, group_set_id)
    if Assignment.objects.filter(group_set_id=group_set_id).exists():
        raise AppError(ErrorCode.CONFLICT, _("An assignment has these groups."))
    found.delete()
    audit.record(action="group_set.delete", actor=principal, target=f"group-set:{group_set_id}")


def _locked(principal: Principal, group_set_id: int) -> GroupSet:
    found = GroupSet.objects.select_for_update(no_key=True).filter(pk=group_set_id).first()
    if found is None:
        raise not_found()
    policies.managed(principal, found.course_id)
    return found


def _fill(group_set: GroupSet, groups: Sequence[NewGroup]) -> None:
    students = _students(group_set.course_id, {key for one in groups for key in one.enrollment_ids})
    seen: set[int] = set()
    for index, one in enumerate(groups):
        if seen & set(one.enrollment_ids) or len(set(one.enrollment_ids)) < len(one.enrollment_ids):
            raise AppError(
                ErrorCode.VALIDATION_ERROR,
                _("A student can be in one group of a set."),
                [{"path": f"/groups/{index}/enrollmentIds"}],
            )
        seen |= set(one.enrollment_ids)
    created = StudentGroup.objects.bulk_create(
        StudentGroup(group_set=group_set, course_id=group_set.course_id, name=one.name)
        for one in groups
    )
    GroupMember.objects.bulk_create(
        GroupMember(
            group=group,
            group_set_id=group_set.pk,
            enrollment_id=key,
            student_id=students[key],
            course_id=group_set.course_id,
        )
        for group, one in zip(created, groups, strict=True)
        for key in one.enrollment_ids
    )


def _students(course_id: int, enrollment_ids: Collection[int]) -> dict[int, int]:
    found = dict(
        Enrollment.objects.filter(pk__in=enrollment_ids, course_id=course_id).values_list(
            "id", "student_id"
        )
    )
    if len(found) != len(enrollment_ids):
        raise not_found()
    return found
