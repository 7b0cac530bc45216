"""Certificates, and how they look."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class CertificateTemplate(TenantModel):
    """A layout of certificates. Its content is in versions, so that what was issued keeps its own.

    Without any the product's own layout is used.
    """

    name = models.TextField()
    is_default = models.BooleanField(default=False)
    """Courses that name no template have this one."""
    version = models.IntegerField(default=1)
    """The number of the newest version, which new certificates get."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "name"], name="certificate_template_name"
            ),
            models.UniqueConstraint(
                fields=["institution"],
                condition=models.Q(is_default=True),
                name="certificate_template_default",
            ),
        ]


class CertificateTemplateVersion(TenantModel):
    """The content of a template as some certificates have it. It never changes."""

    template = TenantForeignKey(CertificateTemplate, models.RESTRICT, related_name="versions")
    number = models.IntegerField()
    title = models.TextField(default="")
    """Empty: the usual words, in the institution's language."""
    text = models.TextField(default="")
    """Between the student's name and the course; empty: the usual words."""
    signatories = models.JSONField(default=list)
    """``[{name, role}]``, in their order from the left."""
    accent_color = models.TextField(default="#1f5fbf")
    logo = TenantForeignKey("files.File", null=True, related_name="+")
    author = TenantForeignKey("people.Person", null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "template", "number"],
                name="certificate_template_version_once",
            )
        ]


class CertificateSettings(TenantModel):
    """The certificate that a course awards; without a row it awards none."""

    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="+")
    is_enabled = models.BooleanField(default=False)
    valid_months = models.SmallIntegerField(null=True)
    """Null: certificates never expire."""
    template = TenantForeignKey(CertificateTemplate, models.RESTRICT, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "course"], name="certificate_settings_once"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_months__isnull=True) | models.Q(valid_months__gte=1),
                name="certificate_valid_months",
            ),
        ]


class CertificateNumber(TenantModel):
    """The last certificate number that was given in a year. Its row's lock keeps out gaps."""

    year = models.SmallIntegerField()
    last = models.IntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "year"], name="certificate_number_of_year"
            )
        ]


class Certificate(TenantModel):
    """That a student completed a course or a learning path, as it was at the certificate's issue.

    It is never deleted and, but for its revocation, never changed.
    """

    class State(models.TextChoices):
        """The state as it reads at some moment (``certificates/rules.py``); no column holds it."""

        VALID = "VALID"
        EXPIRED = "EXPIRED"
        REVOKED = "REVOKED"

    enrollment = TenantForeignKey(
        "enrollment.Enrollment", null=True, related_name="+", together=("student_id", "course_id")
    )
    """Null: for a learning path."""
    path_member = TenantForeignKey(
        "recognition.PathMember",
        models.RESTRICT,
        null=True,
        related_name="+",
        together=("student_id",),
    )
    """Null: for a course."""
    student = TenantForeignKey("people.Person", related_name="+", enforced=False)
    course = TenantForeignKey("courses.Course", null=True, related_name="+", enforced=False)
    issue = models.SmallIntegerField(default=1)
    """1: the first for what was completed, which is the only one that is issued by itself."""
    number = models.TextField()
    """For people: ``SPR-2026-000123``."""
    code = models.TextField()
    """The public code (``certificates/codes.py``)."""
    code_hash = models.BinaryField(max_length=32)
    """The look-up goes by it: how long that takes says nothing about a code."""
    student_name = models.TextField()
    course_title = models.TextField()
    """Or the path's."""
    institution_name = models.TextField()
    completed_at = models.DateTimeField(null=True)
    """Null where an imported record doesn't know it."""
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    """The end of its last day in the institution's zone; null: never."""
    template_version = TenantForeignKey(
        CertificateTemplateVersion, models.RESTRICT, null=True, related_name="+"
    )
    """Null: the product's own layout."""
    issued_by = TenantForeignKey("people.Person", null=True, related_name="+")
    """The administrator; null: issued because the course was completed."""
    replaces = TenantForeignKey("self", null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    revoked_by = TenantForeignKey("people.Person", null=True, related_name="+")
    revocation_reason = models.TextField(default="")
    """Public: the verification page shows it."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "enrollment", "issue"], name="certificate_once"
            ),
            models.UniqueConstraint(
                fields=["institution", "path_member", "issue"], name="path_certificate_once"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    enrollment__isnull=False, course__isnull=False, path_member__isnull=True
                )
                | models.Q(enrollment__isnull=True, course__isnull=True, path_member__isnull=False),
                name="certificate_of_course_or_path",
            ),
            models.UniqueConstraint(fields=["institution", "number"], name="certificate_number"),
            models.UniqueConstraint(fields=["institution", "code_hash"], name="certificate_code"),
        ]
        indexes = [
            models.Index(fields=["institution", "student"], name="certificate_by_student"),
            models.Index(
                fields=["institution", "course", "issued_at"], name="certificate_by_course"
            ),
            models.Index(fields=["institution", "issued_at"], name="certificate_by_issue"),
            models.Index(
                fields=["institution", "expires_at"],
                condition=models.Q(revoked_at__isnull=True, expires_at__isnull=False),
                name="certificate_expiring",
            ),
        ]
