"""Files that people upload, and where their bytes lie."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class File(TenantModel):
    """One object in the store. Its key is built from server data only.

    PENDING from the moment a PUT was signed, READY once the object was checked. What stays
    PENDING past its time, or is used by nothing any more, is cleaned up.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING"
        READY = "READY"
        REJECTED = "REJECTED"

    owner = TenantForeignKey("people.Person", null=True, related_name="files")
    course = TenantForeignKey("courses.Course", models.CASCADE, null=True, related_name="files")
    lesson = TenantForeignKey(
        "courses.Lesson", models.CASCADE, null=True, related_name="files", together=("course_id",)
    )
    category = models.TextField()
    key = models.TextField()
    name = models.TextField()
    """As its owner called it; never part of the key."""
    content_type = models.TextField()
    size_bytes = models.BigIntegerField()
    status = models.TextField(choices=Status.choices, default=Status.PENDING)
    etag = models.TextField(default="")
    problem = models.TextField(default="")
    """The reason of a rejection."""
    created_at = models.DateTimeField(db_default=Now())
    ready_at = models.DateTimeField(null=True)
    is_kept = models.BooleanField(default=False)
    """True if a record uses the file; files that nothing uses are orphans."""
    released_at = models.DateTimeField(null=True)
    """The time at which the last record released it."""
    reach = models.JSONField(null=True)
    """The records that it shows, in the words of the app that wrote it: ``access.Guard``."""

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["institution", "key"], name="file_key")]
        indexes = [
            models.Index(fields=["institution", "course"], name="file_by_course"),
            models.Index(fields=["institution", "status", "created_at"], name="file_by_status"),
            models.Index(
                fields=["institution", "owner"], include=["size_bytes"], name="file_bytes"
            ),
            models.Index(
                fields=["institution", "ready_at"],
                condition=models.Q(is_kept=False),
                name="file_unused",
            ),
        ]
