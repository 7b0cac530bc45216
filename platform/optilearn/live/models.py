"""Live classes, what their participants' clients report, attendance, and recordings."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class LiveSeries(TenantModel):
    """Live classes that were scheduled together; each is a row of its own from then on."""

    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="+")
    rule = models.TextField()
    """RFC 5545, in the canonical form of ``core.recurrence``."""
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["institution", "course"], name="live_series_by_course")]


class LiveClass(TenantModel):
    """One live class: its time, its host, its room."""

    class Status(models.TextChoices):
        SCHEDULED = "SCHEDULED"
        LIVE = "LIVE"
        ENDED = "ENDED"
        CANCELLED = "CANCELLED"

    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="+")
    lesson = TenantForeignKey(
        "courses.Lesson", null=True, related_name="+", together=("course_id",)
    )
    """The lesson of kind LIVE that it is held for; null: it belongs to the course alone."""
    series = TenantForeignKey(LiveSeries, models.CASCADE, null=True, related_name="+")
    title = models.TextField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    host = TenantForeignKey("people.Person", related_name="+")
    """The teacher who is announced. All managers of the course are hosts in the room."""
    status = models.TextField(choices=Status.choices, default=Status.SCHEDULED)
    room = models.TextField()
    """The name of the room at the video server: random, lower case."""
    threshold_percent = models.SmallIntegerField(null=True)
    """The part of the class that makes a student PRESENT; null: as the institution has it."""
    notice_count = models.IntegerField(default=0)
    """Times that it was announced, moved or cancelled: each is one notice."""
    reminded_at = models.DateTimeField(null=True)
    """Students were reminded that it starts; null again once it is moved."""
    started_at = models.DateTimeField(null=True)
    """A host started it."""
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "room"], name="live_class_room"),
            models.UniqueConstraint(
                fields=["institution", "id", "course"], name="live_class_of_course"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="live_class_order"
            ),
            models.CheckConstraint(
                condition=models.Q(threshold_percent__isnull=True)
                | models.Q(threshold_percent__range=(1, 100)),
                name="live_class_threshold",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "course", "starts_at"], name="live_class_order_by"),
            models.Index(fields=["institution", "series"], name="live_class_by_series"),
            models.Index(fields=["institution", "lesson"], name="live_class_by_lesson"),
            models.Index(
                fields=["institution", "starts_at"],
                condition=models.Q(status__in=["SCHEDULED", "LIVE"]),
                name="live_class_open",
            ),
        ]


class PresenceEvent(TenantModel):
    """A report of a participant's client that it came into the room, or left. Append-only."""

    class Kind(models.TextChoices):
        JOIN = "JOIN"
        LEAVE = "LEAVE"

    live_class = TenantForeignKey(LiveClass, models.CASCADE, related_name="+")
    person = TenantForeignKey("people.Person", related_name="+")
    event_id = models.UUIDField()
    """Chosen by the client: a report that is sent again is stored once."""
    connection_id = models.UUIDField()
    """One for each device or page: who is in twice leaves when both have left."""
    kind = models.TextField(choices=Kind.choices)
    is_host = models.BooleanField()
    at = models.DateTimeField()
    """By our clock."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "live_class", "person", "event_id"],
                name="presence_event_once",
            )
        ]
        indexes = [models.Index(fields=["institution", "person"], name="presence_by_person")]


class Attendance(TenantModel):
    """A student's attendance of a class that has ended."""

    class Status(models.TextChoices):
        PRESENT = "PRESENT"
        PARTIAL = "PARTIAL"
        """In the room, but for less than the threshold."""
        ABSENT = "ABSENT"

    live_class = TenantForeignKey(
        LiveClass, models.CASCADE, related_name="+", together=("course_id",)
    )
    enrollment = TenantForeignKey(
        "enrollment.Enrollment", related_name="+", together=("student_id", "course_id")
    )
    student = TenantForeignKey("people.Person", related_name="+", enforced=False)
    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="+", enforced=False)
    status = models.TextField(choices=Status.choices)
    measured = models.TextField(choices=Status.choices)
    """The status by the reports alone; ``status`` is another one where somebody corrected it."""
    present_seconds = models.IntegerField(default=0)
    held_at = models.DateTimeField()
    """The start of the class as it was held."""
    class_seconds = models.IntegerField()
    """The length of the class as it was held."""
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    corrected_by = TenantForeignKey("people.Person", null=True, related_name="+")
    corrected_at = models.DateTimeField(null=True)
    reason = models.TextField(default="")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "live_class", "enrollment"], name="attendance_once"
            )
        ]
        indexes = [models.Index(fields=["institution", "student"], name="attendance_by_student")]


class Recording(TenantModel):
    """A recording of a live class, from the press of the button to its file."""

    class Status(models.TextChoices):
        PENDING = "PENDING"
        """A Jibri is being asked."""
        RECORDING = "RECORDING"
        PROCESSING = "PROCESSING"
        """Stopped; the file is awaited."""
        READY = "READY"
        FAILED = "FAILED"

    class Failure(models.TextChoices):
        NOT_STARTED = "NOT_STARTED"
        """No Jibri has confirmed that it records."""
        NO_MEDIA = "NO_MEDIA"
        """The Jibri wrote nothing."""
        REFUSED = "REFUSED"
        """The file isn't one that is taken: its length, its type, or another room's."""
        TIMED_OUT = "TIMED_OUT"
        """Nobody brought a file in time; one that comes later is still taken."""

    live_class = TenantForeignKey(LiveClass, models.CASCADE, related_name="+")
    session_id = models.TextField()
    """The Jibri's name of its job: the institution and 128 random bits. New for each Jibri."""
    status = models.TextField(choices=Status.choices, default=Status.PENDING)
    failure = models.TextField(choices=Failure.choices, default="")
    started_by = TenantForeignKey("people.Person", related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    recording_at = models.DateTimeField(null=True)
    """A Jibri accepted the job."""
    stopped_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    """It became READY or FAILED."""
    upload_id = models.BigIntegerField(null=True)
    """The file that is awaited. No reference: files whose bytes never come are swept."""
    file = TenantForeignKey("files.File", models.RESTRICT, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "session_id"], name="recording_session"),
            models.UniqueConstraint(
                fields=["institution", "live_class"],
                condition=models.Q(status__in=["PENDING", "RECORDING"]),
                name="recording_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(status="READY") ^ models.Q(file__isnull=True),
                name="recording_ready_has_file",
            ),
            models.CheckConstraint(
                condition=models.Q(status="FAILED") ^ models.Q(failure=""),
                name="recording_failed_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "live_class", "id"], name="recording_by_class"),
            models.Index(fields=["institution", "file"], name="recording_by_file"),
            models.Index(
                fields=["institution", "created_at"],
                condition=models.Q(status__in=["PENDING", "RECORDING", "PROCESSING"]),
                name="recording_open",
            ),
        ]


class JibriLease(models.Model):
    """The one session that may use a Jibri, of whichever institution.

    Of no institution: a Jibri records one class at a time, whosever it is, and its stop names no
    session, so schools that share Jibris must see each other's leases. A row tells nothing about
    a class: an address of the operator's and a random name.
    """

    jibri = models.TextField(primary_key=True)
    """Its address."""
    session_id = models.TextField(unique=True)
    expires_at = models.DateTimeField()
    """From then on another session may take it, if the Jibri is idle."""
    stopping_until = models.DateTimeField(null=True)
    """A stop is on its way: until then nobody gives the lease up or takes it."""

    def __str__(self) -> str:
        return f"{self.jibri}: {self.session_id}"
