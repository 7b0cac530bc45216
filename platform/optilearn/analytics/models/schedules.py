"""Schedules, their occurrences, and the files and recipients of each."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from optilearn.analytics.models.saved import SavedItem
from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class Schedule(TenantModel):
    """A report or dashboard that is sent at the instances of a rule, or with new snapshots."""

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE"
        PAUSED = "PAUSED"
        ENDED = "ENDED"
        """The rule has no further instance."""

    class Trigger(models.TextChoices):
        TIME = "TIME"
        SNAPSHOT = "SNAPSHOT"

    class Split(models.TextChoices):
        NONE = "NONE"
        """Each recipient gets one file of all rows in their scope."""
        COURSE = "COURSE"
        """Each teacher gets a file of each of their courses."""
        CLASS = "CLASS"
        """Each person gets a file of the class that they are named for."""

    class OnEmpty(models.TextChoices):
        SEND = "SEND"
        NO_FILE = "NO_FILE"
        SKIP = "SKIP"

    class OnStale(models.TextChoices):
        WAIT = "WAIT"
        BANNER = "BANNER"
        SKIP = "SKIP"

    uid = models.UUIDField(default=uuid.uuid4)
    """Identifies it for ever: ids may be given again after a backup was restored."""
    owner = TenantForeignKey("people.Person", null=True, related_name="+")
    item = TenantForeignKey(SavedItem, models.PROTECT, related_name="+")
    name = models.TextField()
    trigger = models.TextField(choices=Trigger.choices, default=Trigger.TIME)
    rule = models.TextField(default="")
    """The canonical RFC 5545 rule; empty with the trigger SNAPSHOT."""
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    only_in_terms = models.BooleanField(default=False)
    skips_holidays = models.BooleanField(default=False)
    nth_in_term = models.SmallIntegerField(null=True)
    min_hours = models.SmallIntegerField(default=24)
    """With the trigger SNAPSHOT: the hours between two occurrences at least."""
    recipients = models.JSONField(default=list)
    """``[{"kind": "PERSON", "id": 7, "part": "8A"}, {"kind": "ROLE", "role": "TEACHER"},
    {"kind": "CLASS", "classId": "c8"}]``."""
    split = models.TextField(choices=Split.choices, default=Split.NONE)
    formats = ArrayField(models.TextField())
    attaches = models.BooleanField(default=True)
    """True: files of up to 8 MB go with the e-mail; larger ones are always links."""
    subject = models.TextField(default="")
    note = models.TextField(default="")
    filters = models.JSONField(default=list)
    """Conditions that narrow the report further, as its readers may give them."""
    on_empty = models.TextField(choices=OnEmpty.choices, default=OnEmpty.SEND)
    on_stale = models.TextField(choices=OnStale.choices, default=OnStale.BANNER)
    stale_hours = models.SmallIntegerField(default=6)
    """Data is stale when it was last known to equal the records longer ago than this."""
    wait_hours = models.SmallIntegerField(default=6)
    status = models.TextField(choices=Status.choices, default=Status.ACTIVE)
    pause_reason = models.TextField(default="")
    next_at = models.DateTimeField(null=True)
    last_snapshot_id = models.TextField(default="")
    last_run_at = models.DateTimeField(null=True)
    resumed_at = models.DateTimeField(db_default=Now())
    """Earlier occurrences don't count when it is decided whether nobody wants it any more."""
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(
                fields=["institution", "next_at"],
                condition=models.Q(status="ACTIVE", trigger="TIME"),
                name="schedule_due",
            ),
            models.Index(fields=["institution", "owner"], name="schedule_by_owner"),
            models.Index(fields=["institution", "item"], name="schedule_by_item"),
        ]


