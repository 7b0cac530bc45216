"""Models of notifications: messages, deliveries, preferences, templates.

PostgreSQL is the outbox; the queue only wakes workers. A ``Notification`` is a message with its
audience, a ``Delivery`` is one person on one channel: the row that workers claim, and the log.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel
from optilearn.notifications.definitions import Channel, Priority


class Notification(TenantModel):
    """A message with its audience."""

    class Status(models.TextChoices):
        EXPANDING = "EXPANDING"
        """Its recipients are still being looked up or written."""
        EXPANDED = "EXPANDED"
        FAILED = "FAILED"

    key = models.TextField()
    data = models.JSONField(default=dict)
    """The payload: the names that the definition's example has."""
    once = models.TextField(null=True)
    """Identifies a message of a key that is sent once for ever: ``due:31:7``."""
    dedupe = models.TextField()
    """Identifies what is the same to a reader: it is sent once within a day."""
    priority = models.SmallIntegerField(default=Priority.NORMAL)
    audience = models.JSONField(default=dict)
    """``audiences.Audience`` as JSON; people's ids are in ``recipients``."""
    recipients = ArrayField(models.BigIntegerField(), default=list)
    expanded = models.IntegerField(default=0)
    """Number of recipients that have their rows."""
    status = models.TextField(choices=Status.choices, default=Status.EXPANDING)
    attempts = models.IntegerField(default=0)
    due_at = models.DateTimeField()
    """Time of the next lookup of its recipients."""
    problem = models.TextField(default="")
    about_id = models.BigIntegerField(null=True)
    """The person it is about, where that isn't the reader: a parent's child."""
    for_digest = models.BooleanField(default=False)
    """Sent only as an item of a digest."""
    expires_at = models.DateTimeField(null=True)
    """After this it isn't sent any more."""
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "key", "once"], name="told_once")
        ]
        indexes = [
            models.Index(
                fields=["institution", "due_at"],
                condition=models.Q(status="EXPANDING"),
                name="notification_due",
            ),
            models.Index(fields=["institution", "about_id"], name="notification_about",
                         condition=models.Q(about_id__isnull=False)),
            models.Index(fields=["institution", "-id"], name="notification_failed",
                         condition=models.Q(status="FAILED")),
        ]  # fmt: skip


class Delivery(TenantModel):
    """One notification to one person on one channel."""

    class Status(models.TextChoices):
        PENDING = "PENDING"
        SENT = "SENT"
        SKIPPED = "SKIPPED"
        FAILED = "FAILED"
        DEFERRED = "DEFERRED"

    notification = TenantForeignKey(Notification, models.CASCADE, related_name="deliveries")
    person = TenantForeignKey("people.Person", models.CASCADE, related_name="+")
    channel = models.TextField(choices=[(c.value, c.value) for c in Channel])
    key = models.TextField()
    category = models.TextField()
    priority = models.SmallIntegerField()
    about_id = models.BigIntegerField(null=True)
    status = models.TextField(choices=Status.choices, default=Status.PENDING)
    rule = models.TextField(default="")
    """The rule that skipped or deferred it (``rules.Rule``)."""
    reason = models.TextField(default="")
    """The reason why it failed, or will be tried again."""
    due_at = models.DateTimeField()
    """Time of the next claim. A worker that claims it moves this to the end of its lease."""
    taken_by = models.UUIDField(null=True)
    """Token of the claim: a worker that lost its lease can't write any more."""
    attempts = models.IntegerField(default=0)
    provider = models.TextField(default="")
    """The provider that was asked to deliver it: RESEND, SMTP, FCM."""
    maybe_accepted = models.BooleanField(default=False)
    """True if that provider may have accepted it: then no other one may be asked."""
    first_attempt_at = models.DateTimeField(null=True)
    provider_id = models.TextField(default="")
    address = models.TextField(default="")
    """The e-mail address that it was sent to."""
    template_version = models.IntegerField(null=True)
    """The institution's own template that it was written with; null: the product's."""
    title = models.TextField(default="")
    body = models.TextField(default="")
    """The text as the person read it; of an e-mail only the subject is stored, as ``title``."""
    url = models.TextField(default="")
    digest = models.TextField(default="")
    """DAILY or WEEKLY: it waits for the person's digest."""
    carrier = TenantForeignKey("self", models.SET_NULL, null=True, related_name="carried")
    """The digest that lists it."""
    counted_on = models.DateField(null=True)
    """The person's day on which it counts towards the daily cap."""
    devices = models.JSONField(default=dict)
    """Outcome on each device, by the push token's id."""
    history = models.JSONField(default=list)
    """``[{at, what, why}]``: attempts that didn't succeed, the provider's reports, replays."""
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    """Time at which the provider reported its arrival."""
    read_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "notification", "person", "channel"], name="delivery_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["institution", "channel", "priority", "due_at"],
                condition=models.Q(status__in=["PENDING", "DEFERRED"], digest=""),
                name="delivery_due",
            ),
            models.Index(
                fields=["institution", "person", "-id"],
                condition=models.Q(channel="IN_APP", status__in=["PENDING", "SENT"]),
                name="delivery_inbox",
            ),
            models.Index(
                fields=["institution", "person"],
                condition=models.Q(
                    channel="IN_APP", status__in=["PENDING", "SENT"], read_at__isnull=True
                ),
                name="delivery_unread",
            ),
            models.Index(
                fields=["institution", "digest", "person"],
                condition=models.Q(status="PENDING", carrier__isnull=True) & ~models.Q(digest=""),
                name="delivery_for_digest",
            ),
            models.Index(
                fields=["institution", "carrier"],
                condition=models.Q(carrier__isnull=False),
                name="delivery_carried",
            ),
            models.Index(
                fields=["institution", "-id"],
                condition=models.Q(status="FAILED"),
                name="delivery_failed",
            ),
            models.Index(fields=["institution", "person", "-id"], name="delivery_of_person"),
            # Rows come in the order of time: a day of the log is a few pages of the table.
            BrinIndex(
                fields=["created_at", "sent_at"],
                name="delivery_by_time",
                pages_per_range=32,
                autosummarize=True,
            ),
        ]


