"""Discussions of courses: threads, posts, earlier texts, mentions, reports, read positions."""

from __future__ import annotations

from django.contrib.postgres.search import SearchVectorField
from django.db import models

from optilearn.core.tenancy.fields import TenantForeignKey
from optilearn.core.tenancy.models import TenantModel


class DiscussionThread(TenantModel):
    """A discussion of a course, maybe of one of its lessons. Its first post is the question.

    Whoever writes in it locks its row first: numbers are given, and locks and moves take effect,
    one after the other.
    """

    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="+")
    lesson = TenantForeignKey(
        "courses.Lesson", models.SET_NULL, null=True, related_name="+", together=("course_id",)
    )
    author = TenantForeignKey("people.Person", related_name="+")
    title = models.TextField()
    """Empty once its author was erased."""
    is_pinned = models.BooleanField(default=False)
    is_locked = models.BooleanField(default=False)
    is_hidden = models.BooleanField(default=False)
    """Its first post is hidden: it is there for moderators alone."""
    last_number = models.IntegerField(default=0)
    """The highest number that a post was given."""
    reply_count = models.IntegerField(default=0)
    """Replies that weren't deleted."""
    last_post_at = models.DateTimeField()
    created_at = models.DateTimeField()
    search = SearchVectorField(null=True)
    """Words of the title; PostgreSQL keeps it (a trigger)."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "id", "course"], name="thread_of_course")
        ]
        indexes = [
            models.Index(
                fields=["institution", "course", "is_pinned", "last_post_at", "id"],
                name="thread_newest",
            ),
            models.Index(fields=["institution", "author"], name="thread_by_author"),
        ]


class DiscussionPost(TenantModel):
    """A post of a thread: the first one, a reply, or a reply to a reply.

    Without text it is a tombstone: its author deleted it, or was erased, and replies refer to it.
    """

    thread = TenantForeignKey(
        DiscussionThread, models.CASCADE, related_name="posts", together=("course_id",)
    )
    course = TenantForeignKey("courses.Course", models.CASCADE, related_name="+", enforced=False)
    author = TenantForeignKey("people.Person", related_name="+")
    parent = TenantForeignKey(
        "community.DiscussionPost",
        models.CASCADE,
        null=True,
        related_name="replies",
        together=("thread_id",),
    )
    """The reply that this one answers; null: the thread itself."""
    number = models.IntegerField()
    """From 1, in the order of writing; pages and read positions go by it."""
    text = models.TextField()
    """HTML, sanitized on the way in."""
    version = models.IntegerField(default=1)
    is_best = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    hidden_at = models.DateTimeField(null=True)
    hidden_by = TenantForeignKey("people.Person", null=True, related_name="+")
    hidden_reason = models.TextField(default="")
    request_id = models.TextField(null=True)
    """The client's name of the request that created it."""
    search = SearchVectorField(null=True)
    """Words of the text; PostgreSQL keeps it (a trigger)."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "thread", "number"], name="post_number_once"
            ),
            models.UniqueConstraint(fields=["institution", "id", "thread"], name="post_of_thread"),
            models.UniqueConstraint(
                fields=["institution", "author", "request_id"], name="post_once"
            ),
            models.UniqueConstraint(
                fields=["institution", "thread"],
                condition=models.Q(is_best=True),
                name="post_best_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["institution", "parent"],
                condition=models.Q(parent__isnull=False),
                name="post_by_parent",
            ),
            models.Index(fields=["institution", "course", "created_at"], name="post_by_course"),
        ]


class DiscussionPostVersion(TenantModel):
    """An earlier text of a post; its author wrote it."""

    post = TenantForeignKey(DiscussionPost, models.CASCADE, related_name="versions")
    author = TenantForeignKey("people.Person", models.CASCADE, related_name="+")
    number = models.IntegerField()
    text = models.TextField()
    written_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "post", "number"], name="post_version_once"
            )
        ]


class DiscussionMention(TenantModel):
    """A person whom a post addresses."""

    post = TenantForeignKey(DiscussionPost, models.CASCADE, related_name="mentions")
    person = TenantForeignKey("people.Person", models.CASCADE, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["institution", "post", "person"], name="mention_once")
        ]
        indexes = [models.Index(fields=["institution", "person"], name="mention_by_person")]


class DiscussionReport(TenantModel):
    """A member finds that a post shouldn't stand there."""

    class Outcome(models.TextChoices):
        HIDDEN = "HIDDEN"
        DISMISSED = "DISMISSED"

    post = TenantForeignKey(DiscussionPost, models.CASCADE, related_name="reports")
    reporter = TenantForeignKey("people.Person", models.CASCADE, related_name="+")
    reason = models.TextField()
    created_at = models.DateTimeField()
    outcome = models.TextField(choices=Outcome.choices, null=True)
    resolved_at = models.DateTimeField(null=True)
    """Null while it waits for a moderator."""
    resolved_by = TenantForeignKey("people.Person", null=True, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "post", "reporter"], name="post_report_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["institution", "created_at"],
                condition=models.Q(resolved_at__isnull=True),
                name="post_report_open",
            )
        ]


class DiscussionReader(TenantModel):
    """One person in one thread: how far they have read, and whether they follow it."""

    thread = TenantForeignKey(DiscussionThread, models.CASCADE, related_name="readers")
    person = TenantForeignKey("people.Person", models.CASCADE, related_name="+")
    last_read = models.IntegerField(default=0)
    """The number of the last post that was read on any device; it never goes back."""
    is_following = models.BooleanField(null=True)
    """Null: the person never chose, and wrote nothing."""
    followed_from = models.IntegerField(default=0)
    """The number of the last post when the person began to follow: messages are of later ones."""

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "thread", "person"], name="thread_reader_once"
            )
        ]
        indexes = [models.Index(fields=["institution", "person"], name="thread_reader_by_person")]
