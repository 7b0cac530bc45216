"""People. OptiCRM owns them; this is the refreshed copy that reports and messages need."""

from __future__ import annotations

from django.db import models

from optilearn.core.tenancy.models import TenantModel


class Person(TenantModel):
    """A staff user, a student or a parent. Who is whose parent is always asked of OptiCRM."""

    class Kind(models.TextChoices):
        USER = "USER"
        STUDENT = "STUDENT"
        PARENT = "PARENT"

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE"
        INACTIVE = "INACTIVE"

    kind = models.TextField(choices=Kind.choices)
    role = models.TextField()
    crm_id = models.TextField()
    code = models.TextField()
    """The institution's own number or short name of the person."""
    name = models.TextField()
    email = models.TextField(default="")
    class_id = models.TextField(default="")
    class_name = models.TextField(default="")
    section_id = models.TextField(default="")
    section_name = models.TextField(default="")
    status = models.TextField(choices=Status.choices, default=Status.ACTIVE)
    locale = models.TextField(default="")
    time_zone = models.TextField(default="")
    attributes = models.JSONField(default=dict)
    sessions_valid_from = models.DateTimeField(null=True)
    """Session tokens issued before this are refused."""
    refreshed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "kind", "crm_id"], name="person_crm_id"),
            models.UniqueConstraint(fields=["institution", "kind", "code"], name="person_code"),
        ]
