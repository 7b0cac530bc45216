"""Schemas of discussions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from optilearn.community.texts import REQUEST_ID_LENGTH
from optilearn.core.http.envelope import ABSENT, CamelSchema, ChangeSchema, example
from optilearn.core.http.pages import PageQuery, StrictQuery
from optilearn.core.text import Visible, VisibleCode

Title = Annotated[Visible, StringConstraints(max_length=200)]
Html = Annotated[Visible, StringConstraints(max_length=20_000)]
Reason = Annotated[Visible, StringConstraints(max_length=1_000)]
Key = Annotated[int, Field(ge=1, le=2**63 - 1)]
Number = Annotated[int, Field(ge=0, le=2**31 - 1)]
RequestId = Annotated[VisibleCode, StringConstraints(max_length=REQUEST_ID_LENGTH)]


class ThreadQuery(PageQuery):
    """Filters of a course's threads."""

    q: str | None = Field(None, max_length=200, description="Words, in English or Hindi.")
    lesson_id: Key | None = None
    only: Literal["UNREAD", "FOLLOWING", "OWN", "UNANSWERED"] | None = None


class PostsQuery(StrictQuery):
    """The page of a thread's posts that follows a number."""

    after: Number = Field(0, description="The `next` of the page before.")
    limit: int = Field(50, ge=1, le=100)


class DiscussionPerson(CamelSchema):
    """An author, a reporter, somebody mentioned."""

    id: int
    name: str


class DiscussionLesson(CamelSchema):
    """The lesson that a thread is about."""

    id: int
    title: str


class ThreadRow(CamelSchema):
    """A thread of a list, as the caller sees it."""

    id: int
    course_id: int
    title: str
    lesson: DiscussionLesson | None
    author: DiscussionPerson
    is_pinned: bool
    is_locked: bool
    is_hidden: bool = Field(description="Its first post is hidden; only moderators see it.")
    reply_count: int
    unread_count: int = Field(description="Posts of others beyond `lastRead`.")
    last_read: int = Field(description="The number of the last post read, on any device.")
    last_number: int
    is_following: bool
    best_post_id: int | None
    last_post_at: datetime
    created_at: datetime


class ThreadOut(ThreadRow):
    """A thread."""

    can_moderate: bool


class ReplyIn(CamelSchema):
    """A reply, to the thread or to one of its replies."""

    model_config = example(
        {"text": "<p>Try it with x = 2.</p>", "parentId": 41, "mentionIds": [12]}
    )

    text: Html = Field(description="HTML; it is sanitized.")
    parent_id: Key | None = Field(None, description="Null: the thread itself.")
    mention_ids: Annotated[list[Key], Field(max_length=1_000)] = Field(
        [], description="At most 20 people of the course, who are notified."
    )
    request_id: RequestId = Field(
        ABSENT, description="The client's name of this request: sent again, it changes nothing."
    )


class ThreadIn(CamelSchema):
    """A new thread with its first post."""

    model_config = example(
        {"title": "Question 4", "text": "<p>Where do I begin?</p>", "lessonId": 7}
    )

    title: Title
    text: Html = Field(description="HTML; it is sanitized.")
    lesson_id: Key | None = None
    mention_ids: Annotated[list[Key], Field(max_length=1_000)] = Field(
        [], description="At most 20 people of the course, who are notified."
    )
    request_id: RequestId = Field(
        ABSENT, description="The client's name of this request: sent again, it changes nothing."
    )


class ThreadChange(ChangeSchema):
    """Changes of a thread; only what is sent is changed. Authors change the title alone."""

    model_config = example({"isLocked": True})

    title: Title = ABSENT
    lesson_id: Key | None = ABSENT
    is_pinned: bool = ABSENT
    is_locked: bool = ABSENT


class PostIn(CamelSchema):
    """The new text of a post."""

    model_config = example({"text": "<p>Try it with x = 3.</p>"})

    text: Html = Field(description="HTML; it is sanitized.")


class PostOut(CamelSchema):
    """A post. Of a hidden or deleted one its place is left."""

    id: int
    thread_id: int
    number: int = Field(description="From 1, in the order of writing; pages go by it.")
    parent_id: int | None
    author: DiscussionPerson | None = Field(description="Null for a deleted one.")
    text: str = Field(description="HTML, sanitized.")
    mentions: list[DiscussionPerson]
    is_own: bool
    is_best: bool
    is_deleted: bool
    is_hidden: bool = Field(description="Its author and moderators still see its text.")
    hidden_reason: str
    created_at: datetime
    edited_at: datetime | None


class PostPage(CamelSchema):
    """Some posts of a thread, in their order."""

    posts: list[PostOut]
    next: int | None = Field(description="`after` of the next page; null on the last one.")


class PostVersionOut(CamelSchema):
    """A text of a post, as its author wrote it then."""

    number: int
    text: str
    written_at: datetime


class ThreadReadIn(CamelSchema):
    """The position up to which the caller has read."""

    model_config = example({"number": 40})

    number: Number


class FollowingIn(CamelSchema):
    """The caller's choice about messages of a thread."""

    model_config = example({"isFollowing": False})

    is_following: bool


class BestAnswerIn(CamelSchema):
    """The reply that answers the question; null for none."""

    model_config = example({"postId": 41})

    post_id: Key | None


class PostReasonIn(CamelSchema):
    """The reason for a report, or for hiding a post."""

    model_config = example({"reason": "It insults a classmate."})

    reason: Reason


class ReportQuery(PageQuery):
    """Filters of the queue of reports."""

    state: Literal["OPEN", "RESOLVED"] = "OPEN"
    course_id: Key | None = None


class DiscussionReportOut(CamelSchema):
    """A report of a post, for moderators."""

    id: int
    course_id: int
    thread_id: int
    thread_title: str
    post_id: int
    number: int
    preview: str
    author: DiscussionPerson
    is_hidden: bool
    reason: str
    reporter: DiscussionPerson
    created_at: datetime
    outcome: Literal["HIDDEN", "DISMISSED"] | None
    resolved_at: datetime | None
    resolved_by: DiscussionPerson | None
