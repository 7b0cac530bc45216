"""Feeds of calendars."""

from __future__ import annotations

from django.db import models

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class CalendarFeed(TenantModel):
    """The secret address by which programs read a person's calendar, one for each person."""

    person = TenantForeignKey("people.Person", models.CASCADE, related_name="+")
    token_hash = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    revisions = models.JSONField(default=dict)
    """The published versions of entries, without their text, as ``revisions.py`` has it."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "person"], name="calendar_feed_of_person"
            ),
            models.UniqueConstraint(
                fields=["institution", "token_hash"], name="calendar_feed_token"
            ),
        ]
