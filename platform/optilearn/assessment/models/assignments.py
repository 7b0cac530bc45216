"""Assignments and what was handed in for them."""

from __future__ import annotations

from django.db import models

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class Assignment(TenantModel):
    """A piece of work with a due date, a weight and a highest score."""

    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="assignments")
    lesson = TenantForeignKey(
        "courses.Lesson",
        models.CASCADE,
        null=True,
        related_name="assignments",
        together=("course_id",),
    )
    title = models.TextField()
    kind = models.TextField(default="ASSIGNMENT")
    due_at = models.DateTimeField(null=True)
    weight = models.DecimalField(max_digits=6, decimal_places=2, default=1)
    max_score = models.DecimalField(max_digits=8, decimal_places=2, default=100)
    pass_mark = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    """Percent of ``max_score``; null means 40."""
    group = TenantForeignKey(
        "assessment.GradeGroup", null=True, related_name="assignments", together=("course_id",)
    )
    is_extra_credit = models.BooleanField(db_default=False)
    is_never_dropped = models.BooleanField(db_default=False)
    counts = models.BooleanField(db_default=True)
    """False: graded, but no part of the course's total."""
    posts_manually = models.BooleanField(db_default=False)
    """Students see grades when they are released, not when they are given."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "id", "course"], name="assignment_of_course"
            ),
            models.CheckConstraint(
                condition=models.Q(max_score__gt=0), name="assignment_max_score"
            ),
        ]
        indexes = [models.Index(fields=["institution", "course"], name="assignment_by_course")]


class Submission(TenantModel):
    """One submission of one student. A resubmission is a row of its own."""

    class Status(models.TextChoices):
        SUBMITTED = "SUBMITTED"
        GRADED = "GRADED"
        RETURNED = "RETURNED"

    assignment = TenantForeignKey(Assignment, related_name="submissions", together=("course_id",))
    enrollment = TenantForeignKey(
        "enrollment.Enrollment",
        related_name="submissions",
        together=("student_id", "course_id"),
    )
    student = TenantForeignKey("people.Person", related_name="+", enforced=False)
    course = TenantForeignKey("courses.Course", related_name="+", enforced=False)
    status = models.TextField(choices=Status.choices, default=Status.SUBMITTED)
    submitted_at = models.DateTimeField()
    score = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    is_late = models.BooleanField(default=False)
    is_banked = models.BooleanField(default=False)
    """Carried over from an earlier run of the course."""
    graded_at = models.DateTimeField(null=True)
    attempt = TenantForeignKey("assessment.Attempt", null=True, related_name="submissions")
    """The attempt at a quiz that it is."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "attempt"], name="submission_of_attempt")
        ]
        indexes = [
            models.Index(fields=["institution", "assignment"], name="submission_by_assignment"),
            models.Index(fields=["institution", "enrollment"], name="submission_by_enrollment"),
            models.Index(
                fields=["institution", "graded_at"],
                condition=models.Q(graded_at__isnull=False),
                name="submission_by_grading",
            ),
        ]