class DeliveryMark(TenantModel):
    """A message that a person got lately on a channel: the memory of two rules."""

    person = TenantForeignKey("people.Person", models.CASCADE, related_name="+")
    channel = models.TextField()
    mark = models.TextField()
    """A notification's ``dedupe``, or ``re-engage``."""
    at = models.DateTimeField()
    delivery_id = models.BigIntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "person", "channel", "mark"], name="mark_once"
            )
        ]
        indexes = [models.Index(fields=["institution", "at"], name="mark_by_age")]


class DailyCount(TenantModel):
    """Number of e-mails and pushes of a person on one of their days."""

    person = TenantForeignKey("people.Person", models.CASCADE, related_name="+")
    day = models.DateField()
    count = models.IntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "person", "day"], name="count_once")
        ]
        indexes = [models.Index(fields=["institution", "day"], name="count_by_day")]


class Preference(TenantModel):
    """A person's choices for one key; null: as the definition has it."""

    person = TenantForeignKey("people.Person", models.CASCADE, related_name="+")
    key = models.TextField()
    email = models.BooleanField(null=True)
    push = models.BooleanField(null=True)
    in_app = models.BooleanField(null=True)
    frequency = models.TextField(default="")
    """Of e-mails and pushes: a ``Frequency``; empty is IMMEDIATE."""
    updated_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "person", "key"], name="preference_once")
        ]


class ReaderProfile(TenantModel):
    """A person's digest time and quiet hours; null: the institution's."""

    person = TenantForeignKey("people.Person", models.CASCADE, related_name="+")
    digest_hour = models.SmallIntegerField(null=True)
    digest_weekday = models.SmallIntegerField(null=True)
    """ISO: 1 is Monday."""
    quiet_enabled = models.BooleanField(null=True)
    quiet_start = models.TimeField(null=True)
    quiet_end = models.TimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "person"], name="reader_profile_once"),
            models.CheckConstraint(
                condition=models.Q(digest_hour__isnull=True) | models.Q(digest_hour__range=(0, 23)),
                name="reader_profile_hour",
            ),
            models.CheckConstraint(
                condition=models.Q(digest_weekday__isnull=True)
                | models.Q(digest_weekday__range=(1, 7)),
                name="reader_profile_weekday",
            ),
        ]


class PushToken(TenantModel):
    """A person's device for pushes. A token that another person registers moves to them."""

    person = TenantForeignKey("people.Person", models.CASCADE, related_name="+")
    token = models.TextField()
    token_hash = models.BinaryField(max_length=32)
    platform = models.TextField()
    """ANDROID, IOS or WEB."""
    created_at = models.DateTimeField(db_default=Now())
    last_seen_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "token_hash"], name="push_token_once")
        ]
        indexes = [models.Index(fields=["institution", "person"], name="push_token_of_person")]


class AddressState(TenantModel):
    """Bounces and complaints of an e-mail address, and its suppression."""

    address = models.TextField()
    """In lower case."""
    suppressed_at = models.DateTimeField(null=True)
    reason = models.TextField(default="")
    """``permanent_bounce``, ``complaint`` or ``soft_bounces``."""
    detail = models.TextField(default="")
    soft_bounced_on = ArrayField(models.DateField(), default=list)
    """Days (UTC) with a transient bounce, at most one a day counts."""
    updated_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "address"], name="address_state_once")
        ]


class WebhookReceipt(TenantModel):
    """A provider's webhook message that was processed: a repetition changes nothing."""

    message_id = models.TextField()
    received_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "message_id"], name="webhook_once")
        ]
        indexes = [models.Index(fields=["institution", "received_at"], name="webhook_by_age")]


class Digest(TenantModel):
    """A person's digest of a day or week, sent once."""

    person = TenantForeignKey("people.Person", models.CASCADE, related_name="+")
    key = models.TextField()
    """DIGEST, or the weekly one of parents or teachers."""
    period = models.TextField()
    """DAILY or WEEKLY."""
    day = models.DateField()
    """The person's day on which it was due."""
    covers_until = models.DateTimeField(null=True)
    """End of the period that it covers: the next digest begins here."""
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "person", "key", "period", "day"], name="digest_once"
            )
        ]
        indexes = [models.Index(fields=["institution", "day"], name="digest_by_day")]


class MessageTemplate(TenantModel):
    """A version of an institution's own template of a key on a channel in a language."""

    key = models.TextField()
    channel = models.TextField()
    locale = models.TextField()
    version = models.IntegerField()
    title = models.TextField()
    """Liquid; the subject of an e-mail."""
    body = models.TextField()
    """Liquid; for e-mail with Markdown."""
    is_active = models.BooleanField(default=False)
    created_by = TenantForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "key", "channel", "locale", "version"],
                name="template_version",
            ),
            models.UniqueConstraint(
                fields=["institution", "key", "channel", "locale"],
                condition=models.Q(is_active=True),
                name="template_active",
            ),
        ]
