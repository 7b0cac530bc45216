"""Learning paths: courses in an order, and the students who take them."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class LearningPath(TenantModel):
    """Courses in an order. Its members' progress follows from their enrollments; none is stored."""

    class Status(models.TextChoices):
        DRAFT = "DRAFT"
        PUBLISHED = "PUBLISHED"
        ARCHIVED = "ARCHIVED"

    title = models.TextField()
    description = models.TextField(default="")
    status = models.TextField(choices=Status.choices, default=Status.DRAFT)
    is_sequential = models.BooleanField(default=True)
    """True if members begin a course only after those before it are completed."""
    is_open = models.BooleanField(default=False)
    """True if students may join by themselves."""
    awards_certificate = models.BooleanField(default=False)
    valid_months = models.SmallIntegerField(null=True)
    """Months for which its certificates are valid; null: for ever."""
    template = TenantForeignKey(
        "recognition.CertificateTemplate", models.RESTRICT, null=True, related_name="+"
    )
    """Null: the institution's default."""
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "title"], name="learning_path_title"),
            models.CheckConstraint(
                condition=models.Q(valid_months__isnull=True) | models.Q(valid_months__gte=1),
                name="learning_path_valid_months",
            ),
        ]


class PathCourse(TenantModel):
    """A course's place in a path."""

    path = TenantForeignKey(LearningPath, models.CASCADE, related_name="steps")
    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="+")
    position = models.SmallIntegerField()
    """From 1."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "path", "course"], name="path_course_once"
            ),
            models.UniqueConstraint(
                fields=["institution", "path", "position"], name="path_course_position"
            ),
        ]
        indexes = [models.Index(fields=["institution", "course"], name="path_by_course")]


class PathMember(TenantModel):
    """A student who takes a path, or left it."""

    path = TenantForeignKey(LearningPath, models.RESTRICT, related_name="members")
    student = TenantForeignKey("people.Person", related_name="+")
    joined_at = models.DateTimeField()
    added_by = TenantForeignKey("people.Person", null=True, related_name="+")
    """The administrator; null: the student joined."""
    left_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    """All courses were completed; nothing undoes it."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "student", "path"], name="path_member_once"
            ),
            models.UniqueConstraint(
                fields=["institution", "id", "student"], name="path_member_identity"
            ),
        ]
        indexes = [models.Index(fields=["institution", "path"], name="members_of_path")]
