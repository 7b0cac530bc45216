"""Groups of students in a course, which hand in work together."""

from __future__ import annotations

from django.db import models

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class GroupSet(TenantModel):
    """A way to divide a course's students into groups."""

    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="+")
    name = models.TextField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "id", "course"], name="group_set_of_course"
            )
        ]
        indexes = [models.Index(fields=["institution", "course"], name="group_set_by_course")]


class StudentGroup(TenantModel):
    """A group of a set."""

    group_set = TenantForeignKey(
        GroupSet, models.CASCADE, related_name="groups", together=("course_id",)
    )
    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="+", enforced=False)
    name = models.TextField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "id", "group_set"], name="student_group_of_set"
            )
        ]
        indexes = [models.Index(fields=["institution", "group_set"], name="student_group_by_set")]


class GroupMember(TenantModel):
    """A student in a group; in each set a student is in one group."""

    group = TenantForeignKey(
        StudentGroup, models.CASCADE, related_name="members", together=("group_set_id",)
    )
    group_set = TenantForeignKey(GroupSet, models.CASCADE, related_name="+", enforced=False)
    enrollment = TenantForeignKey(
        "enrollment.Enrollment",
        models.CASCADE,
        related_name="+",
        together=("student_id", "course_id"),
    )
    student = TenantForeignKey("people.Person", related_name="+", enforced=False)
    course = TenantForeignKey("courses.Course", related_name="+", enforced=False)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "enrollment", "group_set"], name="group_member_once"
            )
        ]
        indexes = [models.Index(fields=["institution", "group"], name="group_member_by_group")]
