"""Announcements: the text with its audience, earlier versions, receipts."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class Announcement(TenantModel):
    """A text for an audience, published at once or at a time.

    Who belongs to the audience is evaluated on each read, so that who joins a course finds its
    announcements, and who leaves it doesn't (``announcements.rules.addressed``).
    """

    class Status(models.TextChoices):
        SCHEDULED = "SCHEDULED"
        PUBLISHED = "PUBLISHED"
        WITHDRAWN = "WITHDRAWN"

    author = TenantForeignKey("people.Person", related_name="+")
    title = models.TextField()
    text = models.TextField()
    """HTML, sanitized on the way in."""
    status = models.TextField(choices=Status.choices, default=Status.SCHEDULED)
    publish_at = models.DateTimeField()
    """The moment that the author wants."""
    published_at = models.DateTimeField(null=True)
    """Stamped once, when it was published."""
    expires_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = TenantForeignKey("people.Person", null=True, related_name="+")
    edited_at = models.DateTimeField(null=True)
    """The last change of title or text."""
    is_pinned = models.BooleanField(default=False)
    is_for_everyone = models.BooleanField(default=False)
    """Staff and students; parents if ``include_parents``."""
    roles = ArrayField(models.TextField(), default=list)
    class_ids = ArrayField(models.TextField(), default=list)
    section_ids = ArrayField(models.TextField(), default=list)
    """OptiCRM's ids. Their students, and those of the classes, are addressed."""
    include_parents = models.BooleanField(default=False)
    """The parents of the students whom it is for read it too."""
    version = models.IntegerField(default=1)
    request_id = models.TextField(null=True)
    """The client's name of the request that created it."""
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "author", "request_id"], name="announcement_once"
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__isnull=True)
                | models.Q(expires_at__gt=models.F("publish_at")),
                name="announcement_expires_later",
            ),
        ]
        indexes = [
            models.Index(
                fields=["institution", "is_pinned", "published_at", "id"],
                condition=models.Q(status="PUBLISHED"),
                name="announcement_newest",
            ),
            models.Index(
                fields=["institution", "publish_at"],
                condition=models.Q(status="SCHEDULED"),
                name="announcement_due",
            ),
        ]


class AnnouncementCourse(TenantModel):
    """A course whose students and teachers an announcement is for."""

    announcement = TenantForeignKey(Announcement, models.CASCADE, related_name="courses")
    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "announcement", "course"], name="announcement_course_once"
            )
        ]
        indexes = [models.Index(fields=["institution", "course"], name="announcement_by_course")]


class AnnouncementVersion(TenantModel):
    """Title and text of an announcement as somebody wrote them."""

    announcement = TenantForeignKey(Announcement, models.CASCADE, related_name="versions")
    number = models.IntegerField()
    title = models.TextField()
    text = models.TextField()
    author = TenantForeignKey("people.Person", related_name="+")
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "announcement", "number"], name="announcement_version_once"
            )
        ]


class AnnouncementReceipt(TenantModel):
    """Somebody read an announcement; the first time counts."""

    announcement = TenantForeignKey(Announcement, models.CASCADE, related_name="receipts")
    person = TenantForeignKey("people.Person", models.CASCADE, related_name="+")
    read_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "announcement", "person"], name="receipt_once"
            )
        ]
        indexes = [models.Index(fields=["institution", "person"], name="receipt_by_person")]
