"""Messages between people: conversations, their members, messages, reports, the school's rules."""

from __future__ import annotations

from django.db import models

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class MessagingRules(TenantModel):
    """The institution's answer to who may write to whom; without a row the usual ones hold."""

    version = models.IntegerField()
    """From 1; each change counts it up."""
    reaches = models.JSONField()
    """``{"STUDENT": {"TEACHER": "SHARED_COURSE"}}``; a pair that is missing is as usual."""
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["institution"], name="messaging_rules_once")]


class Conversation(TenantModel):
    """Two people, or a group of them, who write to each other.

    Whoever writes in it, or leaves it, locks its row first: numbers are given, and departures
    take effect, one after the other.
    """

    starter = TenantForeignKey("people.Person", related_name="+")
    title = models.TextField(default="")
    """Of a group; empty for none, and once its starter was erased."""
    pair = models.TextField(null=True)
    """Of two people: their ids, ``12:34``. The two have no second conversation."""
    last_number = models.IntegerField(default=0)
    """The number of its newest message; 0: nobody has written yet, and no list has it."""
    position = models.BigIntegerField(default=0)
    """The id of its newest message: lists go by it."""
    created_at = models.DateTimeField()
    request_id = models.TextField(null=True)
    """The client's name of the request that opened it."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "pair"], name="conversation_of_two"),
            models.UniqueConstraint(
                fields=["institution", "starter", "request_id"], name="conversation_once"
            ),
        ]


class ConversationMember(TenantModel):
    """One person in one conversation: how far they have read, and what they want to hear of it."""

    conversation = TenantForeignKey(Conversation, models.CASCADE, related_name="members")
    person = TenantForeignKey("people.Person", related_name="+")
    last_read = models.IntegerField(default=0)
    """The number of the last message that was read on any device; it never goes back."""
    notified = models.IntegerField(default=0)
    """The number of the last message that the person was notified of: the next notification waits
    until they have read it."""
    has_written = models.BooleanField(default=False)
    """They wrote in it: who may not write to them first may answer."""
    is_muted = models.BooleanField(default=False)
    left_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "conversation", "person"], name="conversation_member_once"
            )
        ]
        indexes = [models.Index(fields=["institution", "person"], name="conversation_by_member")]


class Message(TenantModel):
    """A message of a conversation.

    Without text it is a tombstone: its author deleted it, or was erased.
    """

    conversation = TenantForeignKey(Conversation, models.CASCADE, related_name="messages")
    author = TenantForeignKey("people.Person", related_name="+")
    number = models.IntegerField()
    """From 1, in the order of writing; pages and read positions go by it."""
    text = models.TextField()
    """HTML, sanitized on the way in."""
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    hidden_at = models.DateTimeField(null=True)
    hidden_by = TenantForeignKey("people.Person", null=True, related_name="+")
    request_id = models.TextField(null=True)
    """The client's name of the request that wrote it."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "conversation", "number"], name="message_number_once"
            ),
            models.UniqueConstraint(
                fields=["institution", "author", "request_id"], name="message_once"
            ),
        ]


class MessageVersion(TenantModel):
    """An earlier text of a message; its author wrote it."""

    message = TenantForeignKey(Message, models.CASCADE, related_name="versions")
    author = TenantForeignKey("people.Person", models.CASCADE, related_name="+")
    number = models.IntegerField()
    text = models.TextField()
    written_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "message", "number"], name="message_version_once"
            )
        ]


class MessageReport(TenantModel):
    """A member shows administrators a message that shouldn't have been written."""

    class Outcome(models.TextChoices):
        HIDDEN = "HIDDEN"
        DISMISSED = "DISMISSED"

    message = TenantForeignKey(Message, models.CASCADE, related_name="reports")
    reporter = TenantForeignKey("people.Person", models.CASCADE, related_name="+")
    reason = models.TextField()
    created_at = models.DateTimeField()
    outcome = models.TextField(choices=Outcome.choices, null=True)
    resolved_at = models.DateTimeField(null=True)
    """Null while it waits for an administrator."""
    resolved_by = TenantForeignKey("people.Person", null=True, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "message", "reporter"], name="message_report_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["institution", "created_at"],
                condition=models.Q(resolved_at__isnull=True),
                name="message_report_open",
            )
        ]
