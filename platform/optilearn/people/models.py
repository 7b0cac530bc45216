"""People. OptiCRM owns them; this is the refreshed copy that reports and messages need."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower, Now

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class Person(TenantModel):
    """A staff user, a student or a parent. Parents are always looked up in OptiCRM."""

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
        indexes = [
            models.Index(fields=["institution", "kind", "name"], name="person_by_name"),
            models.Index(fields=["institution", "section_id"], name="person_by_section"),
            models.Index("institution", Lower("name"), "id", name="person_alphabetical"),
        ]


class EndedSession(TenantModel):
    """A session token that its owner signed out of before it expired.

    Auth.js can't revoke a token, so we remember the hash of its id until it is worthless.
    """

    token_hash = models.BinaryField(max_length=32)
    expires_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "token_hash"], name="ended_session_once")
        ]


class ApiToken(TenantModel):
    """A token of an integration. It acts as the person who made it, within its scopes."""

    person = TenantForeignKey(Person, models.CASCADE, related_name="api_tokens")
    name = models.TextField()
    token_hash = models.BinaryField(max_length=32)
    hint = models.TextField()
    """Its last letters, by which its owner knows it again."""
    scopes = ArrayField(models.TextField())
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    """To the minute."""
    revoked_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "token_hash"], name="api_token_once")
        ]
        indexes = [models.Index(fields=["institution", "person"], name="api_token_by_person")]
