"""Marks of submissions, comments in them, and requests to grade again."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class SubmissionMark(TenantModel):
    """One marker's mark of a submission; provisional where the assignment is moderated."""

    submission = TenantForeignKey("assessment.Submission", models.CASCADE, related_name="marks")
    student = TenantForeignKey("people.Person", related_name="+")
    marker = TenantForeignKey("people.Person", related_name="+")
    rubric_version = TenantForeignKey(
        "assessment.RubricVersion", models.RESTRICT, null=True, related_name="+"
    )
    """The criteria that the ratings are of; null: marked without a rubric."""
    ratings = models.JSONField(null=True)
    points = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    """Null while a criterion that counts isn't rated."""
    comment = models.TextField(default="")
    updated_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "submission", "marker"], name="submission_mark_once"
            )
        ]
        indexes = [models.Index(fields=["institution", "rubric_version"], name="mark_by_rubric")]


class SubmissionComment(TenantModel):
    """A comment on a passage of a submission's text, or on all of it."""

    submission = TenantForeignKey("assessment.Submission", models.CASCADE, related_name="comments")
    student = TenantForeignKey("people.Person", related_name="+")
    author = TenantForeignKey("people.Person", related_name="+")
    start = models.IntegerField(null=True)
    """In characters of the plain text; null: about the whole submission."""
    end = models.IntegerField(null=True)
    quote = models.TextField(default="")
    """The passage as it was, so that the comment is understood without the text."""
    text = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["institution", "submission", "start"], name="comment_order")
        ]


class RegradeRequest(TenantModel):
    """A student's request to grade again; one open for each grade."""

    class Status(models.TextChoices):
        OPEN = "OPEN"
        ACCEPTED = "ACCEPTED"
        DECLINED = "DECLINED"

    grade = TenantForeignKey("assessment.Grade", models.CASCADE, related_name="regrade_requests")
    student = TenantForeignKey("people.Person", related_name="+")
    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="+")
    status = models.TextField(choices=Status.choices, default=Status.OPEN)
    points_before = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    points_after = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    opened_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "grade"],
                condition=models.Q(status="OPEN"),
                name="regrade_request_one_open",
            )
        ]
        indexes = [
            models.Index(fields=["institution", "course", "status"], name="regrade_by_course")
        ]


class RegradeMessage(TenantModel):
    """A message in the thread of a request: its reason, questions, the answer."""

    request = TenantForeignKey(RegradeRequest, models.CASCADE, related_name="messages")
    student = TenantForeignKey("people.Person", related_name="+")
    author = TenantForeignKey("people.Person", related_name="+")
    text = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["institution", "request", "created_at"], name="regrade_thread")
        ]
