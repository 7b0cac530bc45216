"""Reads of groups: sets for managers, and who hands in together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from optilearn.assessment import policies
from optilearn.assessment.models import Assignment, GroupMember, GroupSet, StudentGroup
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.enrollment.models import Enrollment
from optilearn.enrollment.rules import is_holding


@dataclass(frozen=True)
class HandingIn:
    """A student whose work is handed in."""

    enrollment_id: int
    student_id: int
    section_id: str
    is_caller: bool


def who_hands_in(assignment: Assignment, enrollment_id: int) -> list[HandingIn]:
    """Return the student, and the members of their group who hold a seat. At most two queries.

    Raises ``AppError`` CONFLICT for a student without a group, where there are groups.
    """
    together = {enrollment_id}
    if assignment.group_set_id is not None:
        group_id = group_of(assignment.group_set_id, enrollment_id)
        members = GroupMember.objects.filter(group_id=group_id)
        together |= set(members.values_list("enrollment_id", flat=True))
    found = Enrollment.objects.filter(pk__in=together).order_by("id")
    return [
        HandingIn(pk, student_id, section_id, is_caller=pk == enrollment_id)
        for pk, student_id, section_id, status in found.values_list(
            "id", "student_id", "student__section_id", "status"
        )
        if pk == enrollment_id or is_holding(status)
    ]


def group_of(group_set_id: int, enrollment_id: int) -> int:
    """Return the id of a student's group. Raises ``AppError`` CONFLICT if there is none."""
    own = GroupMember.objects.filter(group_set_id=group_set_id, enrollment_id=enrollment_id)
    group_id = own.values_list("group_id", flat=True).first()
    if group_id is None:
        raise AppError(
            ErrorCode.CONFLICT,
            _("You are in no group yet. Ask your teacher."),
            {"reason": "NO_GROUP"},
        )
    return int(group_id)


def name_of_group(group_set_id: int | None, enrollment_id: int) -> str | None:
    """Return the name of a student's group; None for none. At most one query."""
    if group_set_id is None:
        return None
    own = GroupMember.objects.filter(group_set_id=group_set_id, enrollment_id=enrollment_id)
    return own.values_list("group__name", flat=True).first()


def group_sets(principal: Principal, course_id: int) -> list[dict[str, Any]]:
    """Return a course's sets with their groups and members, for managers. Four queries.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    policies.managed(principal, course_id)
    members: dict[int, list[dict[str, Any]]] = {}
    found = GroupMember.objects.filter(course_id=course_id).order_by("student__name", "id")
    for one in found.values(
        "group_id", "enrollment_id", "student_id", "student__code", "student__name"
    ):
        student = {
            "enrollmentId": one["enrollment_id"],
            "id": one["student_id"],
            "code": one["student__code"],
            "name": one["student__name"],
        }
        members.setdefault(one["group_id"], []).append(student)
    groups: dict[int, list[dict[str, Any]]] = {}
    for group in StudentGroup.objects.filter(course_id=course_id).order_by("name", "id"):
        shown = {"id": group.pk, "name": group.name, "members": members.get(group.pk, [])}
        groups.setdefault(group.group_set_id, []).append(shown)
    return [
        {"id": one.pk, "name": one.name, "groups": groups.get(one.pk, [])}
        for one in GroupSet.objects.filter(course_id=course_id).order_by("name", "id")
    ]
