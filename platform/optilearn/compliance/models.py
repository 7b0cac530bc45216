"""Requirements, who owes what by when, and the evidence for it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class Requirement(TenantModel):
    """Something that everybody of an audience must do by a day, once or again and again."""

    title = models.TextField()
    description = models.TextField(default="")
    course = TenantForeignKey("courses.Course", null=True, related_name="+")
    """Completing it fulfils the requirement."""
    accepts_evidence = models.BooleanField()
    """Evidence fulfils it, once an administrator accepts it."""
    roles = ArrayField(models.TextField(), default=list)
    class_ids = ArrayField(models.TextField(), default=list)
    """OptiCRM's ids of classes; with the roles and ``RequirementPerson`` the audience."""
    first_period = models.IntegerField(default=0)
    """The number of the period that is due on ``first_due_on``."""
    first_due_on = models.DateField()
    """The due date that the rule counts from, on the institution's calendar."""
    rule = models.TextField(default="")
    """RFC 5545 as it was written; empty: due once."""
    canonical_rule = models.TextField(default="")
    """The same in the canonical form of ``core.recurrence``."""
    ends_on = models.DateField(null=True)
    """The last day on which the rule may have a date."""
    last_period = models.IntegerField(null=True)
    """The last period that people owe something for."""
    grace_days = models.SmallIntegerField(default=0)
    remind_days = ArrayField(models.SmallIntegerField(), default=list)
    """Days before the due date at which people are reminded."""
    escalate_days = models.SmallIntegerField(null=True)
    """Days after due date and grace at which heads are told; null: never."""
    escalate_roles = ArrayField(models.TextField(), default=list)
    version = models.IntegerField(default=1)
    created_by = TenantForeignKey("people.Person", related_name="+")
    request_id = models.TextField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    archived_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "created_by", "request_id"],
                name="requirement_request_once",
            ),
            models.CheckConstraint(
                condition=models.Q(course__isnull=False) | models.Q(accepts_evidence=True),
                name="requirement_can_be_met",
            ),
        ]
        indexes = [models.Index(fields=["institution", "course"], name="requirement_by_course")]


class RequirementPerson(TenantModel):
    """A person whom a requirement names."""

    requirement = TenantForeignKey(Requirement, models.CASCADE, related_name="people")
    person = TenantForeignKey("people.Person", models.CASCADE, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "requirement", "person"], name="requirement_person_once"
            )
        ]
        indexes = [models.Index(fields=["institution", "person"], name="requirement_by_person")]


class Obligation(TenantModel):
    """The duty of one person for one period of a requirement.

    OVERDUE isn't stored: it is PENDING from ``overdue_on`` on (``rules.status_on``).
    """

    class Status(models.TextChoices):
        PENDING = "PENDING"
        MET = "MET"
        OVERDUE = "OVERDUE"
        WAIVED = "WAIVED"
        WITHDRAWN = "WITHDRAWN"
        """The person left the audience, or the requirement was archived, before it was met."""

    class MetBy(models.TextChoices):
        COURSE = "COURSE"
        EVIDENCE = "EVIDENCE"

    requirement = TenantForeignKey(Requirement, models.CASCADE, related_name="+")
    person = TenantForeignKey("people.Person", related_name="+")
    title = models.TextField()
    """Of the requirement: snapshots see changes of the row alone."""
    period = models.IntegerField()
    """The number of the period, from 0."""
    starts_on = models.DateField(null=True)
    """A completion before this day doesn't count; null: each does."""
    due_on = models.DateField()
    overdue_on = models.DateField()
    """The first day on which it is overdue: after the due date and its grace."""
    met_at = models.DateTimeField(null=True)
    met_by = models.TextField(choices=MetBy.choices, default="")
    enrollment = TenantForeignKey("enrollment.Enrollment", null=True, related_name="+")
    """The enrollment whose completion met it."""
    waived_at = models.DateTimeField(null=True)
    waived_by = TenantForeignKey("people.Person", null=True, related_name="+")
    waiver_reason = models.TextField(default="")
    withdrawn_at = models.DateTimeField(null=True)
    reminded_days = models.SmallIntegerField(null=True)
    """The last reminder that was sent for this due date, by its days before it."""
    escalated_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "requirement", "person", "period"],
                name="obligation_once",
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(met_at__isnull=True, waived_at__isnull=True)
                    | models.Q(met_at__isnull=True, withdrawn_at__isnull=True)
                    | models.Q(waived_at__isnull=True, withdrawn_at__isnull=True)
                ),
                name="obligation_one_end",
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(met_at__isnull=True, met_by="")
                    | models.Q(met_at__isnull=False, met_by__in=["COURSE", "EVIDENCE"])
                ),
                name="obligation_met_by",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "person", "due_on"], name="obligation_by_person"),
            models.Index(fields=["institution", "enrollment"], name="obligation_by_enrollment"),
            models.Index(
                fields=["institution", "due_on"],
                condition=models.Q(
                    met_at__isnull=True, waived_at__isnull=True, withdrawn_at__isnull=True
                ),
                name="obligation_open",
            ),
        ]


class Evidence(TenantModel):
    """A statement or a file that a person hands in for an obligation, or both."""

    class Status(models.TextChoices):
        SUBMITTED = "SUBMITTED"
        ACCEPTED = "ACCEPTED"
        REJECTED = "REJECTED"

    obligation = TenantForeignKey(Obligation, models.CASCADE, related_name="evidence")
    person = TenantForeignKey("people.Person", related_name="+")
    text = models.TextField(default="")
    file = TenantForeignKey("files.File", models.RESTRICT, null=True, related_name="+")
    status = models.TextField(choices=Status.choices, default=Status.SUBMITTED)
    request_id = models.TextField()
    submitted_at = models.DateTimeField()
    decided_by = TenantForeignKey("people.Person", null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(default="")
    """The administrator's, for the decision."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "obligation", "request_id"], name="evidence_request_once"
            )
        ]
        indexes = [
            models.Index(fields=["institution", "person"], name="evidence_by_person"),
            models.Index(fields=["institution", "file"], name="evidence_by_file"),
        ]