class Occurrence(TenantModel):
    """One run of a schedule. Its key makes it exist once, however many daemons plan it."""

    class Status(models.TextChoices):
        PLANNED = "PLANNED"
        WAITING = "WAITING"
        """For data that is fresh enough, or for a service that is down."""
        RUNNING = "RUNNING"
        DONE = "DONE"
        SKIPPED = "SKIPPED"
        FAILED = "FAILED"

    class Kind(models.TextChoices):
        SCHEDULED = "SCHEDULED"
        NOW = "NOW"
        """To all recipients, because somebody wanted it between two times."""
        TEST = "TEST"
        """To the person who asked for it, alone."""
        AGAIN = "AGAIN"
        """To one recipient of an earlier occurrence."""

    uid = models.UUIDField(default=uuid.uuid4)
    schedule = TenantForeignKey(Schedule, models.CASCADE, related_name="occurrences")
    key = models.TextField()
    """``at:2026-11-30T02:30:00Z``, ``snapshot:<id>``, ``test:<uuid>`` or ``again:<uuid>``."""
    kind = models.TextField(choices=Kind.choices, default=Kind.SCHEDULED)
    requested_by = TenantForeignKey("people.Person", models.CASCADE, null=True, related_name="+")
    only_person = TenantForeignKey("people.Person", models.CASCADE, null=True, related_name="+")
    only_part = models.TextField(default="")
    """The recipient of a TEST or AGAIN."""
    due_at = models.DateTimeField()
    missed = models.IntegerField(default=0)
    """Earlier instances that nobody was there for, which this one stands for too."""
    status = models.TextField(choices=Status.choices, default=Status.PLANNED)
    reason = models.TextField(default="")
    problem = models.TextField(default="")
    run_at = models.DateTimeField()
    """The time of the next attempt; while it runs, the end of the lease."""
    token = models.UUIDField(null=True)
    """Identifies the attempt: one that lost its lease can't write any more."""
    attempts = models.IntegerField(default=0)
    snapshot_id = models.TextField(default="")
    is_stale = models.BooleanField(default=False)
    versions = models.TextField(default="")
    """Those of the schedule and the item that its files are of: ``3:12``."""
    counts = models.JSONField(default=dict)
    """``{recipients, scopes, files, sent, skipped, failed, rows}``."""
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "schedule", "key"], name="occurrence_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["institution", "run_at"],
                condition=models.Q(status__in=["PLANNED", "WAITING", "RUNNING"]),
                name="occurrence_due",
            ),
            models.Index(fields=["institution", "schedule", "-due_at"], name="occurrence_history"),
        ]


class OccurrenceFile(TenantModel):
    """The file of one scope and format, made once for all recipients who see the same rows."""

    occurrence = TenantForeignKey(Occurrence, models.CASCADE, related_name="files")
    group = models.TextField()
    """Digest of scope, filters and language: recipients of one group get the same bytes."""
    format = models.TextField()
    file = TenantForeignKey("files.File", models.SET_NULL, null=True, related_name="+")
    """None once its retention has ended."""
    name = models.TextField()
    rows = models.BigIntegerField()
    size_bytes = models.BigIntegerField()
    sha256 = models.TextField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "occurrence", "group", "format"],
                name="occurrence_file_once",
            )
        ]


class OccurrenceRecipient(TenantModel):
    """A person whom an occurrence is sent to, and the outcome."""

    class Status(models.TextChoices):
        PLANNED = "PLANNED"
        SENT = "SENT"
        SKIPPED = "SKIPPED"
        FAILED = "FAILED"

    occurrence = TenantForeignKey(Occurrence, models.CASCADE, related_name="recipients")
    person = TenantForeignKey("people.Person", models.CASCADE, related_name="+")
    part = models.TextField(default="")
    """The course's id or the class's name, of a split occurrence."""
    group = models.TextField(default="")
    status = models.TextField(choices=Status.choices, default=Status.PLANNED)
    reason = models.TextField(default="")
    rows = models.BigIntegerField(null=True)
    sent_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "occurrence", "person", "part"],
                name="occurrence_recipient_once",
            )
        ]
        indexes = [
            models.Index(fields=["institution", "person", "-id"], name="received_by_person"),
        ]
