"""Peer review: its settings for an assignment, the reviews, and what they add up to."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class PeerReviewSettings(TenantModel):
    """The peer review of an assignment; without a row there is none."""

    class SetsScore(models.TextChoices):
        """The number of the reviews that becomes the grade."""

        NONE = "NONE"
        MEDIAN = "MEDIAN"
        AVERAGE = "AVERAGE"

    assignment = TenantForeignKey(
        "assessment.Assignment", models.CASCADE, related_name="+", together=("course_id",)
    )
    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="+", enforced=False)
    review_count = models.SmallIntegerField(default=0)
    """Reviewers for each student's work; 0: off."""
    due_at = models.DateTimeField(null=True)
    is_anonymous = models.BooleanField(default=True)
    """Reviewers never know the author; this says whether authors know the reviewers."""
    sets_score = models.TextField(choices=SetsScore.choices, default=SetsScore.MEDIAN)
    flag_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True, default=25)
    """A review that is farther from the median than this part of the highest score is flagged;
    null: none is."""
    seed = models.BigIntegerField()
    """Decides between reviewers with the same load; an allocation can be repeated with it."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "assignment"], name="peer_review_settings_once"
            ),
            models.CheckConstraint(
                condition=models.Q(review_count__gte=0), name="peer_review_count_not_negative"
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "course"], name="peer_settings_by_course"),
            models.Index(
                fields=["institution", "due_at"],
                condition=models.Q(due_at__isnull=False),
                name="peer_settings_by_due",
            ),
        ]


class PeerReview(TenantModel):
    """One person's review of one student's work. A resubmission doesn't make it another one."""

    class Status(models.TextChoices):
        PENDING = "PENDING"
        SUBMITTED = "SUBMITTED"
        FLAGGED = "FLAGGED"
        """Submitted, and far from the median."""

    class Decision(models.TextChoices):
        """A manager's verdict on a review."""

        INCLUDED = "INCLUDED"
        EXCLUDED = "EXCLUDED"

    assignment = TenantForeignKey(
        "assessment.Assignment", models.CASCADE, related_name="+", together=("course_id",)
    )
    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="+", enforced=False)
    submission = TenantForeignKey("assessment.Submission", models.CASCADE, related_name="+")
    """The author's newest when it was submitted; of a pending one, now."""
    enrollment = TenantForeignKey(
        "enrollment.Enrollment", related_name="+", together=("student_id", "course_id")
    )
    """The author's."""
    student = TenantForeignKey("people.Person", related_name="+", enforced=False)
    """The author."""
    reviewer = TenantForeignKey("people.Person", related_name="+")
    reviewer_enrollment = TenantForeignKey("enrollment.Enrollment", null=True, related_name="+")
    """Null: a manager filled in."""
    status = models.TextField(choices=Status.choices, default=Status.PENDING)
    decision = models.TextField(choices=Decision.choices, default="", blank=True)
    rubric_version = TenantForeignKey(
        "assessment.RubricVersion", models.RESTRICT, null=True, related_name="+"
    )
    """The newest when the review was assigned."""
    ratings = models.JSONField(default=list)
    """``[{criterion, level, points, comment}]``, as ``rubrics/content.py`` reads them."""
    score = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    """In points of the assignment."""
    comment = models.TextField(default="")
    """HTML, sanitized on the way in."""
    assigned_at = models.DateTimeField(db_default=Now())
    saved_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    """Since when a pending one can't be written: the deadline passed, or somebody left."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "assignment", "enrollment", "reviewer"],
                name="peer_review_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(reviewer=models.F("student")), name="peer_review_not_of_oneself"
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "reviewer"], name="peer_review_by_reviewer"),
            models.Index(fields=["institution", "submission"], name="peer_review_by_submission"),
        ]


class PeerReviewResult(TenantModel):
    """The numbers that the reviews of one student's work make."""

    assignment = TenantForeignKey(
        "assessment.Assignment", models.CASCADE, related_name="+", together=("course_id",)
    )
    enrollment = TenantForeignKey(
        "enrollment.Enrollment", related_name="+", together=("student_id", "course_id")
    )
    student = TenantForeignKey("people.Person", related_name="+", enforced=False)
    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="+", enforced=False)
    average = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    median = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    review_count = models.SmallIntegerField(default=0)
    """Submitted and not excluded."""
    submission = TenantForeignKey(
        "assessment.Submission", models.CASCADE, null=True, related_name="+"
    )
    """In effect when the last review came in; null: some are still to come."""
    completed_at = models.DateTimeField(null=True)
    announced_at = models.DateTimeField(null=True)
    """The student was notified that the reviews of ``submission`` are in."""
    is_stale = models.BooleanField(default=False)
    """Something that it depends on has changed; the worker computes it anew."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "assignment", "enrollment"], name="peer_result_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["institution", "assignment"],
                condition=models.Q(announced_at__isnull=True),
                name="peer_result_unannounced",
            ),
            models.Index(
                fields=["institution", "assignment"],
                condition=models.Q(is_stale=True),
                name="peer_result_stale",
            ),
        ]
